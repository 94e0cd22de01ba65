#pragma once

#include "engine/plan/bind_expression.hpp"
#include "engine/sql/ast_query.hpp"

// GROUP BY: its keys, the sets of them that GROUPING SETS, ROLLUP and CUBE
// ask for, and the window of a grouping function. Values of one block, on the
// binder's thread.

namespace herald {

/// CUBE doubles the sets with every key; more of them are a mistake.
constexpr std::size_t grouping_sets_max = 256;

struct grouping_keys {
  std::vector<expr_ptr> keys; ///< each once
  /// By set, then key: whether it is one of the set's. Empty: one set of all.
  std::vector<std::vector<bool>> sets;
  /// The places of those that hold subqueries, with their text.
  std::vector<std::pair<std::string, std::size_t>> with_subqueries = {};

  /// True if every set has key `i`.
  bool in_all_sets(std::size_t i) const;
};

/// Binds the elements of GROUP BY; the grouping function of `window` becomes
/// the three bounds of its windows. `subqueries` takes those of the keys.
/// Errors: too many sets, aggregates.
absl::StatusOr<grouping_keys>
bind_grouping(const sql::select_block& x, const sql_session& session,
              const scope& names, const std::optional<group_window>& window,
              subquery_hook* subqueries);

/// Columns that keys read which are not in every set: they come out as NULL.
std::vector<int> columns_left_out(const grouping_keys& x);

/// GROUPING(args) or GROUP_ID() as a function of `set`, the set's number.
absl::StatusOr<expr_ptr> grouping_value(const grouping_call& call,
                                        const grouping_keys& keys,
                                        const expr_ptr& set);

} // namespace herald
