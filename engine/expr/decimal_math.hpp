#pragma once

#include "engine/columnar/decimal.hpp"

#include <optional>

// Arithmetic of DECIMALs with results of any scale: exact in 256 bits, then
// rounded half away from zero. Empty when the result needs more digits than
// its precision. Pure functions.

namespace herald {

struct decimal_target {
  int precision = 0;
  int scale = 0;
};

/// a · 10^-a_scale + b · 10^-b_scale.
std::optional<int128> decimal_add(int128 a, int a_scale, int128 b, int b_scale,
                                  decimal_target to);

std::optional<int128> decimal_multiply(int128 a, int a_scale, int128 b,
                                       int b_scale, decimal_target to);

/// `b` is not 0.
std::optional<int128> decimal_divide(int128 a, int a_scale, int128 b,
                                     int b_scale, decimal_target to);

/// The remainder has the sign of `a`; `b` is not 0.
std::optional<int128> decimal_remainder(int128 a, int a_scale, int128 b,
                                        int b_scale, decimal_target to);

/// The double nearest to x · 10^-scale.
double decimal_to_double(int128 x, int scale);

/// `x` at `scale`, rounded half away from zero; empty when it does not fit.
std::optional<int128> double_to_decimal(double x, decimal_target to);

} // namespace herald
