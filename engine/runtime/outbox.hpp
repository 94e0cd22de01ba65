#pragma once

#include "engine/plan/job_graph.hpp"
#include "engine/runtime/frame.hpp"

#include <vector>

// The sending end of a subtask: divides rows over the channels of an edge,
// numbers the frames, and counts the credit that receivers gave. It never
// refuses a frame: whoever drives it starts nothing new while `has_credit` is
// false, so what is under way is bounded by the credit and the results of one
// input. One thread at a time.

namespace herald {

class outbox {
public:
  /// Sends on `edges` (numbers as in `channel::edge`, with their plans), as
  /// subtask `index` of its stage. `receivers[i]` is the parallelism of the
  /// stage that edge i leads to.
  struct lane_plan {
    std::int32_t edge = 0;
    exchange kind = exchange::forward;
    std::vector<int> keys;
    int receivers = 1;
  };

  outbox(std::vector<lane_plan> edges, int index);

  /// True if every channel has credit left.
  bool has_credit() const {
    return starved_ == 0;
  }

  /// Takes back credit. An unknown channel is an error of the protocol.
  absl::Status grant(const credit& x);

  /// The receiver of this channel is on another node: what goes there is
  /// divided into frames of `remote_frame_bytes_max`. An unknown channel is
  /// somebody else's.
  void set_remote(const channel& at);

  void emit(std::int32_t edge, const batch_ptr& rows);
  void advance(std::int32_t edge, event_time t);

  /// To every channel of every edge.
  void barrier(std::int64_t epoch);
  void idle();
  /// After `idle`, before new rows: says the last watermarks again.
  void resume();
  void end();

  /// Frames since the last call, in order.
  std::vector<frame> take() {
    return std::exchange(frames_, {});
  }

private:
  struct lane {
    channel at;
    std::uint64_t sequence = 0;
    std::int64_t credit = channel_credit_bytes;
    bool remote = false;
  };

  struct fan {
    lane_plan plan;
    std::vector<lane> lanes; ///< by receiver (forward, gather: one)
    event_time watermark = time_min;
  };

  fan& find(std::int32_t edge);
  void send_rows(lane& x, batch_ptr rows);
  void send(lane& x, frame_kind kind, std::int64_t value, batch_ptr rows);
  void send_all(frame_kind kind, std::int64_t value);

  std::vector<fan> fans_;
  std::vector<frame> frames_;
  int starved_ = 0; ///< channels without credit
};

} // namespace herald
