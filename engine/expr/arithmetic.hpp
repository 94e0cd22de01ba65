#pragma once

#include "engine/expr/registry.hpp"

// The operators + - * / % and the code behind them, which other functions
// share (MOD, ABS, sums of times). See registry.hpp for the names.

namespace herald {

enum class arithmetic_op : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  remainder,
};

/// The code for numbers of one storage, i8 … i64, f32 or f64, that give the
/// same storage. Integers wrap; dividing them by zero fails, unless
/// `safe_divisor` says that the divisor is a constant other than 0 and -1.
const function* arithmetic_code(arithmetic_op op, storage_kind kind,
                                bool safe_divisor);

inline absl::Status divided_by_zero(text_position where) {
  return user_error(where, "division by zero", "NULLIF(…, 0) gives NULL");
}

/// Binds `op` for DECIMALs (and integers among them).
expr_ptr bind_decimal(const call_site& site, arithmetic_op op);

/// Binds `op` if a side is a time or an interval; null if neither is.
absl::StatusOr<expr_ptr> bind_temporal(call_site& site, arithmetic_op op);

} // namespace herald
