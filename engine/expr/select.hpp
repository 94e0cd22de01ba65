#pragma once

#include "engine/expr/expr.hpp"

// Puts a column together from rows of several others (the branches of CASE),
// each row once, in any order. One thread.

namespace herald {

class selection {
public:
  selection(data_type type, std::int64_t rows);

  /// Rows `at` come from the same rows of `x`.
  void add(const vec& x, const row_list& at);

  /// Row `at[i]` comes from row i of `x`.
  void add_dense(const vec& x, const row_list& at);

  /// Row `at[i]` comes from row `slots[i]` of `x`.
  void add_slots(const column_ptr& x, const row_list& slots,
                 const row_list& at);

  /// Rows that nobody added are NULL. O(rows).
  column_ptr finish();

private:
  data_type type_;
  std::int64_t rows_;
  std::vector<column_ptr> sources_;
  std::vector<std::int32_t> from_; ///< source of each row, -1: none
  std::vector<std::int32_t> slot_; ///< row in that source
};

} // namespace herald
