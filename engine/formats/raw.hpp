#pragma once

#include "engine/formats/format.hpp"

// Format 'raw': the whole document is the value of the only column, a STRING
// or BYTES. For message keys and for texts that something else reads. Used by
// one reader or writer, on its thread.

namespace herald {

/// Fails unless there is exactly one column, of texts or bytes.
absl::Status check_raw_types(const std::vector<field>& fields);

absl::StatusOr<std::unique_ptr<decoder>> make_raw_decoder(decoder_spec spec);

absl::StatusOr<std::unique_ptr<encoder>> make_raw_encoder(schema_ptr layout);

} // namespace herald
