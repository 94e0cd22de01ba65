#pragma once

#include <string_view>

#include <absl/status/status.h>

// Errors of DuckDB, which come as JSON with a byte offset, as errors of
// Herald with line and column. Pure.

namespace herald {

/// Reads what DuckDB says under `errors_as_json` about `sql`. A text that is
/// no such JSON becomes the message as it is.
absl::Status duckdb_error(std::string_view text, std::string_view sql);

} // namespace herald
