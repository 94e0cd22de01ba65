#pragma once

#include "engine/operators/exchange.hpp"
#include "engine/runtime/frame.hpp"

#include <deque>
#include <map>
#include <optional>
#include <variant>
#include <vector>

// The receiving end of a subtask: orders what comes in on many channels.
// Watermarks are joined a port; a port whose channels are idle follows the
// slowest of the others; barriers are aligned (a channel whose barrier came
// waits until all others have theirs); channels take turns. Bounded by the
// credit of its channels and the results of one input of their senders. One
// thread at a time.

namespace herald {

/// What the subtask should do next.
struct input_rows {
  int port;
  batch_ptr rows;
  channel from;
};

struct input_watermark {
  int port;
  event_time time;
};

struct input_barrier {
  std::int64_t epoch;
};

/// No channel is active, but some may be again: downstream need not wait.
struct input_idle {};

struct input_end {}; ///< every channel has ended; nothing follows

using input_event = std::variant<input_rows, input_watermark, input_barrier,
                                 input_idle, input_end>;

class inbox {
public:
  /// `ports[i]` lists the channels that meet at port i; at least one in all.
  explicit inbox(const std::vector<std::vector<channel>>& ports);

  /// Takes a frame. Errors are breaches of the protocol: unknown channel, a
  /// gap in the sequence.
  absl::Status push(frame x);

  /// The next event, or nullopt when there is none yet. Frames that make no
  /// difference (a watermark that does not raise the joined one) are used up.
  std::optional<input_event> next();

  /// Bytes queued.
  std::int64_t bytes() const {
    return bytes_;
  }

private:
  struct lane {
    int port = 0;
    std::size_t index = 0; ///< within its port's merge
    std::uint64_t sequence = 0;
    std::deque<frame> queue;
    std::int64_t bytes = 0;
    bool aligned = false; ///< its barrier came, the others' have not
    bool idle = false;
    bool complete = false; ///< its time has come to the end
    bool ended = false;
  };

  std::optional<input_event> take(lane& x);
  void mark(lane& x, const frame& what);
  void raise(std::size_t port, event_time t);
  bool port_complete(std::size_t port) const;
  void watch_idle();
  std::optional<input_event> align();
  bool all_ended() const;

  std::map<channel, lane> lanes_;
  std::vector<lane*> order_; ///< for taking turns
  std::size_t turn_ = 0;
  std::vector<watermark_merge> merges_; ///< by port
  std::vector<event_time> passed_;      ///< by port: last one given out
  std::deque<input_event> ready_;       ///< marks that are to be given out
  bool idle_given_ = false;
  std::int64_t epoch_ = 0; ///< of the barrier being aligned
  std::int64_t bytes_ = 0;
  bool end_given_ = false;
};

} // namespace herald
