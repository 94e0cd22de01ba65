#pragma once

#include "actors/serving_interfaces.hpp"
#include "cluster/catalog.hpp"
#include "cluster/node/node_messages.hpp"
#include "cluster/node/peer_links.hpp"
#include "cluster/node/queue_host.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

// Where the queues of the cluster are: those of this node, and those of its
// peers, who are asked for their handles. Whoever subscribed (the workers and
// the desk of this node) hears of every change. Used on the node actor;
// bounded by the catalog.

namespace herald::cluster {

class queue_directory {
public:
  using subscriber = std::function<void(const queue_links&)>;

  static constexpr auto lookup_timeout = std::chrono::seconds(3);

  explicit queue_directory(node_actor::pointer self);

  void subscribe(subscriber x);

  /// Compares what is known with the catalog; asks and tells. O(objects).
  void follow(const catalog& known, const node_id& own, const queue_host& here,
              const peer_links& peers);

  /// An actor went down; a queue's handle is asked for anew.
  void lost(const caf::actor_addr& address);

private:
  struct entry {
    generation held;
    version_number version;
    queue_settings settings;
    node_id owner;
    std::optional<queue_actor> queue;
    bool asking = false;
  };

  void ask(const object_key& key, entry& x, const node_actor& peer);
  void publish();

  node_actor::pointer self_;
  std::map<object_key, entry> entries_;
  std::vector<subscriber> subscribers_;
  bool changed_ = false;
};

} // namespace herald::cluster
