#pragma once

#include "engine/columnar/type.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

// DECIMAL values: 128-bit integers that stand for value times 10^scale, of at
// most 38 digits. Whatever does not fit is nullopt, never a wrong number.
// Pure functions, safe on any thread.

namespace herald {

using int128 = __int128;

namespace detail {

constexpr auto powers_of_ten = [] {
  std::array<int128, decimal_precision_max + 1> result{};
  int128 power = 1;
  for (auto& entry : result) {
    entry = power;
    if (&entry != &result.back())
      power *= 10;
  }
  return result;
}();

} // namespace detail

/// 10^exponent, for exponents 0 … 38.
constexpr int128 power_of_ten(int exponent) {
  return detail::powers_of_ten[static_cast<std::size_t>(exponent)];
}

/// Whether `x` has at most `precision` (1 … 38) digits.
constexpr bool fits_precision(int128 x, int precision) {
  auto limit = power_of_ten(precision);
  return -limit < x && x < limit;
}

/// `x` divided by 10^digits (0 … 38), halves rounded away from zero.
constexpr int128 round_digits(int128 x, int digits) {
  auto unit = power_of_ten(digits);
  auto result = x / unit;
  auto rest = x % unit;
  if (rest < 0 ? -rest >= unit + rest : rest != 0 && rest >= unit - rest)
    result += x < 0 ? -1 : 1;
  return result;
}

/// The value `x` of scale `from` at scale `to` (both 0 … 38), halves rounded
/// away from zero; nullopt when it has more than `precision` digits then.
constexpr std::optional<int128> rescale(int128 x, int from, int to,
                                        int precision) {
  auto result = x;
  if (to < from)
    result = round_digits(x, from - to);
  else if (__builtin_mul_overflow(x, power_of_ten(to - from), &result))
    return std::nullopt;
  if (!fits_precision(result, precision))
    return std::nullopt;
  return result;
}

/// Parses "[+-]digits[.digits][e[+-]digits]", also ".5" and "5.", rounding
/// halves away from zero to `scale`. nullopt for another text, or when there
/// are more than `precision` digits. O(text).
std::optional<int128> parse_decimal(std::string_view text, int precision,
                                    int scale);

/// Appends the value with exactly `scale` digits after the point.
void append_decimal(std::string& to, int128 x, int scale);

/// As `append_decimal`, as a text of its own.
std::string format_decimal(int128 x, int scale);

} // namespace herald
