#pragma once

#include "engine/connectors/connector.hpp"

#include <memory>
#include <vector>

// Look-ups by clients that wait for their server: each has a thread of its
// own, and takes the next request when it is done with the last. Bounded by
// the requests that the join may have under way.

namespace herald {

/// One client of a server. `answer` is called on one thread.
class lookup_client {
public:
  virtual ~lookup_client() = default;

  /// Waits for the rows of the request's keys. A server that is out of reach
  /// is an answer `Unavailable`; the client connects anew the next time.
  virtual lookup_answer answer(const lookup_request& x) = 0;

  /// Lets an `answer` that waits return soon, and later ones at once; from
  /// any thread.
  virtual void interrupt() = 0;
};

/// Look-ups by at least one client.
std::unique_ptr<lookup_source>
make_threaded_lookup(std::vector<std::unique_ptr<lookup_client>> clients,
                     std::int64_t keys_max);

/// Says for each row of an answer which key of the request it has, and drops
/// rows with none (a server may compare texts by other rules). `rows` has the
/// columns of the target. Linear.
lookup_answer match_answer(const lookup_target& target,
                           const lookup_request& request,
                           const batch_ptr& rows);

} // namespace herald
