#pragma once

#include "actors/messages.hpp"
#include "engine/plan/figures.hpp"
#include "engine/runtime/subtask.hpp"

#include <memory>
#include <vector>

// The figures of a task: a block of counters for each of its subtasks, which
// they write and anybody may read. They outlive restarts of the task.

namespace herald {

/// One metrics block a subtask, and one a sink; fixed for the task's life.
struct task_metrics {
  struct stage_metrics {
    std::vector<std::shared_ptr<subtask_metrics>> subtasks;
    std::vector<std::shared_ptr<subtask_metrics>> sinks;
    bool reads = false;
  };

  explicit task_metrics(const job_graph& graph);

  /// What each operator did, over all subtasks; one entry a stage.
  std::vector<stage_figures> figures() const;

  /// Adds everything up; `last` is left alone.
  void sum(task_report& out) const;

  std::vector<stage_metrics> stages;
};

} // namespace herald
