#include "engine/columnar/civil.hpp"
#include "engine/expr/utf8.hpp"
#include "engine/plan/bind_expression.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <absl/strings/ascii.h>
#include <fmt/format.h>

namespace herald {

namespace {

using kind = sql::literal_kind;

absl::StatusOr<expr_ptr> integer(const std::string& text, text_position at) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) {
    const auto digits = static_cast<int>(text.size());
    if (digits > decimal_precision_max)
      return user_error(at, fmt::format("the number has {} digits, {} are the "
                                        "most",
                                        digits, decimal_precision_max));
    return make_cast(
        make_literal(
            {data_type::text(type_kind::character, digits).with_nullable(false),
             text},
            at),
        data_type::decimal(digits, 0).with_nullable(false), false, at);
  }
  const bool fits = value >= std::numeric_limits<std::int32_t>::min()
                    && value <= std::numeric_limits<std::int32_t>::max();
  return make_literal(
      {data_type::of(fits ? type_kind::integer : type_kind::bigint)
           .with_nullable(false),
       value},
      at);
}

/// The first three numbers of a text: year, month and day of a date.
std::array<int, 3> date_numbers(const std::string& text) {
  std::array<int, 3> result{};
  std::size_t found = 0;
  for (std::size_t i = 0; i < text.size() && found < result.size(); ++i) {
    if (!absl::ascii_isdigit(text[i]))
      continue;
    while (i < text.size() && absl::ascii_isdigit(text[i]))
      result[found] = (result[found] * 10 + (text[i++] - '0')) % 1'000'000;
    ++found;
  }
  return result;
}

/// How a literal of a time is written.
std::string_view example_of(const data_type& type) {
  if (type.kind() == type_kind::date)
    return "such as DATE '2026-01-31'";
  if (type.kind() == type_kind::time)
    return "such as TIME '23:59:59'";
  return type.is_timestamp() ? "such as TIMESTAMP '2026-01-31 23:59:59.999'"
                             : "";
}

/// CAST('text' AS type), now; `what` names the literal in the error.
absl::StatusOr<expr_ptr> from_text(const std::string& text,
                                   const data_type& type, std::string_view what,
                                   text_position at) {
  const auto length = std::max<int>(1, static_cast<int>(text.size()));
  auto source = make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       text},
      at);
  HERALD_ASSIGN(auto cast,
                make_cast(source, type.with_nullable(true), true, at));
  auto folded = fold_constants(cast);
  if (folded->kind == expr_kind::call) { // the session's zone decides
    HERALD_TRY(from_text(text, data_type::timestamp(type.precision()), what, at)
                   .status());
    return make_cast(std::move(source), type.with_nullable(false), false, at);
  }
  if (folded->kind != expr_kind::literal || folded->literal.is_null())
    return user_error(at, fmt::format("'{}' is no {}", text, what),
                      example_of(type));
  // CAST takes the last day of the month for 2021-02-29; a literal is exact.
  if ((type.kind() == type_kind::date || type.is_timestamp())
      && date_numbers(text) != date_numbers(to_string(folded->literal)))
    return user_error(at, fmt::format("'{}' is no day of the calendar", text));
  auto value = folded->literal;
  value.type = type.with_nullable(false);
  return make_literal(std::move(value), at);
}

absl::StatusOr<expr_ptr> decimal(const std::string& text, text_position at) {
  const auto point = text.find('.');
  if (point + 1 == text.size()) // "5." is an INT, as in Flink
    return integer(text.substr(0, point), at);
  const int scale = static_cast<int>(text.size() - point) - 1;
  // The zero before the point of 38 digits behind it does not count.
  const auto digits
      = text[0] == '0' && scale == decimal_precision_max && point == 1
            ? scale
            : static_cast<int>(text.size()) - 1;
  if (digits > decimal_precision_max)
    return user_error(at, fmt::format("the number has {} digits, {} are the "
                                      "most",
                                      digits, decimal_precision_max));
  return from_text(text, data_type::decimal(digits, scale), "DECIMAL", at);
}

