#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/connectors/filesystem/line_reader.hpp"
#include "engine/formats/format.hpp"

// Reads the files of a folder, or one file, line by line, one file after the
// other in order of name. Files whose name starts with '.' or '_' are not
// data. A split is a file; file i of the sorted list belongs to subtask
// i mod parallelism.

namespace herald {

/// Text that one poll decodes at most, in bytes (or one line).
constexpr std::size_t poll_bytes_max = 4 << 20;

/// The files that make up `path`, sorted. Errors: it does not exist, it
/// cannot be listed.
absl::StatusOr<std::vector<std::string>> files_of(const std::string& path);

class file_source final : public source_reader {
public:
  file_source(source_context context, std::string path,
              std::unique_ptr<decoder> decode, bool skips_header)
      : context_(std::move(context)), path_(std::move(path)),
        decoder_(std::move(decode)), skips_header_(skips_header) {}

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
  absl::Status open_file();
  void take_line(const line_reader::line& line, source_rows& out);
  void decode(source_rows& out);

  source_context context_;
  std::string path_;
  std::unique_ptr<decoder> decoder_;
  bool skips_header_;
  std::vector<std::string> files_;
  std::vector<std::int64_t> next_; ///< position of each file
  std::size_t current_ = 0;        ///< the file being read
  std::unique_ptr<line_reader> reader_;
  documents documents_;
  std::vector<std::int64_t> places_; ///< position of each document
  source_counters counters_;
};

} // namespace herald
