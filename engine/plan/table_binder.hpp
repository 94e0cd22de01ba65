#pragma once

#include "engine/plan/sql_session.hpp"

// From CREATE TABLE to a checked table. Pure but for the questions to the
// connector catalog.

namespace herald {

/// More columns than this are a mistake, and would make plans unreadable.
constexpr std::size_t table_columns_max = 4096;

/// Checks columns, watermark and key of `x`. With LIKE the other table's parts
/// come first. Errors: anything that does not fit, at its place; of what the
/// connector wants only its name, if it looks like a slip.
absl::StatusOr<bound_table_ptr> bind_table(const sql::create_table& x,
                                           const sql_session& session,
                                           text_position where);

/// The key of the option that an `option_error` is about.
std::optional<std::string> option_of(const absl::Status& status);

} // namespace herald
