#pragma once

#include "engine/expr/expr.hpp"

#include <cstdint>
#include <optional>

// Sides of the conditions by which a join learns how far apart the times of
// its rows may be: `ts + INTERVAL '1' MINUTE`. Internal to the planner; pure.

namespace herald {

/// A column of event time plus a constant.
struct time_term {
  int column = 0;
  std::int64_t shift_ms = 0;
};

/// What `x` is, if it is that: of a TIMESTAMP or TIMESTAMP_LTZ of milliseconds
/// at most, and intervals of days to seconds. O(size of `x`).
std::optional<time_term> time_term_of(const expr& x);

} // namespace herald
