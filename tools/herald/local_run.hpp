#pragma once

#include "actors/task_actor.hpp"

#include <functional>
#include <memory>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

// Runs tasks in this process, without a cluster, on the same actors: what
// `herald run`, `herald sql` and the benchmarks share. The calling thread
// waits; Ctrl-C drains the task, a second one ends it at once.

namespace herald {

/// The actor system of a process that is no node: one thread a core.
class local_system {
public:
  local_system();
  ~local_system();

  caf::actor_system& actors() {
    return *system_;
  }

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

struct local_result {
  task_event last; ///< finished, stopped or failed
  task_report report;
  std::vector<stage_figures> figures; ///< one a stage of the graph
  double seconds = 0;                 ///< from start to end

  /// An error if it was stopped and some of what it read may not be out.
  absl::Status left_behind() const;

  /// Where one of the malformed records was, and why; empty if there is none.
  std::string last_malformed() const;
};

/// The error of a task whose reason to fail is `reason`: it points at the place
/// in the task's text that the reason begins with, if it does.
absl::Status failure_of(const std::string& reason);

/// Called about five times a second while a task runs; false drains it, as
/// Ctrl-C does.
using progress_function = std::function<bool(const task_report&)>;

/// Runs `spec` to its end. Says on standard error when it has to wait for the
/// world outside, such as a broker that is down.
local_result run_local(local_system& system,
                       std::shared_ptr<const task_spec> spec,
                       const progress_function& progress = {});

/// Catches SIGINT (stop what runs), SIGTERM and SIGHUP (and end the process)
/// for `run_local`; call once, from main.
void catch_signals();

/// How often the user asked to stop.
int stop_requests();

/// Forgets that the user asked to stop, so that something else may run; false
/// if it was the process that was asked to end, which is not forgotten.
bool forget_stop_requests();

/// CPU time of this process so far, user and system, in seconds.
double cpu_seconds();

/// Highest resident size of this process so far, in bytes.
std::int64_t peak_memory_bytes();

} // namespace herald
