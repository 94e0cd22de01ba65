#pragma once

#include "actors/atoms.hpp"
#include "actors/caf_compat.hpp"
#include "engine/columnar/arrow_bridge.hpp"
#include "engine/runtime/frame.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <caf/actor_addr.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/sec.hpp>

// The messages of a task's actors. Those that may cross nodes say how they
// are written; batches then travel as Arrow IPC. Numbers on the wire are
// integers only: CAF 0.17 cannot carry infinities or NaN.

namespace herald {

/// Names one run of a task. The generation rises with every new owner, so
/// whatever an older owner still sends is recognised and dropped.
struct task_ref {
  std::uint64_t task = 0;
  std::uint64_t generation = 0;

  friend auto operator<=>(const task_ref&, const task_ref&) = default;
};

HERALD_INSPECT(task_ref, x.task, x.generation)
HERALD_INSPECT(channel, x.edge, x.from, x.to)

/// One frame of one channel. Local actors share the batch by pointer.
struct frame_message {
  task_ref task;
  frame body;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, frame_message& x) {
  auto name = caf::meta::type_name("frame_message");
  auto kind = static_cast<std::uint8_t>(x.body.kind);
  if constexpr (std::is_void_v<typename Inspector::result_type>) {
    return f(name, x.task, x.body.at, x.body.sequence, kind, x.body.value);
  } else if constexpr (Inspector::reads_state) {
    auto rows = x.body.rows ? encode_ipc(*x.body.rows) : std::string();
    return f(name, x.task, x.body.at, x.body.sequence, kind, x.body.value,
             rows);
  } else {
    std::string rows;
    auto error
        = f(name, x.task, x.body.at, x.body.sequence, kind, x.body.value, rows);
    if (error)
      return error;
    if (kind > static_cast<std::uint8_t>(frame_kind::end))
      return caf::sec::invalid_argument;
    x.body.kind = static_cast<frame_kind>(kind);
    if (x.body.kind == frame_kind::rows) {
      auto decoded = decode_ipc(rows);
      if (!decoded.ok())
        return caf::sec::invalid_argument;
      x.body.rows = *std::move(decoded);
    }
    return error;
  }
}

/// Bytes given back to the sender of a channel.
struct credit_message {
  task_ref task;
  credit body;
};

HERALD_INSPECT(credit_message, x.task, x.body.at, x.body.bytes)

/// Why a subtask cannot go on. Local to the task's node.
struct subtask_failure {
  int stage = 0;
  int index = 0;
  bool sink = false;
  std::string reason;
};

/// Something to do to the operators of a running task, such as giving a
/// matcher its new rule. Called on each operator subtask's thread, between
/// events; an error fails the task.
struct operator_change {
  std::shared_ptr<const std::function<absl::Status(stream_operator&)>> apply;
};

/// What a task is doing.
enum class task_state : std::uint8_t {
  starting,
  running,
  restarting, ///< waiting before the next attempt
  stopping,   ///< draining: what was read goes out
  stopped,    ///< drained on request
  finished,   ///< all inputs ended
  failed,     ///< gave up
};

/// "STARTING" … "FAILED".
std::string_view to_string(task_state x);

/// A change of state, told to the owner of the task.
struct task_event {
  task_ref task;
  task_state state = task_state::starting;
  std::string reason; ///< of a restart or failure, else empty
  int restarts = 0;
};

/// Answer to a question about a task; see `subtask_metrics` for units.
struct task_report {
  task_event last;
  std::int64_t rows_in = 0; ///< read by sources
  std::int64_t bytes_in = 0;
  std::int64_t rows_out = 0; ///< safely out of sinks
  std::int64_t rows_late = 0;
  std::int64_t malformed = 0;
  std::int64_t splits_resumed = 0;
  std::int64_t lag_records = -1;
  std::int64_t state_bytes = 0;
  std::int64_t watermark_ms = 0;
  std::int64_t credit_waits = 0;
  std::string problem; ///< why it waits for the outside; empty if it does not
};

} // namespace herald

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::wiring)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::subtask_failure)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::operator_change)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::task_event)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::task_report)
