#pragma once

#include "engine/formats/text_parse.hpp"

#include <string>
#include <string_view>

// Values as the texts that files and messages carry, as far as
// columnar/civil.hpp and columnar/decimal.hpp do not write them. Each function
// appends to `out`. Pure, safe on any thread.

namespace herald {

void print_integer(std::int64_t x, std::string& out);

/// The shortest text that reads back as the same value: "1.5", "1e+300",
/// "NaN", "Infinity", "-Infinity".
void print_double(double x, std::string& out);
void print_float(float x, std::string& out);

/// "2026-11-21 12:30:15.250" with `digits` digits of the second; ISO with
/// "T"; with `zoned` a "Z" behind it.
void print_moment(int128 ticks, std::int64_t ticks_per_second, int digits,
                  timestamp_standard standard, bool zoned, std::string& out);

/// Padded base 64.
void print_base64(std::string_view bytes, std::string& out);

} // namespace herald
