#pragma once

#include "engine/connectors/redis/options.hpp"

#include <mutex>

struct redisContext;

// One connection to a server, made when it is needed and again after it broke.
// Commands go out together and their replies are read in order. Used by one
// thread, which waits; only `interrupt` may come from another.

namespace herald {

using redis_command = std::vector<std::string>;

/// Of a string its text, of nil nullopt, of a number its digits; of an array
/// those of its elements.
struct redis_reply {
  std::optional<std::string> text;
  std::vector<redis_reply> elements;
};

class redis_client {
public:
  explicit redis_client(redis_options options) : options_(std::move(options)) {}

  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;

  ~redis_client() {
    close();
  }

  /// The reply of each command. Errors: Unavailable when the server is out of
  /// reach or not ready, else what the server says.
  absl::StatusOr<std::vector<redis_reply>>
  run(const std::vector<redis_command>& commands);

  /// Ends a `run` that waits, and all later ones.
  void interrupt();

private:
  absl::Status connect();
  absl::StatusOr<std::vector<redis_reply>>
  exchange(const std::vector<redis_command>& commands);
  absl::Status lost() const;
  void close();

  redis_options options_;
  redisContext* connection_ = nullptr;
  std::mutex mutex_; ///< for what follows
  bool interrupted_ = false;
  int socket_ = -1;
};

} // namespace herald
