#pragma once

#include "cluster/catalog_types.hpp"
#include "schemas/catalog.capnp.h"

#include <functional>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <capnp/message.h>

// The parts that commands and snapshots share, to and from Cap'n Proto. The
// `read` functions take any contents: enumerators that this program does not
// know give `Unimplemented`, everything else has a value. They throw
// `kj::Exception` on a malformed message, which `read_message` turns into a
// status. Pure.

namespace herald::cluster::wire {

/// Returns the flat bytes of `message`.
std::string to_bytes(capnp::MessageBuilder& message);

/// Calls `read` with a reader over `bytes`; its status, or `InvalidArgument`
/// if the bytes are no message or it throws.
absl::Status
read_message(std::string_view bytes,
             const std::function<absl::Status(capnp::MessageReader&)>& read);

/// Returns `text` as Cap'n Proto takes it. A plain `std::string` would end at
/// its first zero byte.
inline capnp::Text::Reader as_text(const std::string& text) {
  return {text.c_str(), text.size()};
}

inline std::string text_of(capnp::Text::Reader text) {
  return {text.begin(), text.size()};
}

void write(schemas::Bits128::Builder to, const bits128& from);
void write(schemas::NodeId::Builder to, const node_id& from);
void write(schemas::Member::Builder to, const member_info& from);
void write(schemas::ObjectKey::Builder to, const object_key& from);
void write(schemas::Status::Builder to, const object_status& from);
void write(capnp::List<schemas::Option>::Builder to, const option_map& from);

bits128 read(schemas::Bits128::Reader from);
node_id read(schemas::NodeId::Reader from);
member_info read(schemas::Member::Reader from);
absl::Status read(schemas::ObjectKey::Reader from, object_key& to);
absl::Status read(schemas::Status::Reader from, object_status& to);
option_map read(capnp::List<schemas::Option>::Reader from);

} // namespace herald::cluster::wire
