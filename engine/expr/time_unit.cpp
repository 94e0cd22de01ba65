#include "engine/expr/time_unit.hpp"

#include "engine/expr/temporal.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::int64_t nanos_of_second = 1'000'000'000;
constexpr std::int64_t nanos_of_day = seconds_per_day * nanos_of_second;

struct unit_name {
  std::string_view word;
  time_unit unit;
};

constexpr unit_name unit_names[] = {
    {"NANOSECOND", time_unit::nanosecond},
    {"MICROSECOND", time_unit::microsecond},
    {"MILLISECOND", time_unit::millisecond},
    {"SECOND", time_unit::second},
    {"MINUTE", time_unit::minute},
    {"HOUR", time_unit::hour},
    {"DAY", time_unit::day},
    {"WEEK", time_unit::week},
    {"MONTH", time_unit::month},
    {"QUARTER", time_unit::quarter},
    {"YEAR", time_unit::year},
    {"DECADE", time_unit::decade},
    {"CENTURY", time_unit::century},
    {"MILLENNIUM", time_unit::millennium},
    {"DOW", time_unit::day_of_week},
    {"ISODOW", time_unit::iso_day_of_week},
    {"DOY", time_unit::day_of_year},
    {"ISOYEAR", time_unit::iso_year},
    {"EPOCH", time_unit::epoch},
};

/// 0 is Monday.
std::int64_t weekday(std::int64_t days) {
  return floor_mod(days + 3, 7);
}

/// The year that the ISO week of a day belongs to: that of its Thursday.
std::int64_t iso_year(std::int64_t days) {
  return civil_from_days(days - weekday(days) + 3).year;
}

std::int64_t iso_week(std::int64_t days) {
  auto thursday = days - weekday(days) + 3;
  auto year = civil_from_days(thursday).year;
  return (thursday - days_from_civil(year, 1, 1)) / 7 + 1;
}

/// Years 1 … 100 are the first century, year 0 and before the zeroth.
std::int64_t nth_span(std::int64_t year, std::int64_t span) {
  return year > 0 ? (year - 1) / span + 1 : year / span - 1;
}

} // namespace

std::optional<time_unit> find_time_unit(std::string_view word) {
  if (word.starts_with("SQL_TSI_"))
    word.remove_prefix(8);
  for (const auto& x : unit_names)
    if (word == x.word
        || (word.size() == x.word.size() + 1 && word.ends_with('S')
            && word.starts_with(x.word)))
      return x.unit;
  return std::nullopt;
}

absl::StatusOr<time_unit> time_unit_of(const expr& x) {
  std::string word;
  if (x.kind == expr_kind::literal && x.type.is_text() && !x.literal.is_null())
    word = to_string(x.literal);
  for (auto& c : word)
    if (c >= 'a' && c <= 'z')
      c = static_cast<char>(c - 'a' + 'A');
  if (auto unit = find_time_unit(word))
    return *unit;
  std::vector<std::string> names;
  for (const auto& name : unit_names)
    names.emplace_back(name.word);
  auto near = nearest_name(word, names);
  return user_error(x.where, fmt::format("'{}' is no unit of time", word),
                    near.empty() ? std::string{}
                                 : fmt::format("did you mean {}?", near));
}

absl::Status check_rounding_unit(const expr& x) {
  HERALD_ASSIGN(const auto unit, time_unit_of(x));
  if (unit < time_unit::day_of_week)
    return absl::OkStatus();
  return user_error(x.where, "nothing is rounded to " + to_string(x),
                    "such as TO SECOND, DAY or MONTH");
}

bool is_date_unit(time_unit unit) {
  return unit >= time_unit::day && unit != time_unit::epoch;
}

