#pragma once

#include "engine/connectors/filesystem/file_reader.hpp"
#include "engine/connectors/filesystem/options.hpp"

// Reads the files of a table one after the other in order of name. Columns
// about the file are the same for all of its rows. A split is a file; file i of
// the sorted list belongs to subtask i mod parallelism.

namespace herald {

class file_source final : public source_reader {
public:
  static absl::StatusOr<std::unique_ptr<source_reader>>
  make(source_context context);

  absl::Status open(wake_function wake) override;

  std::vector<std::string> splits() const override {
    return files_;
  }

  bool sequential() const override {
    return true;
  }

  absl::StatusOr<source_event> poll(std::int64_t rows_max) override;
  std::vector<split_position> positions() const override;

  source_counters counters() const override {
    return counters_;
  }

private:
  /// Where a wanted column comes from: the file's rows, or the same value for
  /// all of them.
  struct place {
    int column = -1;   ///< of the rows; -1: a constant
    int metadata = -1; ///< of `file_metadata`, or -1: of the folders' names
    std::string name;  ///< of the column
    /// Of a folder's value: what has to be true of it.
    std::vector<expr_ptr> conditions = {};
  };

  file_source(source_context context, file_options options)
      : context_(std::move(context)), options_(std::move(options)) {}

  file_scan find_places();
  absl::StatusOr<bool> open_file(source_rows& out);
  void next_file();
  absl::StatusOr<scalar> metadata_value(int key, const data_type& type) const;
  absl::StatusOr<scalar> folder_value(const std::string& column,
                                      const data_type& type) const;
  absl::StatusOr<bool> is_wanted();
  void add_constants(source_rows& out) const;

  source_context context_;
  file_options options_;
  std::unique_ptr<file_kind> kind_;
  std::vector<place> places_; ///< of each path of the scan
  std::vector<std::string> files_;
  std::vector<std::int64_t> next_; ///< position of each file
  std::size_t current_ = 0;        ///< the file being read
  std::unique_ptr<file_reader> reader_;
  std::vector<scalar> constants_; ///< of the file; by path
  source_counters counters_;
};

} // namespace herald
