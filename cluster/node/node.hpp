#pragma once

#include "cluster/gateway/gateway.hpp"
#include "cluster/node/config.hpp"
#include "cluster/node/job_actor.hpp"
#include "cluster/node/node_actor.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

// One node of a cluster, put together: identity, command log, actors, links,
// gateway. Start and stop it from one thread; stopping always ends, at the
// latest after `stop_within`.

namespace herald::cluster {

class node {
public:
  /// What a graceful leave may take: draining tasks, telling the log.
  static constexpr auto leave_within = std::chrono::seconds(20);

  /// Opens everything and begins to join. Errors are the user's: folder,
  /// ports, log settings.
  static absl::StatusOr<std::unique_ptr<node>> start(node_config config);

  /// Leaves the view if `stop` was not called, and ends.
  ~node();

  /// Gives tasks back, leaves the view, ends everything.
  void stop();

  std::uint16_t rpc_port() const {
    return gateway_->rpc_port();
  }

  std::uint16_t http_port() const {
    return gateway_->http_port();
  }

  std::uint16_t actor_port() const {
    return actor_port_;
  }

private:
  struct left_signal;

  node() = default;

  absl::Status open_log(const node_config& config);
  absl::Status open_actors(const node_config& config);
  absl::Status open_serving(const node_config& config, const node_uuid& uuid);
  absl::Status open_gateway(const node_config& config);
  void follow_queues();

  std::shared_ptr<command_log> log_;
  caf::actor_system_config actor_config_;
  std::unique_ptr<caf::actor_system> actors_;
  std::optional<node_actor> self_;
  std::optional<desk_actor> desk_;
  std::vector<worker_actor> workers_;
  std::shared_ptr<worker_figures> figures_;
  std::shared_ptr<left_signal> left_;
  std::unique_ptr<gateway::gateway_server> gateway_;
  std::uint16_t actor_port_ = 0;
  bool stopped_ = false;
};

} // namespace herald::cluster