std::int64_t extract(time_unit unit, moment x) {
  switch (unit) {
  case time_unit::nanosecond:
    return x.nanos % nanos_of_second;
  case time_unit::microsecond:
    return x.nanos % nanos_of_second / 1'000;
  case time_unit::millisecond:
    return x.nanos % nanos_of_second / 1'000'000;
  case time_unit::second:
    return x.nanos / nanos_of_second % 60;
  case time_unit::minute:
    return x.nanos / (60 * nanos_of_second) % 60;
  case time_unit::hour:
    return x.nanos / (3'600 * nanos_of_second);
  case time_unit::week:
    return iso_week(x.days);
  case time_unit::day_of_week:
    return (weekday(x.days) + 1) % 7 + 1;
  case time_unit::iso_day_of_week:
    return weekday(x.days) + 1;
  case time_unit::iso_year:
    return iso_year(x.days);
  case time_unit::epoch:
    return x.days * seconds_per_day + x.nanos / nanos_of_second;
  default:
    break;
  }
  auto date = civil_from_days(x.days);
  switch (unit) {
  case time_unit::day:
    return date.day;
  case time_unit::month:
    return date.month;
  case time_unit::quarter:
    return (date.month - 1) / 3 + 1;
  case time_unit::year:
    return date.year;
  case time_unit::decade:
    return floor_div(date.year, 10);
  case time_unit::century:
    return nth_span(date.year, 100);
  case time_unit::millennium:
    return nth_span(date.year, 1000);
  default: // day_of_year
    return x.days - days_from_civil(date.year, 1, 1) + 1;
  }
}

namespace {

/// Nanoseconds of a unit shorter than a day.
std::int64_t nanos_of(time_unit unit) {
  switch (unit) {
  case time_unit::nanosecond:
    return 1;
  case time_unit::microsecond:
    return 1'000;
  case time_unit::millisecond:
    return 1'000'000;
  case time_unit::minute:
    return 60 * nanos_of_second;
  case time_unit::hour:
    return 3'600 * nanos_of_second;
  default:
    return nanos_of_second;
  }
}

std::int64_t months_of(time_unit unit) {
  switch (unit) {
  case time_unit::month:
    return 1;
  case time_unit::quarter:
    return 3;
  case time_unit::decade:
    return 120;
  case time_unit::century:
    return 1'200;
  case time_unit::millennium:
    return 12'000;
  default:
    return 12;
  }
}

} // namespace

moment floor_to(time_unit unit, moment x) {
  if (unit < time_unit::day) {
    auto step = nanos_of(unit);
    return {x.days, x.nanos / step * step};
  }
  if (unit == time_unit::day)
    return {x.days, 0};
  if (unit == time_unit::week)
    return {x.days - (weekday(x.days) + 1) % 7, 0};
  auto date = civil_from_days(x.days);
  auto month = unit == time_unit::month     ? date.month
               : unit == time_unit::quarter ? (date.month - 1) / 3 * 3 + 1
                                            : 1;
  auto year = date.year;
  if (unit == time_unit::decade)
    year = floor_div(year, 10) * 10;
  else if (unit == time_unit::century)
    year = floor_div(year - 1, 100) * 100 + 1;
  else if (unit == time_unit::millennium)
    year = floor_div(year - 1, 1000) * 1000 + 1;
  return {days_from_civil(year, month, 1), 0};
}

moment next_start(time_unit unit, moment x) {
  if (unit < time_unit::day) {
    auto nanos = x.nanos + nanos_of(unit);
    return {x.days + nanos / nanos_of_day, nanos % nanos_of_day};
  }
  if (unit == time_unit::day)
    return {x.days + 1, 0};
  if (unit == time_unit::week)
    return {x.days + 7, 0};
  return {add_months(x.days, months_of(unit)), 0};
}

bool has_unit(const data_type& x, time_unit unit) {
  const auto finer_than_ms = unit < time_unit::millisecond;
  switch (x.kind()) {
  case type_kind::date:
    return !finer_than_ms;
  case type_kind::time:
    return !finer_than_ms && !is_date_unit(unit) && unit != time_unit::epoch;
  case type_kind::interval_month:
    return unit >= time_unit::month && unit <= time_unit::year;
  case type_kind::interval_day:
    return unit <= time_unit::day || unit == time_unit::epoch;
  default:
    return true;
  }
}

} // namespace herald
