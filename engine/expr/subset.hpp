#pragma once

#include "engine/expr/expr.hpp"

// Evaluation on some rows of a batch only, for CASE and its like, and what
// else the lazy kernels share. Pure functions, safe on any thread.

namespace herald {

/// One value a row: `x` itself, or its constant `rows` times.
column_ptr spread(const vec& x, std::int64_t rows);

/// Rows where `condition`, a BOOLEAN of `rows` rows, is TRUE; in order.
row_list true_rows(const vec& condition, std::int64_t rows);

/// Evaluates `x` over the rows `rows` of `input` only: the result has as many
/// rows. O(columns that x reads · rows) besides the evaluation.
absl::StatusOr<vec> evaluate_on(const expr& x, const batch& input,
                                const row_list& rows,
                                const eval_context& context);

} // namespace herald
