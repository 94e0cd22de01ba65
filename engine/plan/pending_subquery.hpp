#pragma once

#include "engine/plan/logical_plan.hpp"

#include <cstdint>
#include <vector>

// Subqueries of expressions between being bound and being joined to the query
// around them. Values inside the query binder, on its thread; a statement has
// `subqueries_max` of them at most.

namespace herald {

/// A query inside an expression: its select list, then the columns that
/// tie it to the query around it.
struct bound_subquery {
  /// The value of the query around equals a column here.
  struct link {
    expr_ptr outer;
    int column = 0;
    bool null_safe = false; ///< NULL equals NULL
  };

  plan_ptr plan;
  int values = 0;
  std::vector<link> links;
  /// Other conditions that tie: the outer columns as they are, column i here
  /// as `subquery_base` + i.
  std::vector<expr_ptr> others;
  bool single = false; ///< one row at most for each value of the links
  /// With `single`: there is a row even where nothing is found, and this is
  /// its first value. Else null.
  expr_ptr empty;
  std::vector<expr_ptr> empty_row; ///< with `empty`: all of its values
};

struct pending_subquery {
  enum class kind_type : std::uint8_t { scalar, exists, in };
  kind_type kind = kind_type::scalar;
  bound_subquery query;
  std::vector<expr_ptr> values; ///< on the left of IN
  text_position where;
};

} // namespace herald
