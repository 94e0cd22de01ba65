#pragma once

#include "engine/connectors/filesystem/options.hpp"

#include <map>

// Which partitions of a table are to be said complete, and how: an empty file
// `_SUCCESS` in the partition's folder, once the files there are final. A
// partition with rows that are not said complete yet holds a hidden mark, so
// that a run that takes over knows it. Of one sink, which is the table's only
// subtask. Keeps an entry a marked partition. One thread at a time.

namespace herald {

/// Puts the file that says a partition is complete into `folder`, over an
/// older one.
absl::Status say_complete(const file_options& options,
                          const std::string& folder);

class partition_commits {
public:
  explicit partition_commits(const file_options& options) : options_(options) {}

  /// Takes over the marks of an earlier run. O(folders and files).
  absl::Status open();

  /// Rows came for `folder`, below the table's, at `now_ms`. Errors: with
  /// trigger 'partition-time', its name gives no time.
  absl::Status wrote(const std::string& folder, std::int64_t now_ms);

  /// The folders that are complete now, by the clock and the watermark (ms;
  /// time_max: no row comes any more). In order of name.
  std::vector<std::string> due(std::int64_t now_ms,
                               std::int64_t watermark) const;

  /// Says `folder` complete; its files are final.
  absl::Status commit(const std::string& folder);

private:
  absl::Status add(const std::string& folder, std::int64_t since_ms);
  std::string mark_of(const std::string& folder) const;

  const file_options& options_;
  std::map<std::string, std::int64_t> since_; ///< when each counts from, in ms
};

/// The instant, in ms, that the partition's values stand for by the options
/// 'partition.time-extractor.…'.
absl::StatusOr<std::int64_t> partition_time(const file_options& options,
                                            const std::string& folder);

} // namespace herald
