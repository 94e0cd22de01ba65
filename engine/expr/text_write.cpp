#include "engine/expr/text_write.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/expr/roaring.hpp"
#include "engine/expr/utf8.hpp"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace herald {

namespace {

void append_integer(std::string& to, std::int64_t x) {
  char digits[24];
  auto end = std::to_chars(digits, digits + sizeof(digits), x).ptr;
  to.append(digits, static_cast<std::size_t>(end - digits));
}

/// Java writes 1e-3 … 1e7 plainly and the rest as "d.dddEx".
template <class T>
void append_java(std::string& to, T x) {
  if (std::isnan(x)) {
    to += "NaN";
    return;
  }
  if (std::signbit(x))
    to += '-';
  x = std::fabs(x);
  if (std::isinf(x)) {
    to += "Infinity";
    return;
  }
  if (x == 0) {
    to += "0.0";
    return;
  }
  char text[64];
  auto end = std::to_chars(text, text + sizeof(text), x,
                           std::chars_format::scientific);
  // Java writes two digits at least, and the two that come nearest.
  if (text[1] == 'e')
    end = std::to_chars(text, text + sizeof(text), x,
                        std::chars_format::scientific, 1);
  std::string_view all(text, static_cast<std::size_t>(end.ptr - text));
  auto e = all.find('e');
  auto exponent = 0;
  auto exponent_text = all.substr(e + 1);
  if (exponent_text.front() == '+')
    exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(),
                  exponent_text.data() + exponent_text.size(), exponent);
  std::string digits(1, all[0]);
  if (e > 2 && all.substr(2, e - 2) != "0")
    digits += all.substr(2, e - 2);
  if (exponent < -3 || exponent >= 7) {
    if (digits.size() == 1)
      digits += '0';
    to += fmt::format("{}.{}E{}", digits[0], std::string_view(digits).substr(1),
                      exponent);
    return;
  }
  if (exponent < 0) {
    to += "0.";
    to.append(static_cast<std::size_t>(-exponent - 1), '0');
    to += digits;
    return;
  }
  auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole)
    digits.append(whole + 1 - digits.size(), '0');
  to.append(digits, 0, whole);
  to += '.';
  to.append(digits, whole);
}

void append_months(std::string& to, std::int64_t x) {
  auto size = x < 0 ? -x : x;
  to += fmt::format("{}{}-{:02}", x < 0 ? '-' : '+', size / 12, size % 12);
}

void append_interval(std::string& to, std::int64_t ms) {
  auto size = ms < 0 ? -ms : ms;
  to += fmt::format("{}{} {:02}:{:02}:{:02}.{:03}", ms < 0 ? '-' : '+',
                    size / 86'400'000, size / 3'600'000 % 24,
                    size / 60'000 % 60, size / 1'000 % 60, size % 1'000);
}

void append_nested(std::string& to, const column& x, std::int64_t row,
                   zone& local) {
  auto item = [&](const column& from, std::int64_t at) {
    if (from.is_null(at))
      to += "NULL";
    else
      append_value(to, from, at, local);
  };
  if (x.type.kind() == type_kind::row) {
    to += '(';
    for (std::size_t i = 0; i < x.children.size(); ++i) {
      to += i == 0 ? "" : ", ";
      item(*x.children[i], row);
    }
    to += ')';
    return;
  }
  auto is_map = x.type.has_entries();
  const auto& entries = *x.children[0];
  auto begin = x.offsets()[static_cast<std::size_t>(row)];
  auto end = x.offsets()[static_cast<std::size_t>(row) + 1];
  to += is_map ? '{' : '[';
  for (auto i = begin; i < end; ++i) {
    to += i == begin ? "" : ", ";
    if (is_map) {
      item(*entries.children[0], i);
      to += '=';
      item(*entries.children[1], i);
    } else {
      item(entries, i);
    }
  }
  to += is_map ? '}' : ']';
}

std::int64_t integer_at(const column& x, std::size_t row) {
  switch (x.type.storage()) {
  case storage_kind::i8:
    return x.as<std::int8_t>()[row];
  case storage_kind::i16:
    return x.as<std::int16_t>()[row];
  case storage_kind::i32:
    return x.as<std::int32_t>()[row];
  default:
    return x.as<std::int64_t>()[row];
  }
}

/// The instant at `row` as ticks of its local time.
int128 local_ticks_at(const column& x, std::int64_t row, zone& local) {
  return with_ticks(x, [&](const auto* ticks, auto per_second) -> int128 {
    return local.to_local(ticks[row], per_second);
  });
}

/// As Flink: no zeros at the end of a fraction, but one digit.
void append_short_time(std::string& to, std::int64_t ms, int digits) {
  append_time(to, ms, digits);
  for (; digits > 1 && to.back() == '0'; --digits)
    to.pop_back();
}

} // namespace

void append_double(std::string& to, double x) {
  append_java(to, x);
}

void append_float(std::string& to, float x) {
  append_java(to, x);
}

void append_value(std::string& to, const column& x, std::int64_t row,
                  zone& local) {
  auto at = static_cast<std::size_t>(row);
  const auto& type = x.type;
  switch (type.kind()) {
  case type_kind::null:
    to += "NULL";
    return;
  case type_kind::boolean:
    to += x.bit(row) ? "TRUE" : "FALSE";
    return;
  case type_kind::tinyint:
  case type_kind::smallint:
  case type_kind::integer:
  case type_kind::bigint:
    return append_integer(to, integer_at(x, at));
  case type_kind::float32:
    return append_float(to, x.as<float>()[at]);
  case type_kind::float64:
    return append_double(to, x.as<double>()[at]);
  case type_kind::decimal:
    return append_decimal(to, x.as<int128>()[at], type.scale());
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::variant:
    to += x.text(row);
    return;
  case type_kind::bitmap:
    return append_set_text(to, read_roaring(x.text(row)).value_or(value_set{}));
  case type_kind::binary:
  case type_kind::varbinary:
    return append_utf8(to, x.text(row));
  case type_kind::date:
    return append_date(to, integer_at(x, at));
  case type_kind::time:
    return append_short_time(to, integer_at(x, at), type.precision());
  case type_kind::timestamp:
    return append_timestamp(to, ticks_at(x, row), type.ticks_per_second(),
                            type.precision());
  case type_kind::timestamp_ltz:
    return append_timestamp(to, local_ticks_at(x, row, local),
                            type.ticks_per_second(), type.precision());
  case type_kind::interval_month:
    return append_months(to, integer_at(x, at));
  case type_kind::interval_day:
    return append_interval(to, integer_at(x, at));
  case type_kind::array:
  case type_kind::map:
  case type_kind::multiset:
  case type_kind::row:
    return append_nested(to, x, row, local);
  }
}

} // namespace herald
