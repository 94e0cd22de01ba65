#include "engine/expr/text_read.hpp"

#include "engine/columnar/civil.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

#include <absl/strings/ascii.h>

namespace herald {

std::string_view trim_blanks(std::string_view x) {
  auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!x.empty() && blank(x.front()))
    x.remove_prefix(1);
  while (!x.empty() && blank(x.back()))
    x.remove_suffix(1);
  return x;
}

namespace {

/// Takes 1 … `most` digits off the front of `x`.
std::optional<std::int64_t> take_number(std::string_view& x, std::size_t most) {
  std::size_t count = 0;
  std::int64_t result = 0;
  while (count < x.size() && count < most && absl::ascii_isdigit(x[count]))
    result = result * 10 + (x[count++] - '0');
  if (count == 0)
    return std::nullopt;
  x.remove_prefix(count);
  return result;
}

bool take_char(std::string_view& x, char c) {
  if (x.empty() || x.front() != c)
    return false;
  x.remove_prefix(1);
  return true;
}

template <class T>
std::optional<T> read_number(std::string_view x) {
  x = trim_blanks(x);
  auto negative = !x.empty() && x.front() == '-';
  if (negative || (!x.empty() && x.front() == '+'))
    x.remove_prefix(1);
  auto sign = negative ? T{-1} : T{1};
  if (x == "NaN")
    return std::numeric_limits<T>::quiet_NaN();
  if (x == "Infinity")
    return sign * std::numeric_limits<T>::infinity();
  if (!x.empty() && std::string_view("dDfF").find(x.back()) != x.npos)
    x.remove_suffix(1);
  if (x.empty() || !(absl::ascii_isdigit(x.front()) || x.front() == '.'))
    return std::nullopt;
  auto format = std::chars_format::general;
  if (x.starts_with("0x") || x.starts_with("0X")) { // of C, with an exponent
    x.remove_prefix(2);
    format = std::chars_format::hex;
    if (x.find_first_of("pP") == x.npos || x.starts_with('-'))
      return std::nullopt;
  }
  T result = 0;
  auto [end, code]
      = std::from_chars(x.data(), x.data() + x.size(), result, format);
  if (end != x.data() + x.size() || code == std::errc::invalid_argument)
    return std::nullopt;
  if (code == std::errc::result_out_of_range) {
    // Too small or too large: the sign of the exponent tells.
    auto e = x.find_first_of("eE");
    auto small = e == x.npos ? x.front() == '0' || x.front() == '.'
                             : e + 1 < x.size() && x[e + 1] == '-';
    result = small ? T{0} : std::numeric_limits<T>::infinity();
  }
  return sign * result;
}

} // namespace

