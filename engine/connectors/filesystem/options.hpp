#pragma once

#include "engine/connectors/connector.hpp"

// The options of a 'filesystem' table, as Flink names them, read once and
// checked without looking at the files. A plain value.

namespace herald {

struct file_options {
  std::string path;
  std::string path_pattern; ///< of the files that are read; empty: all
  std::string format;
  option_map format_options;               ///< "json.…"
  std::vector<field> fields;               ///< of a record, in order
  std::vector<std::string> partitioned_by; ///< not among `fields`
  std::string default_partition;           ///< stands for NULL
  std::int64_t part_bytes_max = 0;         ///< then a part is complete
  std::int64_t part_age_max_ms = 0;        ///< then, too, at the next barrier
  std::int64_t part_idle_max_ms = 0;       ///< and so long after its last row
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
