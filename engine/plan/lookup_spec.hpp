#pragma once

#include "engine/expr/expr.hpp"
#include "engine/plan/table.hpp"

#include <functional>
#include <memory>

#include <absl/status/statusor.h>

// Lookup joins as the planner describes them: what is looked up, how often at
// most, and who can. Plain values; the same on every node for the same text.

namespace herald {

class lookup_source;

/// What is looked up in a table: `paths` of the rows whose columns `keys`
/// equal the values asked for.
struct lookup_target {
  std::shared_ptr<const table_definition> table;
  /// Columns to give, by path into the table's rows, as `scan_spec::paths`.
  std::vector<std::vector<std::string>> paths;
  schema_ptr layout;     ///< of the paths, same order
  std::vector<int> keys; ///< columns of `layout`; 1 or more, each once
};

/// How the join asks. Set by the table's 'lookup.…' options, the session's
/// 'table.exec.async-lookup.…' and the hint LOOKUP; connectors need not care.
struct lookup_policy {
  std::int64_t cache_rows_max = 0; ///< 0: every key is asked for each time
  std::optional<std::int64_t> expire_after_write_ms;
  std::optional<std::int64_t> expire_after_access_ms;
  bool cache_missing = true; ///< remember that a key has no rows
  int attempts_max = 4;      ///< of a request that is unavailable; >= 1
  std::int64_t retry_delay_ms = 1'000;
  int miss_attempts_max = 1; ///< of a key without rows; >= 1
  std::int64_t miss_delay_ms = 0;
  bool ordered = true; ///< results leave in the order of the input
  std::int64_t capacity_rows = 16'384; ///< input rows that wait for answers
  std::int64_t timeout_ms = 180'000;   ///< of one attempt

  friend bool operator==(const lookup_policy&, const lookup_policy&) = default;
};

/// Makes what answers, once a subtask.
using lookup_maker
    = std::function<absl::StatusOr<std::unique_ptr<lookup_source>>(
        const lookup_target&)>;

/// Output: the input's columns, then `columns` over a row of the target with
/// equal keys, NULL equalling nothing. Pairs for which `residual` is not TRUE
/// are none.
struct lookup_join_spec {
  bool keeps_left = false; ///< input rows that meet nothing are given
  lookup_target target;
  std::vector<expr_ptr> columns; ///< over the target's layout
  schema_ptr columns_layout;
  std::vector<int> left_keys; ///< input columns, one a key of the target
  expr_ptr residual;          ///< over the input, then `columns`; or null
  lookup_policy policy;
  lookup_maker make;
};

} // namespace herald
