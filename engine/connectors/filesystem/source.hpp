#pragma once

#include "engine/connectors/alarm.hpp"
#include "engine/connectors/filesystem/file_reader.hpp"
#include "engine/connectors/filesystem/options.hpp"
#include "engine/connectors/filesystem/progress.hpp"

#include <map>
#include <optional>

// Reads the files of a table one after the other in order of name. Columns
// about the file are the same for all of its rows. A split is a file; file i of
// the sorted list belongs to subtask i mod parallelism. With
// 'source.monitor-interval' the source then looks for new files, each of which
// belongs to the subtask that its name hashes to; the task, if it has a name,
// notes beside the files what it has read.

namespace herald {

class file_source final : public source_reader {
public:
  static absl::StatusOr<std::unique_ptr<source_reader>>
  make(source_context context);

  absl::Status open(wake_function wake) override;

  /// With new files the path: whether there are any is not known before.
  std::vector<std::string> splits() const override {
    return monitor_ ? std::vector{options_.path} : files_;
  }

  bool sequential() const override {
    return true;
  }

  absl::StatusOr<source_event> poll(std::int64_t rows_max) override;

  /// With new files: only what has changed since the last `commit`.
  std::vector<split_position> positions() const override;
  absl::Status commit(const std::vector<split_position>& positions) override;
  source_counters counters() const override;

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
  absl::StatusOr<std::vector<std::string>> list() const;
  absl::Status open_monitor(wake_function wake);
  absl::Status open_progress();
  void look();
  void take_new(const std::vector<std::string>& listed);
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
  std::vector<place> places_;      ///< of each path of the scan
  std::vector<std::string> files_; ///< with new files: found at the last look
  std::vector<std::int64_t> next_; ///< position of each file
  std::size_t current_ = 0;        ///< the file being read
  std::unique_ptr<file_reader> reader_;
  std::vector<scalar> constants_; ///< of the file; by path
  source_counters counters_;

  std::optional<new_files> monitor_; ///< what it is set for makes it unbounded
  std::shared_ptr<file_progress> progress_; ///< null: nothing is noted
  std::size_t progress_reader_ = 0;
  std::map<std::string, std::int64_t> uncommitted_; ///< position by file
  bool had_files_ = false;
  alarm::clock::time_point next_look_;
  std::string look_problem_;
  std::string commit_problem_;
  alarm alarm_; ///< last: its thread uses the rest
};

} // namespace herald
