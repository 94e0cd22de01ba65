#pragma once

#include "engine/plan/sql_session.hpp"

// Batches: of inputs that end, what is left of a query's changes then. Pure.

namespace herald {

/// True if all tables that the plan reads end.
bool is_bounded(const plan_node& plan, const sql_session& session);

/// What reads a table, as a batch does: no row is late where all are waited
/// for.
plan_ptr without_watermark(const plan_node& read);

/// The rows of `plan`, which ends, once and when it has ended; `plan` itself if
/// it takes nothing back. They lie in one subtask, within the session's memory
/// for sorting, beyond which the task fails.
plan_ptr make_final_rows(plan_ptr plan, const sql_session& session);

/// As `make_final_rows` if the session wants batches, else `plan`. Errors: it
/// does, and a table has no end.
absl::StatusOr<plan_ptr> as_batch(plan_ptr plan, const sql_session& session,
                                  text_position where);

} // namespace herald
