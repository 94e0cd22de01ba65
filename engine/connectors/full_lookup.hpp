#pragma once

#include "engine/connectors/connector.hpp"

#include <optional>

// Look-ups in a copy of a whole bounded table that is read at the start, and
// again from time to time, by a thread of its own: small tables, and those
// that cannot be asked. Answers come from the copy as soon as there is one; a
// copy that cannot be made anew stays. Bounded by `full_rows_max`.

namespace herald {

/// Rows of a copy: what is larger should be asked for by key.
constexpr std::int64_t full_rows_max = 50'000'000;

/// Rows of `target` read by `from`, which lives for ever; again `reload_ms`
/// after each reading.
std::unique_ptr<lookup_source>
make_full_lookup(const connector& from, lookup_target target,
                 std::optional<std::int64_t> reload_ms);

} // namespace herald
