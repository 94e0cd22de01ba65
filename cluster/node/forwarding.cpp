#include "cluster/node/forwarding.hpp"

#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_requests.hpp"
#include "cluster/node/task_calls.hpp"
#include "engine/common/error.hpp"

#include <capnp/serialize.h>
#include <fmt/format.h>

namespace herald::cluster {

namespace {

std::string to_bytes(capnp::MessageBuilder& message) {
  auto words = capnp::messageToFlatArray(message);
  auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

/// Calls `read` with a reader of `bytes`; what Cap'n Proto throws becomes an
/// error.
template <class Read>
auto with_message(std::string_view bytes, Read read)
    -> decltype(read(std::declval<capnp::MessageReader&>())) {
  try {
    auto words = kj::heapArray<capnp::word>(
        (bytes.size() + sizeof(capnp::word) - 1) / sizeof(capnp::word));
    std::memcpy(words.begin(), bytes.data(), bytes.size());
    capnp::FlatArrayMessageReader message(words);
    return read(message);
  } catch (const kj::Exception& e) {
    return absl::InvalidArgumentError(
        fmt::format("not a message: {}", e.getDescription().cStr()));
  }
}

forwarded_answer failure(const absl::Status& status) {
  return {static_cast<std::uint8_t>(status.code()),
          std::string(message_of(status))};
}

void answer_task_status(node_shell& shell, const forwarded_call& call,
                        const forwarded_done& done) {
  auto which = with_message(
      call.bytes,
      [](capnp::MessageReader& x) -> absl::StatusOr<gateway::object_ref> {
        return gateway::read(x.getRoot<protocol::ObjectRef>());
      });
  if (!which.ok())
    return done(failure(which.status()));
  object_key key{object_kind::task, which->project, which->name};
  const auto* what = shell.known().find_object(key);
  if (!what)
    return done(failure(
        absl::NotFoundError(fmt::format("there is no {}", to_string(key)))));
  capnp::MallocMessageBuilder message;
  gateway::write(message.initRoot<protocol::TaskReply>(),
                 describe_here(shell, key, *what));
  done({0, to_bytes(message)});
}

} // namespace

std::string encode_request(const gateway::object_ref& which) {
  capnp::MallocMessageBuilder message;
  gateway::write(message.initRoot<protocol::ObjectRef>(), which);
  return to_bytes(message);
}

absl::StatusOr<gateway::task_description> decode_task(std::string_view bytes) {
  return with_message(
      bytes,
      [](capnp::MessageReader& x) -> absl::StatusOr<gateway::task_description> {
        return gateway::read(x.getRoot<protocol::TaskReply>());
      });
}

void answer_forwarded(node_shell& shell, forwarded_call call,
                      forwarded_done done) {
  switch (static_cast<forward_method>(call.method)) {
  case forward_method::task_status:
    return answer_task_status(shell, call, done);
  }
  done(failure(absl::UnimplementedError(
      "this node is too old for the call (upgrade it)")));
}

} // namespace herald::cluster
