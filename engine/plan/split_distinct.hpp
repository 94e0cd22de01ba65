#pragma once

#include "engine/plan/logical_plan.hpp"
#include "engine/plan/options.hpp"

// `table.optimizer.distinct-agg.split.enabled`: an aggregation with DISTINCT
// calls as two, the first by a part of the hash of the distinct value as well,
// so that a key with many values is spread over all subtasks. This says what
// both aggregate; the binder makes them, on its thread. Pure.

namespace herald {

/// Parts that the values of a key are divided into at most.
constexpr int distinct_buckets_max = 1 << 20;

/// Into how many parts the options want values divided; 0: not at all.
int distinct_buckets(const session_options& options);

/// The different values of DISTINCT calls.
std::vector<expr_ptr> distinct_values(const std::vector<aggregate_call>& calls);

/// True if the calls can be put together from those of parts of the rows. Of
/// several DISTINCT values some parts have nothing for a call, which then is
/// NULL for a moment: its type must allow it.
bool can_split(const std::vector<aggregate_call>& calls);

struct distinct_split {
  plan_ptr rows;                     ///< the first's input
  std::vector<int> keys;             ///< of `rows`: beside the keys of GROUP BY
  std::vector<aggregate_call> calls; ///< of the first, over `rows`
  /// By call that is split: which of `calls` give it; AVG has a sum and a
  /// count, others one, and -1.
  std::vector<std::pair<int, int>> results;
};

/// Takes `calls`, of which some are DISTINCT and all can be split, over
/// `input` apart; `grouped`: there are keys. The columns of `input` keep their
/// places.
absl::StatusOr<distinct_split>
split_distinct(plan_ptr input, const std::vector<aggregate_call>& calls,
               bool grouped, int buckets);

/// The calls of the second aggregation over `parts`, what the first gives;
/// `columns`: of each of its calls there.
absl::StatusOr<std::vector<aggregate_call>>
calls_over_parts(const distinct_split& split, const plan_node& parts,
                 const std::vector<int>& columns, bool grouped);

/// The results of `calls`, which were split, from what the second aggregation
/// gives for each of its calls.
absl::StatusOr<std::vector<expr_ptr>>
results_of_parts(const distinct_split& split,
                 const std::vector<aggregate_call>& calls,
                 const std::vector<expr_ptr>& given);

} // namespace herald
