#pragma once

#include "cluster/node/node_shell.hpp"

// The NODE actor: one a process, a thin face of `node_shell`.

namespace herald::cluster {

/// Spawns it; from `node_start` on it follows `log`. `on_left` is called on
/// the actor's thread when the node has left the view after `atom::leave`.
node_actor spawn_node(caf::actor_system& system, node_config config,
                      std::shared_ptr<command_log> log,
                      std::function<void()> on_left);

/// Runs `call` on the node actor's thread. Any thread.
void run_on(const node_actor& node, std::function<void(node_shell&)> call);

} // namespace herald::cluster
