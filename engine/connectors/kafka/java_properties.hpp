#pragma once

#include "engine/plan/table.hpp"

#include <absl/status/statusor.h>

// The options "properties.…" of a Kafka table, which Flink gives to Java's
// client, as librdkafka names them. Most names are the same. Pure; called when
// a table is checked and when it is read or written.

namespace herald::kafka {

/// The properties among `given`, without "properties.": what only tunes Java's
/// client is left out, what librdkafka has under another name gets that. An
/// error for what would change what the client does and has no counterpart;
/// it says what to set instead. Names that nobody knows are left to librdkafka.
absl::StatusOr<option_map> properties_of(const option_map& given);

} // namespace herald::kafka
