#pragma once

#include "engine/columnar/civil.hpp"
#include "engine/columnar/column.hpp"
#include "engine/columnar/scalar.hpp"

#include <cstdint>
#include <type_traits>

// How TIMESTAMP and TIMESTAMP_LTZ count: up to precision 6 milliseconds or
// microseconds in 64 bits, from 7 on nanoseconds in 128, for 64 would end in
// 2262. Wide columns are rare and may be slower; code that is hot is made for
// each width by `with_ticks`, the rest goes through `ticks_at`. Pure
// functions, safe on any thread.

namespace herald {

/// Most digits of a second whose ticks take 64 bits.
constexpr int narrow_digits_max = 6;

/// Wide ticks reach so far from 1970, that a computation over their seconds in
/// 64 bits cannot overflow (some 70 billion years).
constexpr int128 wide_ticks_max
    = int128{1} * 1'000'000'000 * (std::int64_t{1} << 61);

/// True for timestamps of 128 bits.
inline bool has_wide_ticks(const data_type& x) {
  return x.is_timestamp() && x.precision() > narrow_digits_max;
}

/// What ticks of a unit are stored as.
template <std::int64_t PerSecond>
using ticks_type
    = std::conditional_t<PerSecond == 1'000'000'000, int128, std::int64_t>;

/// Calls `f(values, per_second)` with the values of a column of timestamps as
/// they lie in memory and its ticks of a second as a constant, so that
/// divisions by it are cheap.
template <class F>
auto with_ticks(const column& x, F f) {
  using std::integral_constant;
  const auto* narrow = x.as<std::int64_t>().data();
  if (x.type.precision() <= 3)
    return f(narrow, integral_constant<std::int64_t, 1'000>{});
  if (x.type.precision() <= narrow_digits_max)
    return f(narrow, integral_constant<std::int64_t, 1'000'000>{});
  return f(x.as<int128>().data(),
           integral_constant<std::int64_t, 1'000'000'000>{});
}

/// The timestamp at `row`, which is not NULL, in ticks of its type.
inline int128 ticks_at(const column& x, std::int64_t row) {
  const auto at = static_cast<std::size_t>(row);
  return has_wide_ticks(x.type) ? x.as<int128>()[at]
                                : int128{x.as<std::int64_t>()[at]};
}

/// A timestamp as a value of `type`, whose ticks it counts.
inline scalar timestamp_value(const data_type& type, int128 ticks) {
  if (has_wide_ticks(type))
    return {type, ticks};
  return {type, static_cast<std::int64_t>(ticks)};
}

} // namespace herald
