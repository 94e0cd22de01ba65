#pragma once

#include "cluster/commands.hpp"

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// Commands as bytes, by schemas/catalog.capnp. Decoding takes any bytes and
// never trusts them; it bounds time and memory by `max_command_bytes`. Pure
// and safe on any thread.

namespace herald::cluster {

/// Returns the bytes of `what`: one Cap'n Proto message with its segment
/// table. Does not check limits; the catalog does.
std::string encode(const command& what);

/// Reads what `encode` writes. Bytes that are no command give
/// `InvalidArgument`: every node skips them. A command that this program is
/// too old to know gives `Unimplemented`: the node must follow no further.
absl::StatusOr<command> decode_command(std::string_view bytes);

} // namespace herald::cluster
