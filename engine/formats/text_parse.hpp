#pragma once

#include "engine/columnar/civil.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Values from the texts that files and messages carry, as far as
// columnar/civil.hpp and columnar/decimal.hpp do not know them. Each function
// takes exactly one value without blanks around it and returns nothing when the
// text is not one or does not fit. Pure functions, safe on any thread, linear
// in the text.

namespace herald {

/// "-12", "+7". Digits only, leading zeros allowed.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// "1.5", "-2e3", "NaN", "Infinity", "-inf".
std::optional<double> parse_double(std::string_view text);

/// "true" or "false" in any case.
std::optional<bool> parse_boolean(std::string_view text);

/// "12:30", "12:30:15", "12:30:15.25", in nanoseconds since midnight; digits
/// finer than that are cut off.
std::optional<std::int64_t> parse_clock(std::string_view text);

enum class timestamp_standard : std::uint8_t {
  sql, ///< "2026-11-21 12:30:15.25"
  iso, ///< "2026-11-21T12:30:15.25"
};

/// Ticks since 1970-01-01 00:00. With `zoned`, "Z" or "+01:00" may follow and
/// is applied; without either the time is UTC. Digits of the second beyond
/// `digits` (0 … 9) are cut off.
std::optional<int128> parse_moment(std::string_view text,
                                   timestamp_standard standard, bool zoned,
                                   int digits, std::int64_t ticks_per_second);

/// Appends the bytes of padded base 64 text; false if it is not that.
bool parse_base64(std::string_view text, std::string& out);

/// True for a number by JSON's grammar: "-0.5e+3", not "01", ".5", "+1".
bool is_json_number(std::string_view text);

} // namespace herald
