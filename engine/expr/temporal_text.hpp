#pragma once

#include "engine/columnar/civil.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/time_pattern.hpp"

#include <optional>
#include <string_view>

// What the files of functions between times and texts share; internal to them.

namespace herald {

/// Milliseconds since 1970, in whatever zone `x` is.
constexpr std::int64_t ms_of(const local_time& x) {
  return x.days * ms_per_day + x.nanos / 1'000'000;
}

/// TO_TIMESTAMP(x, pattern) in milliseconds; NULL for what it cannot read.
std::optional<std::int64_t> to_timestamp(std::string_view x,
                                         std::string_view pattern);

/// TO_TIMESTAMP_LTZ(number [, precision]), (text [, pattern [, zone]]).
absl::StatusOr<expr_ptr> resolve_to_ltz(call_site& site);

} // namespace herald
