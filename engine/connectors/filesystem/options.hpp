#pragma once

#include "engine/connectors/connector.hpp"

// The options of a 'filesystem' table, as Flink names them, read once and
// checked without looking at the files. A plain value.

namespace herald {

struct file_options {
  std::string path;
  std::string format;
  option_map format_options; ///< "json.…"
  std::vector<field> fields; ///< of a record, in order
};

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
