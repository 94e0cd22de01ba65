#pragma once

#include "cluster/catalog_types.hpp"
#include "cluster/node/node_messages.hpp"

#include <chrono>
#include <map>
#include <optional>

// The connections to the other members. Each peer is dialled by a middleman
// actor of its own, since CAF's connect blocks its actor and one unreachable
// peer must not hold up the others. A link is up once it is connected;
// when it breaks it is dialled again. Used on the node actor; bounded by
// the members.

namespace herald::cluster {

class peer_links {
public:
  using clock = std::chrono::steady_clock;

  static constexpr auto dial_timeout = std::chrono::seconds(3);
  static constexpr auto dial_again_after = std::chrono::milliseconds(500);

  peer_links(node_actor::pointer self, node_id own) : self_(self), own_(own) {}

  void set_own(node_id own) {
    own_ = own;
  }

  /// Dials members that have no link, drops links to those that left.
  void follow(const std::map<node_uuid, member>& members,
              clock::time_point now);

  /// Tells every linked peer that this node lives.
  void beat();

  /// A connection of ours or a peer's went down; the peer it led to, if it
  /// was the current one.
  std::optional<node_id> lost(const caf::actor_addr& address);

  /// The peer with exactly this life, or null.
  const node_actor* find(const node_id& id) const;

private:
  struct link {
    node_id peer;
    std::optional<node_actor> handle;
    bool dialling = false;
    clock::time_point not_before{};
    caf::actor dialler;
  };

  void dial(const node_uuid& uuid, link& x, const member_info& info);

  node_actor::pointer self_;
  node_id own_;
  std::map<node_uuid, link> links_;
};

} // namespace herald::cluster
