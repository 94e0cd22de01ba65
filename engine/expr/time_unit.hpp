#pragma once

#include "engine/columnar/civil.hpp"
#include "engine/expr/expr.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

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

/// A local time.
struct moment {
  std::int64_t days = 0;  ///< since 1970-01-01
  std::int64_t nanos = 0; ///< of the day
};

constexpr moment moment_of(std::int64_t ticks, std::int64_t per_second) {
  auto per_day = seconds_per_day * per_second;
  return {floor_div(ticks, per_day),
          floor_mod(ticks, per_day) * (1'000'000'000 / per_second)};
}

/// The inverse of `moment_of`; digits finer than a tick are cut.
constexpr std::int64_t ticks_of(moment x, std::int64_t per_second) {
  return x.days * seconds_per_day * per_second
         + x.nanos / (1'000'000'000 / per_second);
}

/// Calls `f` with `per_second` as a constant, so that divisions by it are
/// cheap.
template <class F>
auto with_ticks(std::int64_t per_second, F f) {
  if (per_second == 1'000)
    return f(std::integral_constant<std::int64_t, 1'000>{});
  if (per_second == 1'000'000)
    return f(std::integral_constant<std::int64_t, 1'000'000>{});
  return f(std::integral_constant<std::int64_t, 1'000'000'000>{});
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
