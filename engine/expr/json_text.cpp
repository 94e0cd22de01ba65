#include "engine/expr/json_text.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/expr/base64.hpp"
#include "engine/expr/text_read.hpp"
#include "engine/expr/text_write.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace herald {

// -- scalars ------------------------------------------------------------------

void append_json_string(std::string& to, std::string_view x) {
  constexpr std::string_view special = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  to += '"';
  for (auto c : x) {
    if (auto at = special.find(c); at != special.npos) {
      to += '\\';
      to += letters[at];
    } else if (static_cast<unsigned char>(c) < ' ') {
      to += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      to += c;
    }
  }
  to += '"';
}

void append_big_decimal(std::string& to, std::string_view x) {
  auto negative = x.starts_with('-');
  if (negative)
    x.remove_prefix(1);
  std::int64_t exponent = 0;
  if (auto e = x.find_first_of("eE"); e != x.npos) {
    auto from = e + (x[e + 1] == '+' ? 2 : 1);
    std::from_chars(x.data() + from, x.data() + x.size(), exponent);
    x = x.substr(0, e);
  }
  auto point = x.find('.');
  std::string digits(x.substr(0, point));
  auto scale = -exponent;
  if (point != x.npos) {
    digits += x.substr(point + 1);
    scale += static_cast<std::int64_t>(x.size() - point - 1);
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (negative && digits != "0")
    to += '-';
  auto count = static_cast<std::int64_t>(digits.size());
  auto adjusted = count - 1 - scale;
  if (scale == 0) {
    to += digits;
  } else if (scale > 0 && adjusted >= -6) {
    auto whole = count - scale;
    if (whole <= 0) {
      to += "0.";
      to.append(static_cast<std::size_t>(-whole), '0');
      to += digits;
    } else {
      to.append(digits, 0, static_cast<std::size_t>(whole));
      to += '.';
      to.append(digits, static_cast<std::size_t>(whole));
    }
  } else {
    to += digits[0];
    if (count > 1) {
      to += '.';
      to.append(digits, 1);
    }
    to += fmt::format("E{:+}", adjusted);
  }
}

void append_json_number(std::string& to, double x) {
  std::string text;
  append_double(text, x);
  if (std::isfinite(x))
    append_big_decimal(to, text);
  else
    append_json_string(to, text);
}

void append_json_scalar(std::string& to, const json_document& from,
                        const json_value_node& x) {
  if (x.kind == json_kind::string)
    from.append_string(to, x);
  else if (x.is_number())
    append_big_decimal(to, from.raw(x));
  else
    to += from.raw(x);
}

// -- documents ----------------------------------------------------------------

namespace {

/// "1.5" of 1.50, "0" of -0.0, "1.0E10" of 1e10.
void append_variant_number(std::string& to, std::string_view x) {
  if (x.find_first_of("eE") != x.npos) {
    const auto number = read_double(x);
    if (number && std::isfinite(*number))
      append_double(to, *number);
    else
      append_big_decimal(to, x);
    return;
  }
  if (x.find('.') != x.npos)
    x = x.substr(0, x.find_last_not_of('0') + 1);
  if (x.ends_with('.'))
    x.remove_suffix(1);
  to += x == "-0" ? "0" : x;
}

void append_object(std::string& to, const json_document& from,
                   std::uint32_t index, json_numbers numbers) {
  std::map<std::string, std::uint32_t> sorted;
  for (auto [key, value] : from.members(index)) {
    std::string name;
    from.append_string(name, from.node(key));
    sorted.emplace(std::move(name), value);
  }
  to += '{';
  auto first = true;
  for (const auto& [name, value] : sorted) {
    if (!first)
      to += ',';
    first = false;
    append_json_string(to, name);
    to += ':';
    append_json(to, from, value, numbers);
  }
  to += '}';
}

} // namespace

void append_json(std::string& to, const json_document& from,
                 std::uint32_t index, json_numbers numbers) {
  const auto& x = from.node(index);
  if (x.kind == json_kind::object) {
    append_object(to, from, index, numbers);
  } else if (x.kind == json_kind::array) {
    to += '[';
    auto first = true;
    from.each_element(index, [&](std::uint32_t element) {
      if (!first)
        to += ',';
      first = false;
      append_json(to, from, element, numbers);
    });
    to += ']';
  } else if (x.kind == json_kind::string) {
    std::string text;
    from.append_string(text, x);
    append_json_string(to, text);
  } else if (x.is_number() && numbers == json_numbers::of_variant) {
    append_variant_number(to, from.raw(x));
  } else {
    append_json_scalar(to, from, x);
  }
}

// -- values of SQL ------------------------------------------------------------

bool gives_json(const expr& x) {
  return x.kind == expr_kind::call
         && (x.name == "JSON_OBJECT" || x.name == "JSON_ARRAY"
             || x.name == "$JSON");
}

bool has_json(const data_type& type) {
  switch (type.kind()) {
  case type_kind::null:
  case type_kind::date:
  case type_kind::time:
  case type_kind::interval_day:
  case type_kind::interval_month:
  case type_kind::bitmap:
  case type_kind::multiset:
    return false;
  case type_kind::map:
    return type.fields()[0].type.is_text() && has_json(type.fields()[1].type);
  case type_kind::array:
  case type_kind::row:
    return std::all_of(type.fields().begin(), type.fields().end(),
                       [](const field& x) { return has_json(x.type); });
  default:
    return true;
  }
}

namespace {

/// "2020-02-29T12:34:56.789", without zeros at the end of the fraction.
void append_instant(std::string& to, const data_type& type, int128 ticks) {
  std::string text;
  append_timestamp(text, ticks, type.ticks_per_second(), type.precision());
  text[text.find(' ')] = 'T';
  if (text.find('.') != text.npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  to += '"';
  to += text;
  to += type.kind() == type_kind::timestamp_ltz ? "Z\"" : "\"";
}

/// The members of a ROW or MAP, texts by name; of equal names the last counts.
void append_members(std::string& to,
                    const std::map<std::string, std::string>& members) {
  to += '{';
  auto first = true;
  for (const auto& [name, value] : members) {
    if (!first)
      to += ',';
    first = false;
    append_json_string(to, name);
    to += ':';
    to += value;
  }
  to += '}';
}

void append_nested(std::string& to, const column& x, std::int64_t row) {
  std::map<std::string, std::string> members;
  if (x.type.kind() == type_kind::row) {
    for (std::size_t i = 0; i < x.children.size(); ++i)
      append_json_value(members[x.type.fields()[i].name], *x.children[i], row);
    append_members(to, members);
    return;
  }
  auto at = static_cast<std::size_t>(row);
  const auto& child = *x.children[0];
  if (x.type.kind() == type_kind::map) {
    for (auto i = x.offsets()[at]; i < x.offsets()[at + 1]; ++i) {
      const auto& keys = *child.children[0];
      auto& value
          = members[std::string(keys.is_null(i) ? "null" : keys.text(i))];
      value.clear();
      append_json_value(value, *child.children[1], i);
    }
    append_members(to, members);
    return;
  }
  to += '[';
  for (auto i = x.offsets()[at]; i < x.offsets()[at + 1]; ++i) {
    if (i > x.offsets()[at])
      to += ',';
    append_json_value(to, child, i);
  }
  to += ']';
}

} // namespace

void append_json_value(std::string& to, const column& x, std::int64_t row) {
  auto at = static_cast<std::size_t>(row);
  if (x.is_null(row)) {
    to += "null";
    return;
  }
  switch (x.type.kind()) {
  case type_kind::boolean:
    to += x.bit(row) ? "true" : "false";
    return;
  case type_kind::tinyint:
    to += std::to_string(x.as<std::int8_t>()[at]);
    return;
  case type_kind::smallint:
    to += std::to_string(x.as<std::int16_t>()[at]);
    return;
  case type_kind::integer:
    to += std::to_string(x.as<std::int32_t>()[at]);
    return;
  case type_kind::bigint:
    to += std::to_string(x.as<std::int64_t>()[at]);
    return;
  case type_kind::float32:
    return append_json_number(to, double{x.as<float>()[at]});
  case type_kind::float64:
    return append_json_number(to, x.as<double>()[at]);
  case type_kind::decimal:
    return append_big_decimal(
        to, format_decimal(x.as<int128>()[at], x.type.scale()));
  case type_kind::character:
  case type_kind::varchar:
    return append_json_string(to, x.text(row));
  case type_kind::variant:
    to += x.text(row);
    return;
  case type_kind::binary:
  case type_kind::varbinary:
    to += '"';
    append_base64(to, x.text(row));
    to += '"';
    return;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    return append_instant(to, x.type, ticks_at(x, row));
  default:
    return append_nested(to, x, row);
  }
}

} // namespace herald