std::optional<std::int64_t> read_integer(std::string_view x, std::int64_t low,
                                         std::int64_t high) {
  x = trim_blanks(x);
  auto negative = !x.empty() && x.front() == '-';
  if (negative || (!x.empty() && x.front() == '+'))
    x.remove_prefix(1);
  auto point = std::min(x.find('.'), x.size());
  auto digits = x.substr(0, point);
  if (digits.empty() && point + 1 >= x.size())
    return std::nullopt;
  __int128 value = 0;
  for (auto c : digits) {
    if (!absl::ascii_isdigit(c)
        || value > std::numeric_limits<std::int64_t>::max())
      return std::nullopt;
    value = value * 10 + (c - '0');
  }
  for (auto i = point + 1; i < x.size(); ++i)
    if (!absl::ascii_isdigit(x[i]))
      return std::nullopt;
  if (negative)
    value = -value;
  if (value < low || value > high)
    return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<double> read_double(std::string_view x) {
  return read_number<double>(x);
}

std::optional<float> read_float(std::string_view x) {
  return read_number<float>(x);
}

std::optional<bool> read_boolean(std::string_view x) {
  std::string word(x);
  for (auto& c : word)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  for (std::string_view yes : {"true", "t", "yes", "y", "1"})
    if (word == yes)
      return true;
  for (std::string_view no : {"false", "f", "no", "n", "0"})
    if (word == no)
      return false;
  return std::nullopt;
}

std::optional<std::int32_t> read_date(std::string_view x) {
  x = trim_blanks(x);
  x = x.substr(0, x.find(' '));
  auto year = take_number(x, 4);
  std::optional<std::int64_t> month = 1;
  std::optional<std::int64_t> day = 1;
  if (year && take_char(x, '-')) {
    month = take_number(x, 2);
    if (month && take_char(x, '-'))
      day = take_number(x, 2);
  }
  if (!year || !month || !day || !x.empty() || *month < 1 || *month > 12
      || *day < 1 || *day > days_in_month(*year, static_cast<int>(*month)))
    return std::nullopt;
  return static_cast<std::int32_t>(
      days_from_civil(*year, static_cast<int>(*month), static_cast<int>(*day)));
}

std::optional<std::int32_t> read_time(std::string_view x) {
  x = trim_blanks(x);
  std::int64_t parts[3] = {0, 0, 0};
  std::size_t found = 0;
  for (; found < 3; ++found) {
    if (found > 0 && !take_char(x, ':'))
      break;
    auto part = take_number(x, 2);
    if (!part || *part > (found == 0 ? 23 : 59))
      return std::nullopt;
    parts[found] = *part;
  }
  std::int64_t fraction = 0;
  if (found == 3 && take_char(x, '.')) {
    std::int64_t unit = 100;
    for (auto digit = 0; !x.empty() && absl::ascii_isdigit(x.front());
         ++digit) {
      fraction += (x.front() - '0') * unit;
      unit /= 10;
      if (digit == 3 && x.front() >= '5')
        ++fraction; // rounded to milliseconds, as in Flink
      x.remove_prefix(1);
    }
  }
  if (!x.empty())
    return std::nullopt;
  return static_cast<std::int32_t>(
      ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * 1000 + fraction);
}

std::optional<int128> read_timestamp(std::string_view x,
                                     std::int64_t ticks_per_second,
                                     late_day late) {
  auto year = take_number(x, 4);
  if (!year || *year < 1 || !take_char(x, '-')) // as Flink
    return std::nullopt;
  auto month = take_number(x, 2);
  if (!month || *month < 1 || *month > 12 || !take_char(x, '-'))
    return std::nullopt;
  auto day = take_number(x, 2);
  if (!day || *day < 1 || *day > 31)
    return std::nullopt;
  if (late == late_day::last_of_month)
    day = std::min<std::int64_t>(
        *day, days_in_month(*year, static_cast<int>(*month)));
  auto days = days_from_civil(*year, static_cast<int>(*month), 1) + *day - 1;
  std::int64_t parts[3] = {0, 0, 0};
  std::int64_t fraction = 0;
  if (!x.empty()) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (!take_char(x, i == 0 ? ' ' : ':'))
        return std::nullopt;
      auto part = take_number(x, 2);
      if (!part || *part > (i == 0 ? 24 : 59))
        return std::nullopt;
      parts[i] = *part;
    }
    if (take_char(x, '.')) {
      auto unit = ticks_per_second;
      std::size_t digits = 0;
      for (; digits < x.size() && absl::ascii_isdigit(x[digits]); ++digits) {
        unit /= 10;
        fraction += (x[digits] - '0') * unit;
      }
      if (digits > 9)
        return std::nullopt;
      x.remove_prefix(digits);
    }
    if (!x.empty() || (parts[0] == 24 && (parts[1] | parts[2] | fraction) != 0))
      return std::nullopt;
  }
  auto seconds
      = days * seconds_per_day + (parts[0] * 60 + parts[1]) * 60 + parts[2];
  return int128{seconds} * ticks_per_second + fraction;
}

} // namespace herald
