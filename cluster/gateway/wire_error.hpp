#pragma once

#include "schemas/herald.capnp.h"

#include <string>
#include <string_view>

#include <absl/status/status.h>

// Statuses as the schema's `Error` and back. Position and hint travel with
// them. Pure functions, safe on any thread; what they write is bounded by
// `max_error_bytes`.

namespace herald::gateway {

/// Writes `status`, which is not OK. Text that is not UTF-8 is made so.
void write_error(protocol::Error::Builder out, const absl::Status& status);

/// Reads an error; its code is never OK.
absl::Status read_error(protocol::Error::Reader in);

/// Returns the HTTP status for an error's code.
unsigned http_status(absl::StatusCode code);

/// Returns `text` cut to `limit` bytes at a character, with every byte that
/// is not part of valid UTF-8 text replaced if any is wrong. O(n).
std::string clean_text(std::string_view text, std::size_t limit);

/// Returns whether `text` is valid UTF-8. O(n).
bool is_utf8(std::string_view text);

} // namespace herald::gateway
