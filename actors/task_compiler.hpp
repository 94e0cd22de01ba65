#pragma once

#include "actors/task_spec.hpp"
#include "engine/plan/options.hpp"

#include <map>
#include <string>

// From the text of a task to what runs: the same for `herald run`, for the
// shell and for nodes. Pure; safe on any thread.

namespace herald {

/// Compiles a script: its declarations, options, and INSERTs, which become
/// one task. `options` are SET before the script. Errors point into `sql`;
/// a script without INSERT is one.
absl::StatusOr<std::shared_ptr<const task_spec>>
compile_task(const std::string& name, const std::string& sql,
             const std::map<std::string, std::string>& options);

/// The spec of a plan under the session's options.
task_spec make_spec(std::string name, job_graph graph,
                    const session_options& options);

/// Joins plans that run as one task: stages and edges of all, in order.
job_graph merge_graphs(std::vector<job_graph> parts);

} // namespace herald
