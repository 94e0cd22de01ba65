#pragma once

#include "engine/formats/format.hpp"

// Change data as Debezium writes it in JSON: an envelope with the row before
// and after the change, and what kind of change it was. A document that
// updates gives two rows, -U and +U; one that inserts or was read by a
// snapshot one, +I; one that deletes one, -D. Used by one reader or writer,
// on its thread.

namespace herald {

/// Metadata of the envelope: "schema", "ingestion-timestamp", "source.…".
std::vector<field> debezium_metadata();

/// Checks the options "debezium-json.…".
absl::Status check_debezium_options(const option_map& options);

absl::StatusOr<std::unique_ptr<decoder>>
make_debezium_decoder(decoder_spec spec);

absl::StatusOr<std::unique_ptr<encoder>>
make_debezium_encoder(schema_ptr layout, const option_map& options);

} // namespace herald
