#include "cluster/wire.hpp"

#include "engine/common/error.hpp"

#include <cstring>

#include <capnp/serialize.h>

namespace herald::cluster::wire {

namespace {

// Enough for what limits.hpp allows; deeper messages are malformed.
constexpr int nesting_limit = 16;

// A message may be read this many times over: pointers that share a target
// must not turn a few bytes into much work.
constexpr std::size_t traversal_factor = 4;

} // namespace

std::string to_bytes(capnp::MessageBuilder& message) {
  auto words = capnp::messageToFlatArray(message);
  auto bytes = words.asChars();
  return {bytes.begin(), bytes.size()};
}

absl::Status
read_message(std::string_view bytes,
             const std::function<absl::Status(capnp::MessageReader&)>& read) {
  constexpr auto word_size = sizeof(capnp::word);
  if (bytes.empty() || bytes.size() % word_size != 0)
    return absl::InvalidArgumentError("not a whole number of words");
  // The bytes may lie anywhere; Cap'n Proto reads aligned words.
  auto words = kj::heapArray<capnp::word>(bytes.size() / word_size);
  std::memcpy(words.begin(), bytes.data(), bytes.size());
  capnp::ReaderOptions options;
  options.nestingLimit = nesting_limit;
  options.traversalLimitInWords = words.size() * traversal_factor + 1024;
  auto status = absl::OkStatus();
  auto error = kj::runCatchingExceptions([&] {
    capnp::FlatArrayMessageReader reader(words, options);
    status = read(reader);
  });
  KJ_IF_MAYBE (e, error) {
    return absl::InvalidArgumentError(e->getDescription().cStr());
  }
  return status;
}

void write(schemas::Bits128::Builder to, const bits128& from) {
  to.setHigh(from.high);
  to.setLow(from.low);
}

void write(schemas::NodeId::Builder to, const node_id& from) {
  write(to.initUuid(), from.uuid.bits);
  to.setIncarnation(from.life.value);
}

void write(schemas::Member::Builder to, const member_info& from) {
  write(to.initId(), from.id);
  to.setHost(as_text(from.host));
  to.setActorPort(from.actor_port);
  to.setGatewayPort(from.gateway_port);
  to.setCores(from.cores);
  to.setVersion(as_text(from.version));
  to.setClientHost(as_text(from.client_host));
}

void write(schemas::ObjectKey::Builder to, const object_key& from) {
  to.setKind(static_cast<schemas::ObjectKind>(from.kind));
  to.setProject(as_text(from.project));
  to.setName(as_text(from.name));
}

void write(schemas::Status::Builder to, const object_status& from) {
  to.setState(static_cast<schemas::ObjectState>(from.state));
  to.setReason(as_text(from.reason));
  to.setRestarts(from.restarts);
}

void write(capnp::List<schemas::Option>::Builder to, const option_map& from) {
  unsigned index = 0;
  for (const auto& [name, value] : from) {
    to[index].setName(as_text(name));
    to[index].setValue(as_text(value));
    ++index;
  }
}

bits128 read(schemas::Bits128::Reader from) {
  return {from.getHigh(), from.getLow()};
}

node_id read(schemas::NodeId::Reader from) {
  return {{read(from.getUuid())}, {from.getIncarnation()}};
}

member_info read(schemas::Member::Reader from) {
  return {
      .id = read(from.getId()),
      .host = text_of(from.getHost()),
      .actor_port = from.getActorPort(),
      .gateway_port = from.getGatewayPort(),
      .cores = from.getCores(),
      .version = text_of(from.getVersion()),
      .client_host = text_of(from.getClientHost()),
  };
}

absl::Status read(schemas::ObjectKey::Reader from, object_key& to) {
  if (from.getKind() > schemas::ObjectKind::RULE)
    return absl::UnimplementedError("an unknown kind of object");
  to.kind = static_cast<object_kind>(from.getKind());
  to.project = text_of(from.getProject());
  to.name = text_of(from.getName());
  return absl::OkStatus();
}

absl::Status read(schemas::Status::Reader from, object_status& to) {
  if (from.getState() > schemas::ObjectState::FINISHED)
    return absl::UnimplementedError("an unknown state of an object");
  to.state = static_cast<object_state>(from.getState());
  to.reason = text_of(from.getReason());
  to.restarts = from.getRestarts();
  return absl::OkStatus();
}

option_map read(capnp::List<schemas::Option>::Reader from) {
  option_map to;
  for (auto option : from)
    to.insert_or_assign(text_of(option.getName()), text_of(option.getValue()));
  return to;
}

} // namespace herald::cluster::wire
