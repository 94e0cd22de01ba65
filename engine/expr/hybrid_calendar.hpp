#pragma once

#include "engine/columnar/civil.hpp"

// The calendar of Java's SimpleDateFormat and Timestamp: Gregorian from
// 1582-10-15 on, Julian before. Everything else in Herald counts the Gregorian
// calendar backwards. Pure functions.

namespace herald {

/// Days from 1970-01-01 to the first Gregorian day.
constexpr std::int64_t first_gregorian_day = days_from_civil(1582, 10, 15);

/// Days from 1970-01-01 to a date of the Julian calendar; years begin in
/// March, as in `days_from_civil`.
constexpr std::int64_t days_from_julian(std::int64_t year, int month, int day) {
  auto y = year - (month <= 2);
  auto day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  return floor_div(1'461 * y, 4) + day_of_year - 719'470;
}

/// Days to the first of a month, and `more` days. A day that the change of
/// calendars left out is a Julian one.
constexpr std::int64_t days_from_hybrid(std::int64_t year, int month,
                                        std::int64_t more) {
  auto gregorian = days_from_civil(year, month, 1) + more;
  return gregorian >= first_gregorian_day
             ? gregorian
             : days_from_julian(year, month, 1) + more;
}

/// The date that the calendar shows for a day.
constexpr civil_date hybrid_from_days(std::int64_t days) {
  if (days >= first_gregorian_day)
    return civil_from_days(days);
  auto shifted = days + 719'470;
  auto year = floor_div(4 * shifted + 3, 1'461);
  auto day_of_year = static_cast<int>(shifted - floor_div(1'461 * year, 4));
  auto from_march = (5 * day_of_year + 2) / 153;
  auto day = day_of_year - (153 * from_march + 2) / 5 + 1;
  auto month = from_march < 10 ? from_march + 3 : from_march - 9;
  return {year + (month <= 2), month, day};
}

} // namespace herald
