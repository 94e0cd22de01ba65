#pragma once

#include "engine/plan/grouping.hpp"
#include "engine/plan/sql_session.hpp"

// Logical plans of an aggregation, from bound keys and calls. Called by the
// query binder, on its thread.

namespace herald {

/// False for an aggregate whose input must only insert rows.
bool takes_rows_back(const aggregate_call& call);

/// GROUP BY all columns.
absl::StatusOr<plan_ptr> make_distinct(plan_ptr input, text_position where,
                                       const sql_session& session,
                                       std::optional<std::int64_t> ttl_ms = {});

/// Aggregates by `keys`, over windows when they hold both bounds of one.
/// Gives, for each key and call, its column in the result.
struct grouped_plan {
  plan_ptr plan;
  std::vector<int> key_columns;
  std::vector<int> call_columns;
  int set_column = -1; ///< number of the grouping set; -1: there is but one
};

/// `ttl_ms`: for how long a key is kept without windows; empty: as the session
/// says.
absl::StatusOr<grouped_plan>
make_grouped(plan_ptr input, grouping_keys keys,
             std::vector<aggregate_call> calls, text_position where,
             const sql_session& session,
             std::optional<std::int64_t> ttl_ms = {});

} // namespace herald
