#pragma once

#include "engine/plan/logical_plan.hpp"
#include "engine/sql/ast_query.hpp"

// OVER in the select list of a block: calls are collected while expressions
// are bound, each standing as a column behind all others, and become plan
// nodes afterwards. One block on one thread; bounded by the statement.

namespace herald {

/// Call i of OVER stands as column `over_base + i` until its plan is made: no
/// table has as many columns.
constexpr int over_base = 1 << 24;

/// An entry of ORDER BY before its value is a column.
struct order_term {
  expr_ptr value;
  bool descending = false;
  bool nulls_first = true;
};

bool equal(const order_term& a, const order_term& b);

/// What one block computes over windows.
struct over_list {
  struct entry {
    std::vector<expr_ptr> partition;
    std::vector<order_term> order;
    over_function function;
    text_position where; ///< of the call
  };

  const std::vector<sql::named_window>* windows = nullptr; ///< WINDOW clause
  std::vector<entry> calls;
};

/// True for functions that only OVER has: ROW_NUMBER, LAG, NTILE, ….
bool is_over_function(std::string_view upper_name);

/// Whether NULLs come first, unless ORDER BY says so: they are the lowest.
order_term make_order_term(expr_ptr value, const sql::order_item& item);

/// Refuses what has no order: rows, arrays, maps, bare NULL.
absl::Status check_sortable(const expr& x, text_position where);

/// What the session says of rows that are sorted.
struct sort_terms {
  bool bounded = false; ///< the input ends, and may be waited for
  std::int64_t memory_bytes_max = 0;
  std::optional<std::int64_t> ttl_ms; ///< what a hint says of partitions
};

/// Adds nodes that compute the calls over `input` and gives, for each call,
/// its column in `places`.
absl::StatusOr<plan_ptr> make_overs(plan_ptr input, const over_list& list,
                                    const sort_terms& terms,
                                    std::vector<int>& places);

/// `x` with the columns of calls at `places` of `columns`.
expr_ptr place_overs(const expr_ptr& x, const std::vector<int>& places,
                     const std::vector<plan_column>& columns);

/// Plans a condition over an OVER node: bounds on a rank make it a Top-N.
absl::StatusOr<plan_ptr> push_order(const plan_node& node,
                                    std::vector<expr_ptr> wanted);

} // namespace herald
