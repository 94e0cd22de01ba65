#pragma once

#include "engine/plan/lookup_spec.hpp"
#include "engine/plan/options.hpp"
#include "engine/sql/ast_query.hpp"

// What tables, sessions and hints say about look-ups: the names are Flink's.
// Pure functions, safe on any thread.

namespace herald {

/// How much of a table is kept beside the join: nothing, keys that were asked
/// for, or all of it.
enum class lookup_cache : std::uint8_t { none, partial, full };

/// The table options that `lookup_policy_of` and `lookup_cache_of` read; each
/// connector that can look up has them.
const std::vector<std::string>& lookup_option_names();

/// 'lookup.cache', which may be NONE, PARTIAL or FULL.
absl::StatusOr<lookup_cache> lookup_cache_of(const table_definition& table);

/// 'lookup.full-cache.periodic-reload.interval'; nullopt: read once.
absl::StatusOr<std::optional<std::int64_t>>
lookup_reload_ms(const table_definition& table);

/// Hint over session over table. Errors, at the hint's options or the table's
/// place: unknown options, values that do not fit, half a retry strategy.
absl::StatusOr<lookup_policy> lookup_policy_of(const table_definition& table,
                                               const session_options& session,
                                               const sql::hint* hint);

/// The hint's option, or nullopt.
std::optional<std::string> hint_option(const sql::hint& hint,
                                       std::string_view key);

} // namespace herald
