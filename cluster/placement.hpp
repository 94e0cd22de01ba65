#pragma once

#include "cluster/catalog_types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

// Who should own what: weighted rendezvous hashing. A pure function of the
// members and the key, in whole numbers only, so that every node computes the
// same owner. When a member goes only its objects move; when one comes objects
// move to it alone. Each gets a share of the objects in proportion to its
// weight. Pure; safe on any thread.

namespace herald::cluster {

/// A member as placement sees it.
struct placement_candidate {
  node_uuid uuid;
  /// 1 to 2^16; others are brought into that range.
  std::uint32_t weight = 1;
};

/// Returns the uuid of the candidate that should own `key`, whatever their
/// order; none without candidates. O(candidates).
/// Source: Schindelhauer and Schomaker, "Weighted distributed hash tables",
/// 2005 (the logarithm method).
std::optional<node_uuid>
place(const object_key& key,
      const std::vector<placement_candidate>& candidates);

/// Returns the candidates of a view, weighted by their cores.
std::vector<placement_candidate>
candidates_of(const std::map<node_uuid, member>& members);

} // namespace herald::cluster
