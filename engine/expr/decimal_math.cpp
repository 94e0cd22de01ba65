#include "engine/expr/decimal_math.hpp"

#include <charconv>
#include <cmath>
#include <string>

namespace herald {

namespace {

using uint128 = unsigned __int128;

struct uint256 {
  uint128 high = 0;
  uint128 low = 0;
};

uint128 magnitude(int128 x) {
  return x < 0 ? uint128{0} - static_cast<uint128>(x) : static_cast<uint128>(x);
}

/// The whole product of two 128-bit numbers, by halves.
uint256 multiply(uint128 a, uint128 b) {
  constexpr auto mask = (uint128{1} << 64) - 1;
  auto a_low = a & mask;
  auto a_high = a >> 64;
  auto b_low = b & mask;
  auto b_high = b >> 64;
  auto low = a_low * b_low;
  auto middle = a_high * b_low + (low >> 64);
  auto carry = a_low * b_high + (middle & mask);
  return {a_high * b_high + (middle >> 64) + (carry >> 64),
          (carry << 64) | (low & mask)};
}

struct signed_256 {
  uint256 magnitude;
  bool negative = false;
};

bool less(const uint256& a, const uint256& b) {
  return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/// a + b, both below 2^255.
signed_256 add(const signed_256& a, const signed_256& b) {
  const auto& x = a.magnitude;
  const auto& y = b.magnitude;
  if (a.negative == b.negative) {
    auto low = x.low + y.low;
    return {{x.high + y.high + (low < x.low ? 1 : 0), low}, a.negative};
  }
  if (less(x, y))
    return add(b, a);
  auto borrow = x.low < y.low ? 1 : 0;
  return {{x.high - y.high - borrow, x.low - y.low}, a.negative};
}

struct division {
  uint128 quotient = 0;
  uint128 remainder = 0;
};

/// x / by; empty when the quotient needs more than 128 bits. Bit by bit, so
/// slow; only for what does not fit into 128 bits.
std::optional<division> divide(uint256 x, uint128 by) {
  if (x.high == 0)
    return division{x.low / by, x.low % by};
  if (x.high >= by)
    return std::nullopt;
  auto remainder = x.high;
  uint128 quotient = 0;
  for (int bit = 127; bit >= 0; --bit) {
    auto overflow = remainder >> 127;
    remainder = remainder << 1 | (x.low >> bit & 1);
    if (overflow != 0 || remainder >= by) {
      remainder -= by;
      quotient |= uint128{1} << bit;
    }
  }
  return division{quotient, remainder};
}

/// x mod by.
uint128 remainder_of(uint256 x, uint128 by) {
  x.high %= by;
  return divide(x, by)->remainder;
}

std::optional<int128> signed_result(uint128 x, bool negative, int precision) {
  if (x >= static_cast<uint128>(power_of_ten(precision)))
    return std::nullopt;
  auto result = static_cast<int128>(x);
  return negative ? -result : result;
}

/// a * 10^shift / by, rounded half up, for a `shift` above 38: 38 digits
/// first, then those of what is left over.
std::optional<int128> far_quotient(uint128 a, uint128 by, int shift,
                                   bool negative, int precision) {
  auto more = static_cast<uint128>(power_of_ten(shift - decimal_precision_max));
  auto most = static_cast<uint128>(power_of_ten(decimal_precision_max));
  auto first = divide(multiply(a, most), by);
  if (!first)
    return std::nullopt;
  auto whole = multiply(first->quotient, more);
  if (whole.high != 0 || whole.low >= most)
    return std::nullopt;
  auto rest = *divide(multiply(first->remainder, more), by);
  auto up = rest.remainder >= by - rest.remainder ? 1 : 0;
  return signed_result(whole.low + rest.quotient + up, negative, precision);
}

/// x / by, rounded half up, as a signed result.
std::optional<int128> rounded(uint256 x, uint128 by, bool negative,
                              int precision) {
  auto parts = divide(x, by);
  if (!parts)
    return std::nullopt;
  auto up = parts->remainder >= by - parts->remainder;
  return signed_result(parts->quotient + (up ? 1 : 0), negative, precision);
}

uint128 ten_to(int exponent) {
  return static_cast<uint128>(power_of_ten(exponent));
}

} // namespace

std::optional<int128> decimal_add(int128 a, int a_scale, int128 b, int b_scale,
                                  decimal_target to) {
  auto scale = std::max(a_scale, b_scale);
  int128 x;
  int128 y;
  int128 sum;
  if (__builtin_mul_overflow(a, power_of_ten(scale - a_scale), &x)
      || __builtin_mul_overflow(b, power_of_ten(scale - b_scale), &y)
      || __builtin_add_overflow(x, y, &sum)) {
    // Too long at the finer scale for 128 bits, never for 256.
    auto whole = add({multiply(magnitude(a), ten_to(scale - a_scale)), a < 0},
                     {multiply(magnitude(b), ten_to(scale - b_scale)), b < 0});
    return rounded(whole.magnitude, ten_to(scale - to.scale), whole.negative,
                   to.precision);
  }
  return rescale(sum, scale, to.scale, to.precision);
}

std::optional<int128> decimal_multiply(int128 a, int a_scale, int128 b,
                                       int b_scale, decimal_target to) {
  auto drop = a_scale + b_scale - to.scale;
  auto product = multiply(magnitude(a), magnitude(b));
  auto negative = (a < 0) != (b < 0);
  if (drop <= decimal_precision_max)
    return rounded(product, ten_to(drop), negative, to.precision);
  auto first = divide(product, ten_to(decimal_precision_max));
  if (!first)
    return std::nullopt;
  return rounded({0, first->quotient}, ten_to(drop - decimal_precision_max),
                 negative, to.precision);
}

std::optional<int128> decimal_divide(int128 a, int a_scale, int128 b,
                                     int b_scale, decimal_target to) {
  auto negative = (a < 0) != (b < 0);
  auto shift = to.scale + b_scale - a_scale;
  if (shift > decimal_precision_max)
    return far_quotient(magnitude(a), magnitude(b), shift, negative,
                        to.precision);
  if (shift >= 0)
    return rounded(multiply(magnitude(a), ten_to(shift)), magnitude(b),
                   negative, to.precision);
  auto divisor = multiply(magnitude(b), ten_to(-shift));
  if (divisor.high != 0)
    return 0;
  return rounded({0, magnitude(a)}, divisor.low, negative, to.precision);
}

std::optional<int128> decimal_remainder(int128 a, int a_scale, int128 b,
                                        int b_scale, decimal_target to) {
  auto scale = std::max(a_scale, b_scale);
  auto divisor = multiply(magnitude(b), ten_to(scale - b_scale));
  auto dividend = multiply(magnitude(a), ten_to(scale - a_scale));
  uint128 rest;
  if (divisor.high != 0)
    rest = dividend.low; // the divisor is longer than any dividend
  else
    rest = remainder_of(dividend, divisor.low);
  auto result = signed_result(rest, a < 0, decimal_precision_max);
  if (!result)
    return std::nullopt;
  return rescale(*result, scale, to.scale, to.precision);
}

double decimal_to_double(int128 x, int scale) {
  constexpr int128 exact = int128{1} << 53;
  if (-exact <= x && x <= exact && scale <= 22)
    return static_cast<double>(x) / static_cast<double>(power_of_ten(scale));
  auto text = format_decimal(x, scale);
  double result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

std::optional<int128> double_to_decimal(double x, decimal_target to) {
  if (!std::isfinite(x))
    return std::nullopt;
  char digits[64];
  auto end = std::to_chars(digits, digits + sizeof(digits), x,
                           std::chars_format::scientific);
  return parse_decimal({digits, static_cast<std::size_t>(end.ptr - digits)},
                       to.precision, to.scale);
}

} // namespace herald
