#include "engine/formats/json_leaf.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/formats/json_string.hpp"
#include "engine/formats/value_parse.hpp"

#include <cstring>
#include <limits>

namespace herald {

namespace {

/// Up to this many digits cannot overflow 64 bits.
constexpr std::size_t safe_digits = 18;

/// A whole number without sign, point or exponent: what most are.
std::optional<std::int64_t> plain_integer(std::string_view text) {
  if (text.empty() || text.size() > safe_digits)
    return std::nullopt;
  std::int64_t result = 0;
  for (char c : text) {
    if (c < '0' || c > '9')
      return std::nullopt;
    result = result * 10 + (c - '0');
  }
  return result;
}

bool is_moment(const data_type& type) {
  return type.is_timestamp() || type.kind() == type_kind::date
         || type.kind() == type_kind::time;
}

/// Bytes of "2026-11-21".
constexpr std::size_t date_size = 10;

constexpr std::int64_t day_microseconds = 86'400'000'000;

/// A two's complement number, the highest byte first.
bool append_binary_decimal(column_builder& builder, std::string_view text) {
  std::string bytes;
  if (!parse_base64(text, bytes) || bytes.empty()
      || bytes.size() > sizeof(int128))
    return false;
  int128 value = static_cast<signed char>(bytes[0]) < 0 ? -1 : 0;
  for (char byte : bytes)
    value = value * 256 + static_cast<unsigned char>(byte);
  if (!fits_precision(value, builder.type().precision()))
    return false;
  static_cast<fixed_builder<int128>&>(builder).push(value);
  return true;
}

} // namespace

std::optional<std::string_view> json_leaf::text_of(std::string_view token) {
  if (token.front() != '"')
    return token;
  auto inside = token.substr(1, token.size() - 2);
  if (std::memchr(inside.data(), '\\', inside.size()) == nullptr)
    return inside;
  scratch_.clear();
  if (unescape_json(inside, scratch_) != std::string_view::npos)
    return std::nullopt;
  return scratch_;
}

bool json_leaf::append_text(text_builder& builder, std::string_view token) {
  if (token.front() == '{' || token.front() == '[') {
    scratch_.clear();
    compact_json(token, scratch_);
    builder.push(scratch_);
    return true;
  }
  auto text = text_of(token);
  if (text)
    builder.push(*text);
  return text.has_value();
}

std::optional<std::int64_t> json_leaf::integer_of(std::string_view token) {
  bool quoted = token.front() == '"';
  if (!quoted && (token.front() != '0' || token.size() == 1))
    if (auto plain = plain_integer(token))
      return plain;
  auto text = text_of(token);
  if (!text)
    return std::nullopt;
  if (quoted)
    return parse_integer(strip_blanks(*text));
  if (!is_json_number(*text))
    return std::nullopt;
  if (auto whole = parse_integer(*text))
    return whole;
  // "3.0" and "1e3" are whole, too.
  constexpr int digits = 19;
  constexpr int places = decimal_precision_max - digits;
  auto exact = parse_decimal(*text, decimal_precision_max, places);
  auto rounded = parse_decimal(*text, digits, 0);
  if (!exact || !rounded)
    return std::nullopt;
  auto unit = power_of_ten(places);
  if (*exact != *rounded * unit
      || *rounded > std::numeric_limits<std::int64_t>::max()
      || *rounded < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(*rounded);
}

template <class T>
bool json_leaf::append_integer(column_builder& builder,
                               std::string_view token) {
  auto value = integer_of(token);
  if (!value || *value < std::numeric_limits<T>::min()
      || *value > std::numeric_limits<T>::max())
    return false;
  static_cast<fixed_builder<T>&>(builder).push(static_cast<T>(*value));
  return true;
}

bool json_leaf::append(json_node& node, std::string_view token) {
  auto& builder = *node.builder;
  switch (node.type.kind()) {
  case type_kind::character:
  case type_kind::varchar:
    return append_text(static_cast<text_builder&>(builder), token);
  case type_kind::tinyint:
    return append_integer<std::int8_t>(builder, token);
  case type_kind::smallint:
    return append_integer<std::int16_t>(builder, token);
  case type_kind::integer:
    return append_integer<std::int32_t>(builder, token);
  case type_kind::bigint:
    return append_integer<std::int64_t>(builder, token);
  default:
    break;
  }
  bool quoted = token.front() == '"';
  if (node.type.is_numeric() && !quoted && !is_json_number(token))
    return false;
  if (reading_.epochs && !quoted && is_moment(node.type))
    return append_epoch(builder, token);
  bool unquoted_allowed
      = node.type.is_numeric() || node.type.kind() == type_kind::boolean;
  auto text = text_of(token);
  return (quoted || unquoted_allowed) && text && append_other(builder, *text);
}

/// Values of the types that are read by `append_parsed`.
bool json_leaf::append_other(column_builder& builder, std::string_view text) {
  if (reading_.binary_decimals && builder.type().kind() == type_kind::decimal)
    return append_binary_decimal(builder, text);
  auto standard = reading_.timestamps;
  if (reading_.epochs && text.size() > date_size)
    standard = text[date_size] == 'T' ? timestamp_standard::iso
                                      : timestamp_standard::sql;
  return append_parsed(builder, text, standard);
}

bool json_leaf::append_epoch(column_builder& builder, std::string_view token) {
  auto value = integer_of(token);
  if (!value)
    return false;
  if (has_wide_ticks(builder.type())) {
    static_cast<fixed_builder<int128>&>(builder).push(*value);
    return true;
  }
  if (builder.type().is_timestamp()) { // in the unit of its type
    static_cast<fixed_builder<std::int64_t>&>(builder).push(*value);
    return true;
  }
  const bool time = builder.type().kind() == type_kind::time;
  using days = std::numeric_limits<std::int32_t>;
  if (time ? *value < 0 || *value >= day_microseconds
           : *value < days::min() || *value > days::max())
    return false;
  static_cast<fixed_builder<std::int32_t>&>(builder).push(
      static_cast<std::int32_t>(time ? *value / 1'000 : *value));
  return true;
}

json_leaf::match json_leaf::compare(const json_node& node,
                                    std::string_view token) {
  bool equal = false;
  if (node.type.is_integer()) {
    auto value = integer_of(token);
    if (!value)
      return match::malformed;
    equal = *value == std::get<std::int64_t>(node.equals->value);
  } else {
    auto text = text_of(token);
    if (!text)
      return match::malformed;
    equal = *text == std::get<std::string>(node.equals->value);
  }
  return equal ? match::equal : match::different;
}

} // namespace herald
