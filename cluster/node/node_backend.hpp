#pragma once

#include "cluster/gateway/backend.hpp"
#include "cluster/node/job_desk.hpp"
#include "cluster/node/node_actor.hpp"

#include <memory>

// The gateway's way to the node: each call becomes work of the node actor
// (tasks, rules, settings, the cluster) or of the job desk (queries, queues).
// Called on the gateway's thread; returns at once.

namespace herald::cluster {

std::shared_ptr<gateway::backend> make_backend(node_actor node,
                                               std::shared_ptr<job_desk> jobs);

} // namespace herald::cluster
