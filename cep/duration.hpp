#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

// Lengths of time as people write them in rule files. Pure.

namespace herald {

/// Milliseconds of "500 ms", "60 s", "10 min", "1 h", "2 d" (the blank may be
/// left out); nullopt for anything else and for what has more than 64 bits.
std::optional<std::int64_t> parse_duration(std::string_view text);

} // namespace herald
