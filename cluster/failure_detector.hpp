#pragma once

#include "cluster/identity.hpp"

#include <chrono>
#include <map>
#include <vector>

// Says which peers have fallen silent. A verdict is only this node's own
// suspicion; the log decides. If this process itself stood still, it has missed
// heartbeats that were sent, so it gives every peer a fresh start instead of
// suspecting all. One thread; bounded by the members of the view.

namespace herald::cluster {

using steady_time = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

struct detector_settings {
  /// Silence after which a peer is suspected: five lost heartbeats.
  milliseconds suspect_after{1500};
  /// The same before its first heartbeat: it still has to connect.
  milliseconds first_contact{4000};
  /// The same after its connection broke: time to connect again.
  milliseconds after_loss{600};
  /// A gap between two calls of `tick` that means that this process stood.
  milliseconds own_pause{1000};
};

class failure_detector {
public:
  explicit failure_detector(detector_settings settings = {});

  /// Replaces the peers; known ones keep their history. O(n log n).
  void watch(const std::vector<node_id>& peers, steady_time now);

  /// `peer` was heard. Unknown peers are ignored.
  void heartbeat(const node_id& peer, steady_time now);

  /// The connection to `peer` broke.
  void lost(const node_id& peer, steady_time now);

  /// Looks at the clock; call at least every `own_pause`. O(n).
  void tick(steady_time now);

  /// Returns whether `peer` is watched and was silent for too long at the last
  /// `tick`.
  bool suspects(const node_id& peer) const;

private:
  struct peer_state {
    steady_time deadline;
    bool suspected = false;
    bool heard = false;
  };

  detector_settings settings_;
  std::map<node_id, peer_state> peers_;
  steady_time last_tick_{};
};

} // namespace herald::cluster
