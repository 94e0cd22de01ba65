#include "engine/formats/value_parse.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"

#include <limits>

namespace herald {

namespace {

constexpr std::int64_t nanoseconds_per_ms = 1'000'000;

template <class T, class Value>
bool push(column_builder& builder, const std::optional<Value>& value) {
  if constexpr (std::is_integral_v<T> && std::is_same_v<Value, std::int64_t>)
    if (value
        && (*value < std::numeric_limits<T>::min()
            || *value > std::numeric_limits<T>::max()))
      return false;
  if (value)
    static_cast<fixed_builder<T>&>(builder).push(static_cast<T>(*value));
  return value.has_value();
}

bool append_time_of_day(column_builder& builder, std::string_view text) {
  // Flink writes TIME as "12:30:15Z".
  if (text.ends_with('Z'))
    text.remove_suffix(1);
  auto time = parse_clock(text);
  if (time)
    *time /= nanoseconds_per_ms;
  return push<std::int32_t>(builder, time);
}

} // namespace

std::string_view strip_blanks(std::string_view text) {
  auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!text.empty() && blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && blank(text.back()))
    text.remove_suffix(1);
  return text;
}

bool append_parsed(column_builder& builder, std::string_view text,
                   timestamp_standard standard) {
  const auto& type = builder.type();
  switch (type.kind()) {
  case type_kind::boolean: {
    auto value = parse_boolean(strip_blanks(text));
    if (value)
      static_cast<bool_builder&>(builder).push(*value);
    return value.has_value();
  }
  case type_kind::tinyint:
    return push<std::int8_t>(builder, parse_integer(strip_blanks(text)));
  case type_kind::smallint:
    return push<std::int16_t>(builder, parse_integer(strip_blanks(text)));
  case type_kind::integer:
    return push<std::int32_t>(builder, parse_integer(strip_blanks(text)));
  case type_kind::bigint:
    return push<std::int64_t>(builder, parse_integer(strip_blanks(text)));
  case type_kind::float32:
    return push<float>(builder, parse_double(strip_blanks(text)));
  case type_kind::float64:
    return push<double>(builder, parse_double(strip_blanks(text)));
  case type_kind::decimal:
    return push<int128>(builder, parse_decimal(strip_blanks(text),
                                               type.precision(), type.scale()));
  case type_kind::character:
  case type_kind::varchar:
    static_cast<text_builder&>(builder).push(text);
    return true;
  case type_kind::binary:
  case type_kind::varbinary: {
    std::string bytes;
    if (!parse_base64(text, bytes))
      return false;
    static_cast<text_builder&>(builder).push(bytes);
    return true;
  }
  case type_kind::date:
    return push<std::int32_t>(builder, parse_date(text));
  case type_kind::time:
    return append_time_of_day(builder, text);
  case type_kind::timestamp:
  case type_kind::timestamp_ltz: {
    const auto ticks
        = parse_moment(text, standard, type.kind() == type_kind::timestamp_ltz,
                       type.precision(), type.ticks_per_second());
    return has_wide_ticks(type) ? push<int128>(builder, ticks)
                                : push<std::int64_t>(builder, ticks);
  }
  default:
    return false;
  }
}

} // namespace herald
