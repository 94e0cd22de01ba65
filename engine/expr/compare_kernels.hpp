#pragma once

#include "engine/expr/kernel.hpp"

// The code behind the comparison operators: tight loops a storage kind, with
// paths of their own for texts and for times and decimals of different units.

namespace herald {

enum class comparison_op : std::uint8_t {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
};

/// The code of `op` over two columns of kinds that `align_comparison` leaves.
const function* comparison_code(comparison_op op);

/// The difference of two timestamps of other units, as -1, 0, 1; nanoseconds
/// within `wide_ticks_max`.
int compare_ticks(int128 a, std::int64_t a_per_second, int128 b,
                  std::int64_t b_per_second);

/// The difference of two decimals of other scales, as -1, 0, 1.
int compare_decimals(int128 a, int a_scale, int128 b, int b_scale);

} // namespace herald
