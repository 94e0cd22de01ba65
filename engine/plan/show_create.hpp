#pragma once

#include "engine/plan/planner.hpp"

// SHOW CREATE and DESCRIBE of what has no columns: objects as the statements
// that would make them again, and what is known of them. Pure.

namespace herald {

/// SHOW CREATE TABLE, VIEW, CATALOG: one text.
absl::StatusOr<text_table> show_create(const sql::show_statement& x,
                                       const sql_session& session);

/// Pairs of a name and a value.
absl::StatusOr<text_table> describe_catalog(const sql::describe_statement& x,
                                            const sql_session& session);
absl::StatusOr<text_table> describe_database(const sql::describe_statement& x,
                                             const sql_session& session);
absl::StatusOr<text_table> describe_function(const sql::describe_statement& x,
                                             const sql_session& session);

} // namespace herald
