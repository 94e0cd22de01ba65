#pragma once

#include "cluster/gateway/backend.hpp"
#include "cluster/gateway/limits.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <absl/status/statusor.h>

// A node's door for clients: one thread with one event loop that serves RPC
// and HTTP. It never waits for the backend, and a slow client makes only
// itself wait. Start, stop and destroy it from any one thread.

namespace herald::gateway {

struct gateway_options {
  /// Where to listen, as "127.0.0.1:7400", "[::1]:0" or "*:7400"; empty: do
  /// not serve that protocol. Port 0 takes any free one.
  std::string rpc_address = "127.0.0.1:7400";
  std::string http_address = "127.0.0.1:7401";
  gateway_limits limits;
};

class gateway_server {
public:
  /// Listens and serves from here on. `Unavailable` if an address cannot be
  /// listened on.
  static absl::StatusOr<std::unique_ptr<gateway_server>>
  start(gateway_options options, std::shared_ptr<backend> node);

  gateway_server(const gateway_server&) = delete;
  gateway_server& operator=(const gateway_server&) = delete;

  /// Stops.
  ~gateway_server();

  /// Closes all connections, cancels the jobs that their clients hold, and
  /// ends the thread. Later answers of the backend are thrown away. May be
  /// called more than once.
  void stop();

  /// The ports that are listened on; 0 for a protocol that is not served.
  std::uint16_t rpc_port() const;
  std::uint16_t http_port() const;

private:
  class worker;

  explicit gateway_server(std::unique_ptr<worker> made);

  std::unique_ptr<worker> worker_;
};

} // namespace herald::gateway