absl::StatusOr<expr_ptr> bytes(const std::string& hex, text_position at) {
  std::string value;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    value += static_cast<char>(byte);
  }
  const auto length = static_cast<int>(value.size());
  return make_literal(
      {data_type::text(type_kind::binary, length).with_nullable(false), value},
      at);
}

/// Digits after the point, at most 9.
int fraction_digits(const std::string& text) {
  const auto point = text.find('.');
  if (point == std::string::npos)
    return 0;
  return std::min(9, static_cast<int>(text.size() - point) - 1);
}

absl::StatusOr<expr_ptr> approximate(const std::string& text,
                                     text_position at) {
  HERALD_ASSIGN(auto result, from_text(text, data_type::of(type_kind::float64),
                                       "DOUBLE", at));
  const auto* value = std::get_if<double>(&result->literal.value);
  if (value && std::isinf(*value))
    return user_error(at,
                      fmt::format("{} is beyond the range of DOUBLE", text));
  return result;
}

/// A time with at most the 9 digits behind the point that a TIMESTAMP has.
std::string nanoseconds_at_most(const std::string& text) {
  const auto point = text.find('.');
  if (point == std::string::npos)
    return text;
  auto end = point + 1;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9')
    ++end;
  auto result = text;
  if (end - point > 10)
    result.erase(point + 10, end - point - 10);
  return result;
}

/// As in Flink, the ten days that the calendar of 1582 left out are none.
absl::StatusOr<expr_ptr> date(const std::string& text, text_position at) {
  HERALD_ASSIGN(auto result,
                from_text(text, data_type::of(type_kind::date), "DATE", at));
  const auto* days = std::get_if<std::int64_t>(&result->literal.value);
  if (days && *days >= days_from_civil(1582, 10, 5)
      && *days < days_from_civil(1582, 10, 15))
    return user_error(at, fmt::format("there was no day {}", text),
                      "1582-10-04 was followed by 1582-10-15");
  return result;
}

} // namespace

/// In bind_interval.cpp.
absl::StatusOr<expr_ptr> bind_interval(const sql::literal& x, text_position at);

absl::StatusOr<expr_ptr> bind_literal(const sql::literal& x, text_position at) {
  const auto boolean = data_type::of(type_kind::boolean);
  switch (x.kind) {
  case kind::null:
    return make_literal({data_type::of(type_kind::null), {}}, at);
  case kind::boolean:
    if (x.text == "UNKNOWN")
      return make_literal({boolean, {}}, at);
    return make_literal({boolean.with_nullable(false), x.text == "TRUE"}, at);
  case kind::integer:
    return integer(x.text, at);
  case kind::decimal:
    return decimal(x.text, at);
  case kind::approximate:
    return approximate(x.text, at);
  case kind::string:
    return make_literal({data_type::text(type_kind::character,
                                         static_cast<int>(count_units(x.text)))
                             .with_nullable(false),
                         x.text},
                        at);
  case kind::binary:
    return bytes(x.text, at);
  case kind::date:
    return date(x.text, at);
  case kind::time:
    return from_text(x.text,
                     data_type::of(type_kind::time)
                         .with_precision(std::min(3, fraction_digits(x.text))),
                     "TIME", at);
  case kind::timestamp:
    return from_text(nanoseconds_at_most(x.text),
                     data_type::timestamp(fraction_digits(x.text)), "TIMESTAMP",
                     at);
  case kind::timestamp_ltz:
    return from_text(nanoseconds_at_most(x.text),
                     data_type::timestamp_ltz(fraction_digits(x.text)),
                     "TIMESTAMP_LTZ", at);
  case kind::interval:
    return bind_interval(x, at);
  }
  return user_error(at, "this literal is not supported");
}

} // namespace herald
