#pragma once

#include "actors/serving_interfaces.hpp"
#include "cluster/catalog.hpp"

#include <map>
#include <optional>
#include <utility>

#include <absl/status/statusor.h>
#include <caf/actor_system.hpp>

// The queues that this node owns: one queue actor each, started and stopped
// as the agent says, and given the jobs that the catalog has for it. Used on
// the node actor; bounded by the catalog.

namespace herald::cluster {

/// A queue's settings as a command, and back. Errors are for the log: the
/// gateway checks settings before they are put.
put_command put_of(const queue_settings& x, condition only_if);
absl::StatusOr<queue_settings> settings_of(const object_key& key,
                                           const object_version& what);

class queue_host {
public:
  queue_host(caf::actor_system& system, queue_journal journal);

  queue_host(const queue_host&) = delete;

  /// Ends all queues.
  ~queue_host();

  absl::Status start(const object_key& key, generation held,
                     const object_version& what);

  void update(const object_key& key, generation held,
              const object_version& what);

  /// Gives each queue the jobs that it does not have yet. O(new jobs).
  void feed(const catalog& known);

  /// Ends a queue, if it runs under this generation. Its jobs are in the log.
  void stop(const object_key& key, generation held);

  /// A queue actor that failed: forgets and names it.
  std::optional<std::pair<object_key, generation>>
  lost(const caf::actor_addr& address);

  /// How many queues run here.
  std::size_t size() const {
    return queues_.size();
  }

  /// The queue if it runs here under this generation, else null.
  const queue_actor* find(const object_key& key, generation held) const;

private:
  struct hosted {
    generation held;
    queue_actor queue;
    std::optional<log_position> fed{}; ///< has the jobs up to here
  };

  caf::actor_system& system_;
  queue_journal journal_;
  std::map<object_key, hosted> queues_;
};

} // namespace herald::cluster
