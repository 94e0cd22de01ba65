#pragma once

#include "engine/formats/json_encoder.hpp"
#include "engine/formats/options.hpp"

// The options "debezium-json.…", as Flink names them and, where Flink has
// none, as Debezium's connectors do. A plain value.

namespace herald {

struct debezium_options {
  /// Messages are {"schema": …, "payload": ENVELOPE}.
  bool schema_include = false;
  bool ignore_parse_errors = false;
  bool ignore_nulls = false;
  timestamp_standard timestamps = timestamp_standard::sql;
  bool binary_decimals = false; ///< decimal.handling.mode is 'precise'
};

absl::StatusOr<debezium_options> debezium_options_of(const option_map& options);

} // namespace herald
