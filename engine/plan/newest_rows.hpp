#pragma once

#include "engine/plan/changelog.hpp"

// Rows that compete for the primary key of a sink: a row there may come from
// another row of the query than the one that leaves it, so the newest that is
// left must be known. What Flink does with SinkUpsertMaterializer. Pure.

namespace herald {

/// Of each value of the columns `by` the row that came last, or first, and was
/// not taken back; the same columns as `input`. The operator keeps every row of
/// a key; the session's time to live bounds it.
absl::StatusOr<plan_ptr> make_newest_rows(plan_ptr input, const upsert_key& by,
                                          bool first);

/// `input`, which only inserts, as it is; a row that has the values of the
/// columns `by` of another, and differs from it, is an error when it comes.
plan_ptr make_unique_rows(plan_ptr input, const upsert_key& by,
                          const std::string& table);

} // namespace herald
