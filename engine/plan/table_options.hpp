#pragma once

#include "engine/plan/table.hpp"

#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

// The options of WITH (…) that every table takes, whatever its connector: how
// many subtasks read or write it, and what becomes of its watermarks. Checked
// with the connector's own when a statement names the table. Pure functions,
// safe on any thread.

namespace herald {

constexpr const char* scan_parallelism_option = "scan.parallelism";
constexpr const char* sink_parallelism_option = "sink.parallelism";
constexpr const char* idle_timeout_option = "scan.watermark.idle-timeout";

/// Their names.
const std::vector<std::string>& shared_table_options();

/// Fails for the first of them whose value does not fit.
absl::Status check_shared_options(const table_definition& table);

/// How many subtasks `key`, one of the two above, asks for, in
/// [1, parallelism_max]; nullopt: as many as the session says.
absl::StatusOr<std::optional<int>>
table_parallelism(const table_definition& table, const char* key);

} // namespace herald
