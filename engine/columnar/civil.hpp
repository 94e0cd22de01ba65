#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Dates and times of the proleptic Gregorian calendar, as numbers and as the
// texts of SQL. Instants count ticks from 1970-01-01 00:00:00; what a tick is
// the caller says (see data_type::ticks_per_second). Pure functions without
// allocation (but for the text that they append to), safe on any thread.

namespace herald {

using int128 = __int128;

struct civil_date {
  std::int64_t year; ///< astronomical: 0 is 1 BC
  int month;         ///< 1 … 12
  int day;           ///< 1 … 31

  friend bool operator==(const civil_date&, const civil_date&) = default;
};

constexpr std::int64_t seconds_per_day = 86'400;
constexpr std::int64_t ms_per_day = seconds_per_day * 1000;

/// The quotient and the remainder that round towards minus infinity.
constexpr std::int64_t floor_div(std::int64_t x, std::int64_t by) {
  return x / by - (x % by < 0);
}

constexpr std::int64_t floor_mod(std::int64_t x, std::int64_t by) {
  auto rest = x % by;
  return rest < 0 ? rest + by : rest;
}

template <std::same_as<int128> Wide>
constexpr Wide floor_div(Wide x, std::int64_t by) {
  auto result = x / by;
  return result - (x - result * by < 0); // one division: these are slow
}

template <std::same_as<int128> Wide>
constexpr Wide floor_mod(Wide x, std::int64_t by) {
  return x - floor_div(x, by) * by;
}

constexpr bool is_leap_year(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// Days of a month (1 … 12).
constexpr int days_in_month(std::int64_t year, int month) {
  if (month == 2)
    return is_leap_year(year) ? 29 : 28;
  return 30 + ((month + (month > 7)) & 1);
}

/// Days from 1970-01-01 to a date. After the description of Howard Hinnant
/// ("chrono-compatible low-level date algorithms"): years begin in March, so
/// that the leap day comes last, in eras of 400 years.
constexpr std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  auto y = year - (month <= 2);
  auto era = floor_div(y, 400);
  auto year_of_era = y - era * 400;
  auto month_from_march = (month + 9) % 12;
  auto day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
  auto day_of_era
      = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

/// The inverse of `days_from_civil`.
constexpr civil_date civil_from_days(std::int64_t days) {
  auto shifted = days + 719'468;
  auto era = floor_div(shifted, 146'097);
  auto day_of_era = shifted - era * 146'097;
  auto year_of_era = (day_of_era - day_of_era / 1'460 + day_of_era / 36'524
                      - day_of_era / 146'096)
                     / 365;
  auto day_of_year = static_cast<int>(
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
  auto month_from_march = (5 * day_of_year + 2) / 153;
  auto day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  auto month
      = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2), month, day};
}

/// Parses "yyyy-MM-dd" (years of 4 to 7 digits, with an optional minus sign)
/// to days from 1970-01-01; nullopt when it is anything else.
std::optional<std::int32_t> parse_date(std::string_view text);

/// Parses "HH:mm:ss[.f…]" to milliseconds of the day; further digits are cut.
std::optional<std::int32_t> parse_time(std::string_view text);

/// Parses "yyyy-MM-dd HH:mm:ss[.f…]", also with 'T' between and 'Z' behind, or
/// a date alone (midnight), to ticks; digits finer than a tick are cut.
/// nullopt for any other text and for instants outside 64 bits, unless ticks
/// are nanoseconds. `ticks_per_second` is a power of ten up to 10^9.
std::optional<int128> parse_timestamp(std::string_view text,
                                      std::int64_t ticks_per_second);

/// Appends "yyyy-MM-dd"; more year digits and a minus sign where needed.
void append_date(std::string& to, std::int64_t days);

/// Appends "HH:mm:ss" and, if `digits` (0 … 3) is not 0, "." and as many.
void append_time(std::string& to, std::int64_t milliseconds, int digits);

/// Appends "yyyy-MM-dd HH:mm:ss" and, if `digits` (0 … 9) is not 0, "." and
/// as many; finer ticks are cut. Seconds must lie within 64 bits.
void append_timestamp(std::string& to, int128 ticks,
                      std::int64_t ticks_per_second, int digits);

} // namespace herald
