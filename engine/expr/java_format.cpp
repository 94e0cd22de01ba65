#include "engine/expr/java_format.hpp"

#include "engine/expr/java_number.hpp"
#include "engine/expr/text_write.hpp"
#include "engine/expr/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

namespace herald {

namespace {

using text = std::string_view;

// -- the parts of a conversion ------------------------------------------------

struct conversion {
  std::size_t argument = 0; ///< from 1; 0: the next one
  bool again = false;       ///< %<s: the last one
  bool left = false;
  bool alternate = false;
  bool plus = false;
  bool space = false;
  bool zeros = false;
  bool groups = false;
  bool brackets = false;
  int width = -1;
  int precision = -1;
  char letter = 0; ///< lower case
  bool upper = false;

  bool has_flags() const {
    return alternate || plus || space || zeros || groups || brackets;
  }
};

std::optional<int> take_number(text& from) {
  int value = 0;
  auto end = std::from_chars(from.data(), from.data() + from.size(), value);
  if (end.ec != std::errc() || value > format_width_max)
    return std::nullopt;
  from.remove_prefix(static_cast<std::size_t>(end.ptr - from.data()));
  return value;
}

bool starts_with_digit(text x) {
  return !x.empty() && x[0] >= '0' && x[0] <= '9';
}

bool take_flag(text& from, conversion& to) {
  const std::pair<char, bool*> flags[]
      = {{'-', &to.left},    {'#', &to.alternate}, {'+', &to.plus},
         {' ', &to.space},   {'0', &to.zeros},     {',', &to.groups},
         {'(', &to.brackets}};
  for (auto [letter, flag] : flags)
    if (from.starts_with(letter)) {
      if (*flag)
        return false; // twice
      *flag = true;
      from.remove_prefix(1);
      return true;
    }
  return false;
}

/// Reads what follows a '%'.
std::optional<conversion> take_conversion(text& from) {
  conversion result;
  auto digits = from.find_first_not_of("0123456789");
  if (digits != from.npos && digits > 0 && from[digits] == '$') {
    auto argument = take_number(from);
    if (!argument || *argument == 0)
      return std::nullopt;
    result.argument = static_cast<std::size_t>(*argument);
    from.remove_prefix(1);
  } else if (from.starts_with('<')) {
    result.again = true;
    from.remove_prefix(1);
  }
  while (take_flag(from, result)) {
  }
  if (starts_with_digit(from)) {
    auto width = take_number(from);
    if (!width)
      return std::nullopt;
    result.width = *width;
  }
  if (from.starts_with('.')) {
    from.remove_prefix(1);
    auto precision = starts_with_digit(from) ? take_number(from) : std::nullopt;
    if (!precision)
      return std::nullopt;
    result.precision = *precision;
  }
  if (from.empty())
    return std::nullopt;
  auto letter = from[0];
  from.remove_prefix(1);
  result.upper = letter >= 'A' && letter <= 'Z';
  result.letter = static_cast<char>(letter | 0x20);
  if (text("bscdoxefgn").find(result.letter) == text::npos && letter != '%')
    return std::nullopt;
  if (letter == '%')
    result.letter = '%';
  if (result.upper && text("bscxeg").find(result.letter) == text::npos)
    return std::nullopt;
  if ((result.left || result.zeros) && result.width < 0)
    return std::nullopt;
  if ((result.left && result.zeros) || (result.plus && result.space))
    return std::nullopt;
  return result;
}

// -- writing ------------------------------------------------------------------

/// Appends `x` at the width, in capitals if asked.
void append_padded(std::string& to, text x, const conversion& how) {
  std::string capitals;
  if (how.upper) {
    append_upper(capitals, x);
    x = capitals;
  }
  auto missing = static_cast<std::int64_t>(how.width) - count_units(x);
  auto blanks = static_cast<std::size_t>(std::max<std::int64_t>(0, missing));
  if (!how.left)
    to.append(blanks, ' ');
  to += x;
  if (how.left)
    to.append(blanks, ' ');
}

std::string grouped(text digits) {
  auto whole = digits.substr(0, digits.find('.'));
  std::string result;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0)
      result += ',';
    result += whole[i];
  }
  return result += digits.substr(whole.size());
}

/// Appends a number's digits with sign, groups and zeros as the flags want.
void append_number(std::string& to, bool negative, std::string digits,
                   const conversion& how) {
  if (how.groups)
    digits = grouped(digits);
  std::string before = negative    ? (how.brackets ? "(" : "-")
                       : how.plus  ? "+"
                       : how.space ? " "
                                   : "";
  std::string behind = negative && how.brackets ? ")" : "";
  auto size = before.size() + digits.size() + behind.size();
  if (how.zeros && static_cast<int>(size) < how.width)
    before.append(static_cast<std::size_t>(how.width) - size, '0');
  append_padded(to, before + digits + behind, how);
}

/// An integer of `bits` bits, or nullopt.
std::optional<std::int64_t> integer_of(const column& x, std::int64_t row,
                                       int& bits) {
  auto at = static_cast<std::size_t>(row);
  switch (x.type.storage()) {
  case storage_kind::i8:
    bits = 8;
    return x.as<std::int8_t>()[at];
  case storage_kind::i16:
    bits = 16;
    return x.as<std::int16_t>()[at];
  case storage_kind::i32:
    bits = 32;
    return x.as<std::int32_t>()[at];
  case storage_kind::i64:
    if (x.type.is_timestamp())
      return std::nullopt;
    bits = 64;
    return x.as<std::int64_t>()[at];
  default:
    return std::nullopt;
  }
}

