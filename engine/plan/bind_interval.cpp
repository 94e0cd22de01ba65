#include "engine/plan/bind_expression.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace herald {

absl::StatusOr<expr_ptr> bind_interval(const sql::literal& x, text_position at);

namespace {

using unit = sql::time_unit;

/// A field of an interval: what separates it from the one before, how large
/// it may be there, and its worth in months or milliseconds.
struct interval_field {
  unit name;
  char separator;
  std::int64_t limit;
  std::int64_t worth;
};

constexpr std::array<interval_field, 2> month_fields = {{
    {unit::year, ' ', 0, 12},
    {unit::month, '-', 11, 1},
}};
constexpr std::array<interval_field, 4> day_fields = {{
    {unit::day, ' ', 0, 86'400'000},
    {unit::hour, ' ', 23, 3'600'000},
    {unit::minute, ':', 59, 60'000},
    {unit::second, ':', 59, 1'000},
}};

/// Digits that the first field may have when the qualifier does not say.
constexpr std::size_t digits_default = 2;
/// More would not fit into milliseconds.
constexpr std::size_t digits_max = 10;

/// Takes digits off the front of `text`; -1 when there are none.
std::int64_t take_number(std::string_view& text, std::size_t limit) {
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9')
    ++count;
  std::int64_t value = -1;
  if (count > 0 && count <= limit)
    std::from_chars(text.data(), text.data() + count, value);
  text.remove_prefix(count);
  return value;
}

/// ".5" as milliseconds, further digits cut off; -1 when malformed.
std::int64_t take_fraction(std::string_view& text) {
  text.remove_prefix(1);
  std::int64_t result = 0;
  std::int64_t worth = 100;
  std::size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
    result += worth * (text[count] - '0');
    worth /= 10;
    ++count;
  }
  text.remove_prefix(count);
  return count == 0 ? -1 : result;
}

/// The fields from `from` to `to`; nullopt when the text does not fit.
std::optional<std::int64_t> parse(std::string_view text,
                                  std::span<const interval_field> fields,
                                  unit from, unit to, std::size_t digits) {
  std::int64_t result = 0;
  for (const auto& part : fields) {
    if (part.name < from || part.name > to)
      continue;
    const bool first = part.name == from;
    if (!first) {
      if (text.empty() || text.front() != part.separator)
        return std::nullopt;
      text.remove_prefix(1);
    }
    const auto value = take_number(text, first ? digits : digits_default);
    if (value < 0 || (!first && value > part.limit))
      return std::nullopt;
    result += value * part.worth;
    if (part.name == unit::second && !text.empty() && text.front() == '.') {
      const auto fraction = take_fraction(text);
      if (fraction < 0)
        return std::nullopt;
      result += fraction;
    }
  }
  return text.empty() ? std::optional(result) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

} // namespace

absl::StatusOr<expr_ptr> bind_interval(const sql::literal& x,
                                       text_position at) {
  const auto& qualifier = x.interval;
  auto text = trimmed(x.text);
  bool negative = x.negative;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    negative ^= text.front() == '-';
    text.remove_prefix(1);
  }
  const auto digits = std::min<std::size_t>(
      digits_max, qualifier.precision.value_or(digits_default));
  const bool months = qualifier.counts_months();
  auto from = qualifier.from;
  auto to = qualifier.to.value_or(from);
  std::int64_t times = 1;
  if (from == unit::quarter) {
    from = to = unit::month;
    times = 3;
  } else if (from == unit::week) {
    from = to = unit::day;
    times = 7;
  }
  const auto value = months ? parse(text, month_fields, from, to, digits)
                            : parse(text, day_fields, from, to, digits);
  if (!value)
    return user_error(
        at,
        fmt::format("'{}' is no INTERVAL {}{} of at most {} digits", x.text,
                    sql::to_text(qualifier.from),
                    qualifier.to
                        ? fmt::format(" TO {}", sql::to_text(*qualifier.to))
                        : "",
                    digits),
        qualifier.precision ? "" : "DAY(3) and the like allow more digits");
  return make_literal({data_type::of(months ? type_kind::interval_month
                                            : type_kind::interval_day)
                           .with_nullable(false),
                       *value * times * (negative ? -1 : 1)},
                      at);
}

absl::StatusOr<std::int64_t> interval_ms(const sql::expression& x,
                                         std::string_view what) {
  const scope nothing;
  expression_binder binder(nullptr, nothing, what);
  HERALD_ASSIGN(auto bound, binder.bind(x));
  bound = fold_constants(bound);
  if (bound->kind != expr_kind::literal
      || bound->type.kind() != type_kind::interval_day)
    return user_error(x.where,
                      fmt::format("{} must be a constant interval", what),
                      "INTERVAL '10' SECOND");
  if (const auto* value = std::get_if<std::int64_t>(&bound->literal.value))
    return *value;
  return user_error(x.where, fmt::format("{} is NULL", what));
}

} // namespace herald
