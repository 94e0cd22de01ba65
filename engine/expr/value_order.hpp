#pragma once

#include <cmath>
#include <type_traits>

// The total order of values, as Java's compareTo: NaN is the largest and -0.0
// below 0.0. Texts and bytes by their bytes. Pure.

namespace herald {

template <class T>
bool is_less(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return std::isnan(b)
               ? !std::isnan(a)
               : a < b || (a == b && std::signbit(a) > std::signbit(b));
  else
    return a < b;
}

} // namespace herald