bool append_integer(std::string& to, std::int64_t value, int bits,
                    const conversion& how) {
  if (how.precision >= 0)
    return false;
  if (how.letter == 'd') {
    if (how.alternate)
      return false;
    auto size = value < 0 ? 0 - static_cast<std::uint64_t>(value)
                          : static_cast<std::uint64_t>(value);
    append_number(to, value < 0, fmt::format("{}", size), how);
    return true;
  }
  if (how.plus || how.space || how.groups || how.brackets)
    return false;
  auto mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  auto pattern = static_cast<std::uint64_t>(value) & mask;
  auto digits = how.letter == 'x' ? fmt::format("{:x}", pattern)
                                  : fmt::format("{:o}", pattern);
  if (how.alternate)
    digits.insert(0, how.letter == 'x' ? "0x" : "0");
  append_number(to, false, std::move(digits), how);
  return true;
}

bool append_real(std::string& to, double value, const conversion& how) {
  auto negative = std::signbit(value);
  auto size = std::fabs(value);
  if (!std::isfinite(value)) {
    auto plain = how;
    plain.zeros = plain.groups = false;
    append_number(to, negative && !std::isnan(value),
                  std::isnan(value) ? "NaN" : "Infinity", plain);
    return true;
  }
  auto precision = how.precision < 0 ? 6 : how.precision;
  std::string digits;
  if (how.letter == 'e')
    append_scientific(digits, size, precision);
  else if (how.letter == 'g')
    append_general_number(digits, size, precision);
  else
    append_rounded(digits, size, precision);
  if (how.letter == 'e' && how.groups)
    return false;
  append_number(to, negative, std::move(digits), how);
  return true;
}

/// The text of %s. Dates are day numbers, as Flink prints them.
std::string text_of(const column& x, std::int64_t row) {
  int bits = 0;
  if (auto value = integer_of(x, row, bits))
    return fmt::format("{}", *value);
  if (x.type.kind() == type_kind::boolean)
    return x.bit(row) ? "true" : "false";
  zone utc("UTC");
  std::string result;
  append_value(result, x, row, utc);
  if (x.type.is_timestamp()) {
    result[result.find(' ')] = 'T';
    while (result.back() == '0' && result.find('.') != result.npos)
      result.pop_back();
    if (result.back() == '.')
      result.pop_back();
    // As Java: digits in threes, and no seconds if they are none.
    const auto point = result.find('.');
    while (point != result.npos && (result.size() - point) % 3 != 1)
      result += '0';
    if (point == result.npos && result.ends_with(":00"))
      result.resize(result.size() - 3);
  }
  return result;
}

std::optional<double> float_of(const column& x, std::int64_t row) {
  auto at = static_cast<std::size_t>(row);
  switch (x.type.kind()) {
  case type_kind::float32: {
    std::string digits;
    append_float(digits, x.as<float>()[at]);
    return std::strtod(digits.c_str(), nullptr);
  }
  case type_kind::float64:
    return x.as<double>()[at];
  default:
    return std::nullopt;
  }
}

bool append_character_of(std::string& to, const column& x, std::int64_t row,
                         const conversion& how) {
  int bits = 0;
  auto code = integer_of(x, row, bits);
  if (!code || bits == 64 || *code < 0 || *code > 0x10ffff || how.precision >= 0
      || how.has_flags())
    return false;
  std::string character;
  herald::append_character(character, static_cast<char32_t>(*code));
  append_padded(to, character, how);
  return true;
}

bool append_general(std::string& to, std::string value, const conversion& how) {
  if (how.has_flags())
    return false;
  if (how.precision >= 0) {
    std::string cut;
    append_units(cut, value, how.precision);
    value = std::move(cut);
  }
  append_padded(to, value, how);
  return true;
}

bool append_argument(std::string& to, const vec& arg, std::int64_t row,
                     const conversion& how) {
  const auto& x = *arg.column;
  auto slot = arg.slot(row);
  auto is_null = x.is_null(slot);
  if (how.letter == 'b') {
    auto value
        = !is_null && (x.type.kind() != type_kind::boolean || x.bit(slot));
    return append_general(to, value ? "true" : "false", how);
  }
  if (how.letter == 's')
    return append_general(to, is_null ? "null" : text_of(x, slot), how);
  if (is_null) {
    append_padded(to, "null", how);
    return true;
  }
  if (how.letter == 'c')
    return append_character_of(to, x, slot, how);
  if (how.letter == 'e' || how.letter == 'f' || how.letter == 'g') {
    auto value = float_of(x, slot);
    return value && append_real(to, *value, how);
  }
  int bits = 0;
  auto value = integer_of(x, slot, bits);
  return value && append_integer(to, *value, bits, how);
}

} // namespace

bool append_formatted(std::string& to, std::string_view format,
                      const std::vector<vec>& args, std::size_t first,
                      std::int64_t row) {
  std::size_t next = 1;
  std::size_t last = 0;
  while (!format.empty()) {
    auto plain = format.substr(0, format.find('%'));
    to += plain;
    format.remove_prefix(plain.size());
    if (format.empty())
      break;
    format.remove_prefix(1);
    auto how = take_conversion(format);
    if (!how)
      return false;
    if (how->letter == '%' || how->letter == 'n') {
      if (how->has_flags() || how->precision >= 0
          || (how->letter == 'n' && how->width >= 0))
        return false;
      append_padded(to, how->letter == '%' ? "%" : "\n", *how);
      continue;
    }
    last = how->again ? last : how->argument > 0 ? how->argument : next++;
    if (last == 0 || first + last > args.size())
      return false;
    if (!append_argument(to, args[first + last - 1], row, *how))
      return false;
  }
  return true;
}

} // namespace herald
