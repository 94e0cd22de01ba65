#pragma once

#include "actors/subtask_actor.hpp"
#include "actors/task_metrics.hpp"

#include <vector>

// The TASK actor owns the subtasks of one run of a task: it starts them,
// times their barriers, restarts all of them together when one fails (within
// its policy), and ends them in order. `supervision` is its plain core.

namespace herald {

/// Decides about restarts. Time is a steady clock's, in milliseconds.
class supervision {
public:
  explicit supervision(restart_policy policy) : policy_(policy) {}

  /// An attempt begins.
  void started(std::int64_t now_ms) {
    started_ms_ = now_ms;
  }

  /// The attempt failed. Returns how long to wait before the next one;
  /// nullopt: give up.
  std::optional<std::chrono::milliseconds> failed(std::int64_t now_ms);

  /// Restarts so far, since the task was created.
  int restarts() const {
    return restarts_;
  }

private:
  restart_policy policy_;
  std::int64_t started_ms_ = 0;
  int in_window_ = 0;
  int restarts_ = 0;
};

/// Spawns a task; send it `atom::run_v` to start. `owner` hears every change
/// of state. `metrics` may be read by any thread at any time.
task_actor spawn_task(caf::actor_system& system, task_ref ref,
                      std::shared_ptr<const task_spec> spec,
                      std::shared_ptr<task_metrics> metrics, task_owner owner);

} // namespace herald
