#pragma once

#include "engine/connectors/connector.hpp"

// Rows that were read before anybody asked for them: a bounded source whose
// work is done before a measurement begins. A program of this process fills
// it by name; a table with 'connector' = 'preloaded' and that 'name' reads it
// as often as it likes. Safe on any thread; memory is the caller's business.

namespace herald {

/// Reads the bounded table `from` to its end as `scan` would, with
/// `parallelism` subtasks and batches of `rows` rows, and keeps the result as
/// `name`. What a later scan reads must have the same paths.
absl::Status preload(const std::string& name,
                     std::shared_ptr<const table_definition> from,
                     scan_spec scan, int parallelism, std::int64_t rows);

/// Forgets `name`.
void unload(const std::string& name);

} // namespace herald
