#pragma once

#include "engine/columnar/ticks.hpp"
#include "engine/expr/expr.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// Units of time as SQL names them, and moments taken apart. Pure functions.

namespace herald {

enum class time_unit : std::uint8_t {
  nanosecond,
  microsecond,
  millisecond,
  second,
  minute,
  hour,
  day,
  week,
  month,
  quarter,
  year,
  decade,
  century,
  millennium,
  day_of_week,     ///< 1 is Sunday
  iso_day_of_week, ///< 1 is Monday
  day_of_year,
  iso_year,
  epoch,
};

/// The unit called `word` ("DAY", "SQL_TSI_DAY", "DOW", …).
std::optional<time_unit> find_time_unit(std::string_view word);

/// The unit that literal `x` names, or an error at its place.
absl::StatusOr<time_unit> time_unit_of(const expr& x);

/// Fails at its place if literal `x` names a unit that nothing is rounded to,
/// such as DOW.
absl::Status check_rounding_unit(const expr& x);

/// Whether EXTRACT finds `unit` in a time or interval of type `x`: a TIME has
/// no years, an interval of months no hours.
bool has_unit(const data_type& x, time_unit unit);

/// A local time.
struct moment {
  std::int64_t days = 0;  ///< since 1970-01-01
  std::int64_t nanos = 0; ///< of the day
};

/// Ticks of 64 or 128 bits taken apart.
template <class Ticks>
constexpr moment moment_of(Ticks ticks, std::int64_t per_second) {
  auto per_day = seconds_per_day * per_second;
  return {static_cast<std::int64_t>(floor_div(ticks, per_day)),
          static_cast<std::int64_t>(floor_mod(ticks, per_day))
              * (1'000'000'000 / per_second)};
}

/// The inverse of `moment_of`; digits finer than a tick are cut.
template <class Ticks = std::int64_t>
constexpr Ticks ticks_of(moment x, std::int64_t per_second) {
  return x.days * (Ticks{seconds_per_day} * per_second)
         + x.nanos / (1'000'000'000 / per_second);
}

/// The timestamp at `row` of a column, which is not NULL.
inline moment moment_at(const column& x, std::int64_t row) {
  return with_ticks(x, [row](const auto* ticks, auto per_second) {
    return moment_of(ticks[row], per_second);
  });
}

/// Whole seconds since 1970.
constexpr std::int64_t second_of(moment x) {
  return x.days * seconds_per_day + x.nanos / 1'000'000'000;
}

/// `x` moved by less than a few days.
constexpr moment plus_seconds(moment x, std::int64_t seconds) {
  constexpr auto day = seconds_per_day * 1'000'000'000;
  const auto nanos = x.nanos + seconds * 1'000'000'000;
  return {x.days + floor_div(nanos, day), floor_mod(nanos, day)};
}

/// EXTRACT(unit FROM x).
std::int64_t extract(time_unit unit, moment x);

/// The latest start of a `unit` at or before `x`; weeks start on Sunday.
moment floor_to(time_unit unit, moment x);

/// The start of the `unit` after the one that starts at `x`.
moment next_start(time_unit unit, moment x);

/// True for units from DAY up: those that a DATE has.
bool is_date_unit(time_unit unit);

} // namespace herald
