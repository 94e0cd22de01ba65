#pragma once

#include "actors/worker_actor.hpp"
#include "cluster/node/job_desk.hpp"
#include "cluster/node/node_actor.hpp"

#include <functional>
#include <memory>

#include <caf/typed_event_based_actor.hpp>

// The desk of a node: an actor that asks the queue that a job lives in, on
// whichever node, and fetches results straight from the worker. Calls come
// from the gateway's thread as functions to run on the actor. Bounded by the
// gateway's limits; every question has a time limit.

namespace herald::cluster {

class desk_state;

struct desk_call {
  std::shared_ptr<std::function<void(desk_state&)>> run;
};

} // namespace herald::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(herald::cluster::desk_call)

namespace herald::cluster {

/// The DESK actor interface.
using desk_actor = caf::typed_actor<
    // A call of a client.
    tell<desk_call>,
    // The queues of the cluster, whenever they change.
    tell<queue_links>>;

/// `node` is asked about jobs whose queue is not in reach.
desk_actor spawn_desk(caf::actor_system& system, node_actor node);

/// The gateway's side of it. `running` and `metrics` read `figures`.
std::shared_ptr<job_desk> make_desk(desk_actor desk, node_actor node,
                                    std::shared_ptr<worker_figures> figures);

} // namespace herald::cluster
