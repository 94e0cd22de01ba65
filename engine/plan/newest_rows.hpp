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

} // namespace herald
