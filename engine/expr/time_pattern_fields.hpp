#pragma once

#include "engine/columnar/civil.hpp"
#include "engine/expr/time_pattern.hpp"

#include <array>

// What writing and reading with time patterns share; internal to the two.

namespace herald {

/// The parts of a local time, as patterns name them.
struct time_pattern::fields {
  civil_date date{1970, 1, 1};
  std::int64_t day_of_year = 1;
  std::int64_t days = 0;
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t nanos = 0; ///< of the second
  // Only when read:
  bool has_year = false;
  bool has_month = false;
  bool has_day = false;
  bool has_day_of_year = false;
  int weekday = -1; ///< 0 is Monday; -1: not said
  int quarter = -1; ///< from 0
  bool twelve_hours = false;
  bool afternoon = false;
  std::optional<std::int64_t> offset = {};
  local_time source = {}; ///< only when written
};

inline constexpr std::array<std::string_view, 12> month_names
    = {"January", "February", "March",     "April",   "May",      "June",
       "July",    "August",   "September", "October", "November", "December"};

inline constexpr std::array<std::string_view, 7> day_names
    = {"Monday", "Tuesday",  "Wednesday", "Thursday",
       "Friday", "Saturday", "Sunday"};

/// "AD" or "BC", whole if its letter stands four times.
constexpr std::string_view era_name(bool common, int letters) {
  if (letters == 4)
    return common ? "Anno Domini" : "Before Christ";
  return letters == 5 ? (common ? "A" : "B") : (common ? "AD" : "BC");
}

constexpr std::int64_t nanos_per_second = 1'000'000'000;

} // namespace herald
