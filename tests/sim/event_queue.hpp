#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

// Simulated time: runs what was planned, in the order of its time and, at the
// same time, in the order of planning. One thread; deterministic.

namespace herald::sim {

using sim_time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

class event_queue {
public:
  sim_time now() const {
    return now_;
  }

  /// Plans `event` for `delay` from now.
  void after(milliseconds delay, std::function<void()> event) {
    events_.emplace(now_ + delay, std::move(event));
  }

  /// Runs everything planned up to `end`, which becomes the time.
  void run_until(sim_time end) {
    while (!events_.empty() && events_.begin()->first <= end) {
      auto next = events_.extract(events_.begin());
      now_ = next.key();
      next.mapped()();
    }
    now_ = end;
  }

private:
  // A day after the clock's origin: differences to it stay positive.
  sim_time now_{std::chrono::hours{24}};
  std::multimap<sim_time, std::function<void()>> events_;
};

} // namespace herald::sim
