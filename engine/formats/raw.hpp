#pragma once

#include "engine/formats/format.hpp"

// Format 'raw': the whole document is the value of the only column: a text in
// 'raw.charset', bytes as they are, or a number or BOOLEAN as its bytes, in
// the order of 'raw.endianness'. Options as Flink's. Used by one reader or
// writer, on its thread.

namespace herald {

/// Fails for an unknown option, and unless there is exactly one column, of a
/// type that has such a form.
absl::Status check_raw(const std::vector<field>& fields,
                       const option_map& options);

absl::StatusOr<std::unique_ptr<decoder>> make_raw_decoder(decoder_spec spec);

absl::StatusOr<std::unique_ptr<encoder>>
make_raw_encoder(schema_ptr layout, const option_map& options);

} // namespace herald
