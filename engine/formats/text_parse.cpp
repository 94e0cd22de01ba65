#include "engine/formats/text_parse.hpp"

#include <charconv>
#include <limits>

#include <strings.h>

namespace herald {

namespace {

constexpr int128 ten = 10;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// 10^n for n in 0 … 38.
int128 power_of_ten(int n) {
  int128 result = 1;
  for (; n > 0; --n)
    result *= ten;
  return result;
}

/// A number in three parts; digits are in the order of the text.
struct decimal_text {
  bool negative = false;
  std::string digits; ///< without leading zeros
  long exponent = 0;  ///< value = 0.digits times 10^exponent … see `scan`
};

/// Exponents beyond this are out of every type's range.
constexpr long exponent_max = 100'000;

/// Reads sign, digits, point, exponent. On return the value is
/// (digits as an integer) times 10^exponent.
std::optional<decimal_text> scan(std::string_view text) {
  decimal_text out;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+'))
    out.negative = text[at++] == '-';
  bool any = false;
  bool after_point = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (is_digit(c)) {
      any = true;
      out.exponent -= after_point;
      if (c != '0' || !out.digits.empty())
        out.digits.push_back(c);
    } else if (c == '.' && !after_point) {
      after_point = true;
    } else {
      break;
    }
  }
  if (!any)
    return std::nullopt;
  if (at < text.size()) {
    if (text[at] != 'e' && text[at] != 'E')
      return std::nullopt;
    auto exponent = parse_integer(text.substr(at + 1));
    if (!exponent || *exponent > exponent_max || *exponent < -exponent_max)
      return std::nullopt;
    out.exponent += static_cast<long>(*exponent);
  }
  return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Reads exactly `count` digits at `at`.
std::optional<int> digits_at(std::string_view text, std::size_t at,
                             std::size_t count) {
  if (at + count > text.size())
    return std::nullopt;
  int result = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!is_digit(text[i]))
      return std::nullopt;
    result = result * 10 + (text[i] - '0');
  }
  return result;
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; Howard
/// Hinnant's `days_from_civil`.
std::int32_t days_of(int year, int month, int day) {
  year -= month <= 2;
  int era = (year >= 0 ? year : year - 399) / 400;
  int of_era = year - era * 400;
  int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year
         - 719468;
}

bool is_leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/// Seconds that a zone suffix ("Z", "+01:00", "-0530") lies ahead of UTC.
std::optional<std::int64_t> zone_seconds(std::string_view text) {
  if (text == "Z" || text == "z")
    return 0;
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-'))
    return std::nullopt;
  bool colon = text[3] == ':';
  if (text.size() != (colon ? 6u : 5u))
    return std::nullopt;
  auto hours = digits_at(text, 1, 2);
  auto minutes = digits_at(text, colon ? 4 : 3, 2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59)
    return std::nullopt;
  std::int64_t seconds = *hours * 3600 + *minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

} // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-')
      return std::nullopt;
  }
  std::int64_t result = 0;
  auto [end, error]
      = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

std::optional<int128> parse_decimal(std::string_view text, int precision,
                                    int scale) {
  auto parts = scan(text);
  if (!parts)
    return std::nullopt;
  // Digits that count: those left of position `scale` behind the point.
  auto size = static_cast<long>(parts->digits.size());
  if (size == 0)
    return 0;
  long zeros = parts->exponent + scale; // to append, or digits to cut off
  long kept = size + zeros;
  if (kept < 0)
    return 0;
  if (kept > decimal_precision_max)
    return std::nullopt;
  int128 value = 0;
  for (long i = 0; i < kept; ++i) {
    auto digit = i < size ? parts->digits[static_cast<std::size_t>(i)] : '0';
    value = value * ten + (digit - '0');
  }
  if (kept < size && parts->digits[static_cast<std::size_t>(kept)] >= '5')
    ++value;
  if (value >= power_of_ten(precision))
    return std::nullopt;
  return parts->negative ? -value : value;
}

