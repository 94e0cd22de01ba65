#pragma once

#include "actors/serving_interfaces.hpp"
#include "cluster/catalog_types.hpp"

#include <map>

#include <absl/status/statusor.h>
#include <caf/actor_system.hpp>

// The queues that this node owns: one queue actor each, started and stopped
// as the agent says. Used on the node actor; bounded by the catalog.

namespace herald::cluster {

/// Where queues are in the catalog.
object_key queue_key(const std::string& name);

/// A queue's settings as a command, and back. Errors are for the log: the
/// gateway checks settings before they are put.
put_command put_of(const queue_settings& x, condition only_if);
absl::StatusOr<queue_settings> settings_of(const object_key& key,
                                           const object_version& what);

class queue_host {
public:
  explicit queue_host(caf::actor_system& system);

  queue_host(const queue_host&) = delete;

  /// Ends all queues.
  ~queue_host();

  absl::Status start(const object_key& key, generation held,
                     const object_version& what);

  void update(const object_key& key, generation held,
              const object_version& what);

  /// Ends a queue with what waits in it, if it runs under this generation.
  void stop(const object_key& key, generation held);

  /// The queue if it runs here under this generation, else null.
  const queue_actor* find(const object_key& key, generation held) const;

private:
  struct hosted {
    generation held;
    queue_actor queue;
  };

  caf::actor_system& system_;
  std::map<object_key, hosted> queues_;
};

} // namespace herald::cluster
