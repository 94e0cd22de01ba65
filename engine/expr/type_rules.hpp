#pragma once

#include "engine/columnar/type.hpp"

#include <optional>

// Flink's rules for the types of DECIMAL results (its LogicalTypeMerging):
// digits that do not fit into 38 are taken from the fraction first, down to 6
// of it. Pure functions; nullability of the results is unspecified.

namespace herald {

struct decimal_shape {
  int precision = 0;
  int scale = 0;

  int integer_digits() const {
    return precision - scale;
  }

  friend bool operator==(decimal_shape, decimal_shape) = default;
};

/// Digits of an exact type: DECIMAL's own, those of the integers: 3, 5, 10,
/// 19.
decimal_shape shape_of(const data_type& exact);

data_type type_of(decimal_shape x);

/// The shape with at most 38 digits.
decimal_shape adjust(int precision, int scale);

decimal_shape sum_shape(decimal_shape a, decimal_shape b);
decimal_shape product_shape(decimal_shape a, decimal_shape b);
decimal_shape quotient_shape(decimal_shape a, decimal_shape b);
decimal_shape remainder_shape(decimal_shape a, decimal_shape b);

/// ROUND(x, digits).
decimal_shape rounded_shape(decimal_shape x, int digits);

/// The smallest shape that holds both; nullopt beyond 38 digits.
std::optional<decimal_shape> exact_union(decimal_shape a, decimal_shape b);

/// Whether a value of `from` is cast to `to` without being asked: to a wider
/// number, another length, a later kind of time; nested types part by part.
bool widens(const data_type& from, const data_type& to);

/// The type of a + b and the like for numbers that are not both exact, or
/// both integers; DECIMALs give their union.
std::optional<data_type> common_number(const data_type& a, const data_type& b);

} // namespace herald
