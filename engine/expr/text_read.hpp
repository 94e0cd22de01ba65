#pragma once

#include "engine/columnar/civil.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

// What CAST reads from texts, as Flink does: blanks around are ignored;
// anything else that does not belong is nullopt. Pure functions.

namespace herald {

/// `x` without blanks and control characters at both ends.
std::string_view trim_blanks(std::string_view x);

/// An integer in [low, high]; digits after a point are cut, "1e3" is none.
std::optional<std::int64_t> read_integer(std::string_view x, std::int64_t low,
                                         std::int64_t high);

/// As Java: "1.5", ".5", "1d", "NaN", "-Infinity"; too large is Infinity.
std::optional<double> read_double(std::string_view x);
std::optional<float> read_float(std::string_view x);

/// true, t, yes, y, 1 and false, f, no, n, 0 in any case.
std::optional<bool> read_boolean(std::string_view x);

/// "yyyy[-M[-d]]", the rest after a blank ignored: days since 1970.
std::optional<std::int32_t> read_date(std::string_view x);

/// "H[:m[:s[.f]]]": milliseconds of the day.
std::optional<std::int32_t> read_time(std::string_view x);

/// What a day past the end of its month (but at most 31) means.
enum class late_day : std::uint8_t { last_of_month, next_month };

/// "yyyy-M-d[ H:m:s[.f]]" with at most 9 digits of f, in ticks; without
/// blanks around. 24:00:00 is the next midnight.
std::optional<int128> read_timestamp(std::string_view x,
                                     std::int64_t ticks_per_second,
                                     late_day late = late_day::last_of_month);

} // namespace herald
