#pragma once

#include "engine/columnar/column.hpp"

#include <string>
#include <variant>
#include <vector>

// One value with its type: literals, constants that were folded, rows of
// tests. Never on a hot path.

namespace herald {

struct scalar {
  /// NULL; BOOLEAN; every integer-like storage; FLOAT and DOUBLE; 128 bits;
  /// texts and bytes; the elements of ARRAY, ROW, MAP (key, value, key, …).
  using value_type = std::variant<std::monostate, bool, std::int64_t, double,
                                  int128, std::string, std::vector<scalar>>;

  data_type type;
  value_type value;

  bool is_null() const {
    return value.index() == 0;
  }

  friend bool operator==(const scalar&, const scalar&) = default;
};

/// Returns the value of `x` at `row`.
scalar value_at(const column& x, std::int64_t row);

/// Returns a column of `rows` times the same value.
column_ptr repeat(const scalar& x, std::int64_t rows);

/// Text of a value as SQL's CAST to STRING gives it: decimals with all their
/// digits, timestamps as "yyyy-MM-dd HH:mm:ss.SSS" with the precision's
/// digits (LTZ in UTC), NULL as "NULL", texts as they are.
std::string to_string(const scalar& x);

} // namespace herald
