#pragma once

#include "engine/columnar/batch.hpp"

#include <span>

// Comparing rows of two columns of the same type, NULL equal to NULL. Floats
// compare by value but NaN equals NaN, so that a result that did not change
// is seen as such. Pure functions.

namespace herald {

/// Sets `out[i]` to 1 where row i of `a` and row i of `b` differ, for i below
/// the shorter length; leaves the rest.
void mark_different(const column& a, const column& b,
                    std::span<std::uint8_t> out);

/// True if row `i` of `a` equals row `j` of `b`.
bool same_value(const column& a, std::int64_t i, const column& b,
                std::int64_t j);

/// Below 0, 0 or above 0 as row `i` of `a` comes before, with or after row `j`
/// of `b`: NULL first, NaN last, texts by their bytes, FALSE before TRUE,
/// lists and rows by their first difference.
int compare_value(const column& a, std::int64_t i, const column& b,
                  std::int64_t j);

/// As `compare_value`, of two numbers or views.
template <class T>
int compare_three_way(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (a != a || b != b)
      return (a != a) - (b != b);
  }
  return (a > b) - (a < b);
}

/// True if row `i` of all columns `a` equals row `j` of the columns `b`.
bool same_row(const std::vector<column_ptr>& a, std::int64_t i,
              const std::vector<column_ptr>& b, std::int64_t j);

} // namespace herald
