#pragma once

#include "engine/plan/sql_session.hpp"

// Statements that define tables and views and change them: they end in a
// declaration, which is bound as CREATE TABLE binds it and then takes its
// place in the catalog. One thread a session.

namespace herald {

/// CREATE TABLE, with or without LIKE.
absl::Status define_table(const sql::statement& statement,
                          sql_session& session);

/// CREATE TABLE … AS: defines the table with the columns of the query, and
/// gives the INSERT that fills it; null if IF NOT EXISTS finds a table.
absl::StatusOr<std::shared_ptr<const sql::statement>>
define_table_as(const sql::statement& statement, sql_session& session);

/// ALTER TABLE, but for RENAME TO.
absl::Status alter_table(const sql::statement& statement, sql_session& session);

/// ALTER VIEW … AS. The query is checked already.
absl::Status alter_view(const sql::statement& statement, sql_session& session);

/// RENAME TO, of a table or a view. Errors: `to` is there already.
absl::Status rename(const sql::qualified_name& from, sql::object_kind kind,
                    const sql::qualified_name& to, sql_session& session);

} // namespace herald
