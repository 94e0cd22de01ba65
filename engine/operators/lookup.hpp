#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/plan/lookup_spec.hpp"

#include <functional>
#include <vector>

#include <absl/status/statusor.h>

// What a lookup join asks of the outside: the rows of a table that have given
// keys. Connectors implement it (`connector::make_lookup`); the join keeps
// the cache, puts keys together into requests, tries again, and orders the
// results. Called on the operator's thread and never blocks: the work is done
// elsewhere, on threads of its own or a socket. Bounded by its `limits`.

namespace herald {

/// Asks for the rows of every key.
struct lookup_request {
  std::int64_t id = 0; ///< from 1, ascending, never twice
  /// One row a key: the columns `lookup_target::keys`, in their order and with
  /// their types. Keys are distinct and have no NULL, for NULL equals nothing.
  batch_ptr keys;
};

struct lookup_answer {
  std::int64_t id = 0; ///< of the request
  /// Unavailable (no connection, time-out): worth another attempt, which the
  /// join makes. Any other error ends the task.
  absl::Status status;
  /// All rows of all keys, columns as `lookup_target::layout`; null: none.
  batch_ptr rows;
  /// Row i of `rows` is one of key `key_of[i]` of the request; any order.
  std::vector<std::int32_t> key_of;
};

struct lookup_limits {
  std::int64_t keys_max = 256; ///< of one request; >= 1
  int requests_max = 4;        ///< under way at once; >= 1
};

class lookup_source {
public:
  virtual ~lookup_source() = default;

  /// Before anything else, once. `wake` may be called from any thread, as
  /// often as wanted, whenever `poll` may give something; it stays valid until
  /// the source is destroyed. What is not there yet is no error: requests wait
  /// or are answered as unavailable.
  virtual absl::Status open(std::function<void()> wake) = 0;

  virtual lookup_limits limits() const {
    return {};
  }

  /// Takes a request of at most `keys_max` keys, while at most `requests_max`
  /// are not answered. An error ends the task.
  virtual absl::Status start(lookup_request x) = 0;

  /// Answers that have come since the last call; each request has one, in any
  /// order. The join may have given up on a request; its answer is ignored.
  virtual std::vector<lookup_answer> poll() = 0;
};

} // namespace herald
