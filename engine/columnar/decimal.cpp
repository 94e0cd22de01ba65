#include "engine/columnar/decimal.hpp"

#include <algorithm>

#include <absl/strings/ascii.h>

namespace herald {

namespace {

/// Exponents beyond this are as good as infinite for 38 digits of any text
/// that fits into memory with a sane number of zeros.
constexpr int exponent_max = 1'000'000;

/// A number as text: 0.d1d2d3… times 10^exponent, without leading zeros.
struct digits_of_number {
  std::array<char, decimal_precision_max + 1> digits; ///< the first ones
  int count = 0;                                      ///< used of `digits`
  std::int64_t exponent = 0;
  bool negative = false;
};

/// Reads "[+-]digits" from `at` on to the end.
std::optional<int> read_exponent(std::string_view text, std::size_t at) {
  auto negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+'))
    ++at;
  if (at == text.size())
    return std::nullopt;
  int result = 0;
  for (; at < text.size(); ++at) {
    if (!absl::ascii_isdigit(text[at]))
      return std::nullopt;
    result = std::min(result * 10 + (text[at] - '0'), exponent_max);
  }
  return negative ? -result : result;
}

std::optional<digits_of_number> read_number(std::string_view text) {
  digits_of_number result;
  std::size_t at = 0;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    result.negative = text[0] == '-';
    at = 1;
  }
  auto point = false;
  auto any = false;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
      continue;
    }
    if (!absl::ascii_isdigit(text[at]))
      break;
    any = true;
    auto leading = result.count == 0 && text[at] == '0';
    if (!leading && result.count < static_cast<int>(result.digits.size()))
      result.digits[static_cast<std::size_t>(result.count++)] = text[at];
    if (point && leading)
      --result.exponent;
    else if (!point && !leading)
      ++result.exponent;
  }
  if (!any)
    return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E')
      return std::nullopt;
    auto exponent = read_exponent(text, at + 1);
    if (!exponent)
      return std::nullopt;
    result.exponent += *exponent;
  }
  return result;
}

} // namespace

std::optional<int128> parse_decimal(std::string_view text, int precision,
                                    int scale) {
  auto number = read_number(text);
  if (!number)
    return std::nullopt;
  if (number->count == 0)
    return 0;
  auto kept = number->exponent + scale; // digits of the result
  if (kept < 0)
    return 0;
  if (kept > decimal_precision_max)
    return std::nullopt;
  int128 result = 0;
  for (int i = 0; i < kept; ++i) {
    auto digit = i < number->count
                     ? number->digits[static_cast<std::size_t>(i)] - '0'
                     : 0;
    result = result * 10 + digit;
  }
  if (kept < number->count
      && number->digits[static_cast<std::size_t>(kept)] >= '5')
    ++result;
  if (!fits_precision(result, precision))
    return std::nullopt;
  return number->negative ? -result : result;
}

void append_decimal(std::string& to, int128 x, int scale) {
  char buffer[48];
  auto* at = buffer + sizeof buffer;
  auto rest = static_cast<unsigned __int128>(x);
  if (x < 0)
    rest = -rest;
  for (int digits = 0; rest != 0 || digits <= scale; ++digits) {
    if (digits == scale && scale > 0)
      *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (x < 0)
    *--at = '-';
  to.append(at, buffer + sizeof buffer);
}

std::string format_decimal(int128 x, int scale) {
  std::string result;
  append_decimal(result, x, scale);
  return result;
}

} // namespace herald
