#pragma once

#include "engine/connectors/connector.hpp"

// The options of a 'filesystem' table, as Flink names them, read once and
// checked without looking at the files. A plain value.

namespace herald {

/// When and how a partition is said complete: 'sink.partition-commit.…'.
struct partition_commit_options {
  std::string file; ///< that says so; empty: nothing does
  bool by_partition_time = false;
  std::int64_t delay_ms = 0;
  std::string time_pattern; ///< of columns as "$dt"; empty: the first
  std::string time_format;  ///< of TO_TIMESTAMP; empty: SQL's
  std::string watermark_zone = "UTC";

  /// As soon as one of its files is final.
  bool is_at_once() const {
    return !by_partition_time && delay_ms == 0;
  }
};

struct file_options {
  std::string path;
  std::string path_pattern;    ///< of the files that are read; empty: all
  std::int64_t monitor_ms = 0; ///< how often new ones are looked for; 0: never
  std::string progress_path; ///< where it is noted what was read; empty: there
  std::string format;
  option_map format_options;               ///< "json.…"
  std::vector<field> fields;               ///< of a record, in order
  std::vector<std::string> partitioned_by; ///< not among `fields`
  std::string default_partition;           ///< stands for NULL
  std::int64_t part_bytes_max = 0;         ///< then a part is complete
  std::int64_t part_age_max_ms = 0;        ///< then, too, at the next barrier
  std::int64_t part_idle_max_ms = 0;       ///< and so long after its last row
  partition_commit_options commit;
};

/// Checks what reading and writing need alike.
absl::StatusOr<file_options> file_options_of(const table_definition& table);

/// Metadata columns, in the order of `file_metadata`.
std::vector<field> file_metadata_fields();

/// Indexes into `file_metadata_fields`.
enum file_metadata : int {
  file_metadata_path,
  file_metadata_name,
  file_metadata_size,
  file_metadata_modified,
};

} // namespace herald
