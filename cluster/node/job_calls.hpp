#pragma once

#include "cluster/node/node_shell.hpp"
#include "cluster/node/task_calls.hpp"

#include <string>

// What the node actor does about jobs: it writes them to the log, where their
// queue finds them on whichever node it is, and knows of those that have not
// ended while their queue is between two nodes. On the node actor.

namespace herald::cluster {

/// Answers with the job's id once the log has accepted it.
void submit_job(node_shell& node, job_order order,
                shared_reply<std::string> answer);

/// Returns a job as the log has it. `Unavailable` while it is unknown, but the
/// log may have held it at `asked` already: this node has not read so far.
absl::StatusOr<job_report> find_job(const node_shell& node,
                                    const std::string& id, steady_time asked);

} // namespace herald::cluster
