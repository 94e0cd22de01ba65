#include "cluster/node/forwarding.hpp"

#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_requests.hpp"
#include "cluster/node/task_calls.hpp"
#include "cluster/wire.hpp"
#include "engine/common/error.hpp"

#include <capnp/message.h>
#include <fmt/format.h>

namespace herald::cluster {

namespace {

forwarded_answer failure(const absl::Status& status) {
  return {static_cast<std::uint8_t>(status.code()),
          std::string(message_of(status))};
}

void answer_task_status(node_shell& shell, const forwarded_call& call,
                        const forwarded_done& done) {
  gateway::object_ref which;
  auto take = [&which](capnp::MessageReader& x) -> absl::Status {
    HERALD_ASSIGN(which, gateway::read(x.getRoot<protocol::ObjectRef>()));
    return absl::OkStatus();
  };
  if (auto wrong = wire::read_message(call.bytes, take); !wrong.ok())
    return done(failure(wrong));
  object_key key{object_kind::task, which.project, which.name};
  const auto* what = shell.known().find_object(key);
  if (!what)
    return done(failure(
        absl::NotFoundError(fmt::format("there is no {}", to_string(key)))));
  capnp::MallocMessageBuilder message;
  gateway::write(message.initRoot<protocol::TaskReply>(),
                 describe_here(shell, key, *what));
  done({0, wire::to_bytes(message)});
}

} // namespace

std::string encode_request(const gateway::object_ref& which) {
  capnp::MallocMessageBuilder message;
  gateway::write(message.initRoot<protocol::ObjectRef>(), which);
  return wire::to_bytes(message);
}

absl::StatusOr<gateway::task_description> decode_task(std::string_view bytes) {
  gateway::task_description result;
  HERALD_TRY(wire::read_message(bytes, [&result](capnp::MessageReader& x) {
    result = gateway::read(x.getRoot<protocol::TaskReply>());
    return absl::OkStatus();
  }));
  return result;
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
