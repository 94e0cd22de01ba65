#pragma once

#include "engine/connectors/connector.hpp"

#include <vector>

// What every connector asks of a table's columns and of a scan. Pure
// functions, safe on any thread.

namespace herald {

/// The columns that are not metadata, in order.
std::vector<field> physical_fields(const table_definition& table);

/// Fails for the first metadata column whose key is not in `offered`, or
/// whose type is another one than offered (up to nullability).
absl::Status check_metadata(const table_definition& table,
                            const std::vector<field>& offered);

/// For each path of the scan, the index of its metadata key in `offered`; -1
/// for a physical column.
std::vector<int> metadata_of_paths(const scan_spec& scan,
                                   const std::vector<field>& offered);

/// `check_known_options` with the options that every table may have:
/// 'connector', and for sources 'dead-letter', which the planner reads.
absl::Status check_table_options(const table_definition& table,
                                 std::vector<std::string> known,
                                 const std::vector<std::string>& prefixes = {});

} // namespace herald