std::optional<double> parse_double(std::string_view text) {
  if (!text.empty() && text[0] == '+')
    text.remove_prefix(1);
  double result = 0;
  auto [end, error]
      = std::from_chars(text.data(), text.data() + text.size(), result);
  if (end != text.data() + text.size() || text.empty())
    return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Tiny values are zero; huge ones do not fit.
    auto parts = scan(text);
    bool tiny
        = parts
          && static_cast<long>(parts->digits.size()) + parts->exponent < 0;
    return tiny ? std::optional<double>(parts->negative ? -0.0 : 0.0)
                : std::nullopt;
  }
  if (error != std::errc{})
    return std::nullopt;
  return result;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (equals_ignoring_case(text, "true"))
    return true;
  if (equals_ignoring_case(text, "false"))
    return false;
  return std::nullopt;
}

std::optional<std::int32_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-')
    return std::nullopt;
  auto year = digits_at(text, 0, 4);
  auto month = digits_at(text, 5, 2);
  auto day = digits_at(text, 8, 2);
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1)
    return std::nullopt;
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int last = lengths[*month - 1] + (*month == 2 && is_leap(*year));
  if (*day > last)
    return std::nullopt;
  return days_of(*year, *month, *day);
}

std::optional<std::int64_t> parse_time(std::string_view text) {
  constexpr std::int64_t second = 1'000'000'000;
  auto hours = digits_at(text, 0, 2);
  auto minutes = digits_at(text, 3, 2);
  if (!hours || !minutes || text[2] != ':' || *hours > 23 || *minutes > 59)
    return std::nullopt;
  std::int64_t result = (*hours * 60 + *minutes) * 60 * second;
  if (text.size() == 5)
    return result;
  auto seconds = digits_at(text, 6, 2);
  if (!seconds || text[5] != ':' || *seconds > 59)
    return std::nullopt;
  result += *seconds * second;
  if (text.size() == 8)
    return result;
  if (text[8] != '.' || text.size() == 9)
    return std::nullopt;
  std::int64_t unit = second;
  for (std::size_t i = 9; i < text.size(); ++i) {
    if (!is_digit(text[i]))
      return std::nullopt;
    unit /= 10; // 0 from the tenth digit on: cut off
    result += unit * (text[i] - '0');
  }
  return result;
}

std::optional<std::int64_t> parse_timestamp(std::string_view text,
                                            timestamp_standard standard,
                                            bool zoned, int digits,
                                            std::int64_t ticks_per_second) {
  char separator = standard == timestamp_standard::sql ? ' ' : 'T';
  if (text.size() < 16 || text[10] != separator)
    return std::nullopt;
  auto days = parse_date(text.substr(0, 10));
  auto clock = text.substr(11);
  std::int64_t shift = 0;
  if (auto at = clock.find_first_of("Zz+-"); at != std::string_view::npos) {
    auto zone = zone_seconds(clock.substr(at));
    if (!zoned || !zone)
      return std::nullopt;
    shift = *zone;
    clock = clock.substr(0, at);
  }
  auto nanoseconds = parse_time(clock);
  if (!days || !nanoseconds)
    return std::nullopt;
  std::int64_t unit = 1'000'000'000;
  for (int i = 0; i < digits; ++i)
    unit /= 10;
  auto of_day = *nanoseconds / unit * unit;
  auto seconds = std::int64_t{*days} * 86'400 - shift;
  std::int64_t ticks = 0;
  if (__builtin_mul_overflow(seconds, ticks_per_second, &ticks)
      || __builtin_add_overflow(
          ticks, of_day / (1'000'000'000 / ticks_per_second), &ticks))
    return std::nullopt;
  return ticks;
}

bool parse_base64(std::string_view text, std::string& out) {
  auto value_of = [](char c) -> int {
    if (c >= 'A' && c <= 'Z')
      return c - 'A';
    if (c >= 'a' && c <= 'z')
      return c - 'a' + 26;
    if (is_digit(c))
      return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  if (text.size() % 4 != 0)
    return false;
  std::size_t pad = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool filler = i + pad >= text.size();
    int value = filler ? 0 : value_of(text[i]);
    if (value < 0)
      return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 != 3)
      continue;
    std::size_t bytes = i + 1 == text.size() ? 3 - pad : 3;
    for (std::size_t k = 0; k < bytes; ++k)
      out.push_back(static_cast<char>(bits >> (16 - 8 * k) & 0xff));
    bits = 0;
  }
  return true;
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    auto from = at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '-')
    ++at;
  auto first = at;
  if (!digits() || (text[first] == '0' && at > first + 1))
    return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits())
      return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+'))
      ++at;
    if (!digits())
      return false;
  }
  return at == text.size();
}

} // namespace herald
