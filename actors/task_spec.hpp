#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/plan/job_graph.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

// What a task needs to run: its plan and its settings. A plain value, made by
// the planner's user (shell or node), shared by the actors of the task.

namespace herald {

struct restart_policy {
  /// Attempts after the first before the task has failed; the count starts
  /// anew when an attempt ran for `window`.
  int restarts_max = 0;
  std::chrono::milliseconds window = std::chrono::minutes(10);
  std::chrono::milliseconds backoff_first = std::chrono::milliseconds(200);
  std::chrono::milliseconds backoff_max = std::chrono::seconds(10);
};

struct task_spec {
  std::string name; ///< for people, and the consumer group of its sources
  std::shared_ptr<const job_graph> graph;
  eval_context eval;
  std::int64_t batch_rows = 4096;
  /// Time between barriers; at each, sources commit what is safely out.
  std::chrono::milliseconds barrier_interval = std::chrono::seconds(1);
  /// How long a drain may take before the task is ended all the same.
  std::chrono::milliseconds stop_grace = std::chrono::seconds(10);
  restart_policy restarts;
  /// To look at a task: of the sources that are named here each subtask reads
  /// only so many rows, and commits none. Others are read as they are.
  std::map<std::string, std::int64_t> samples;
  /// Makes the sink of a bare SELECT.
  std::function<absl::StatusOr<std::unique_ptr<sink_writer>>(
      const sink_context&)>
      client_sink;
};

} // namespace herald
