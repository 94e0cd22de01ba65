#pragma once

#include "engine/operators/operator.hpp"
#include "engine/plan/job_graph.hpp"

#include <span>
#include <vector>

// What happens between stages, without the sending: dividing rows by key
// group, and joining the watermarks of the channels that meet at a port.

namespace herald {

/// Divides `rows` by the owner of their key among `parallelism` subtasks:
/// entry i holds subtask i's rows in order, or null when it gets none. A
/// batch that goes to one subtask whole is not copied.
std::vector<batch_ptr> divide(const batch_ptr& rows, std::span<const int> keys,
                              int parallelism);

/// Joins the watermarks of several channels: the minimum over those that are
/// active. Idle channels hold nobody back; when all are idle the last value
/// stays. Never decreases.
class watermark_merge {
public:
  explicit watermark_merge(std::size_t channels) : channels_(channels) {}

  /// Makes it `channels` at least; those that are new hold the watermark from
  /// their first `advance` on.
  void grow(std::size_t channels);

  /// Takes a channel's watermark and makes it active; returns the joined one.
  event_time advance(std::size_t channel, event_time t);

  /// Marks a channel idle; returns the joined watermark, which may rise: to
  /// the highest of all channels when all are idle.
  event_time set_idle(std::size_t channel);

  event_time current() const {
    return current_;
  }

  /// True when every channel is idle.
  bool idle() const;

private:
  struct channel_state {
    event_time watermark = time_min;
    bool idle = false;
  };

  event_time join();

  std::vector<channel_state> channels_;
  event_time current_ = time_min;
};

} // namespace herald
