#pragma once

#include "cluster/agent_actions.hpp"
#include "cluster/catalog.hpp"
#include "cluster/failure_detector.hpp"
#include "cluster/placement.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

// The brain of a node: compares what the catalog says with what runs here and
// returns what to do. It keeps no promise in memory that the log does not hold:
// whatever it asked for and does not see, it asks for again. So lost, late and
// doubled messages do no harm. One thread, the one that owns the catalog;
// bounded by the catalog's limits.

namespace herald::cluster {

struct agent_settings {
  detector_settings detector;
  /// Without the log for so long, sources pause.
  milliseconds lease{3000};
  /// Time to see the effect of a command before it is sent again.
  milliseconds retry_after{1000};
  /// Time that a suspected member has to answer in the log.
  milliseconds answer_within{2500};
  /// A view that has stood so long lets tasks move to their new places.
  milliseconds settle{5000};
  /// Wait before rejoining after a removal; doubles up to the maximum with
  /// each removal that follows soon.
  milliseconds rejoin_first{500};
  milliseconds rejoin_max{30000};
};

/// Commands about objects that one `step` appends at most; the rest waits for
/// the next one.
inline constexpr std::size_t max_appends_per_step = 64;

class node_agent {
public:
  /// `self.id.life` is a lower bound: the agent takes a higher incarnation if
  /// the log knows one. `new_request` gives a new random id at each call.
  node_agent(member_info self, agent_settings settings,
             std::function<request_id()> new_request);

  // -- events ----------------------------------------------------------------

  /// A heartbeat of `peer` arrived.
  void heartbeat(const node_id& peer, steady_time now);

  /// The connection to `peer` broke.
  void peer_lost(const node_id& peer, steady_time now);

  /// The log answered that its last record is at `tail`; the question was put
  /// at `asked`.
  void log_contact(log_position tail, steady_time asked);

  /// An object started here is running or restarting.
  void news(const object_key& key, generation held, object_status status);

  /// An object started here runs no more: `stopped`, `failed` or `finished`.
  /// A `stopped` that nobody asked for counts as failed.
  void ended(const object_key& key, generation held, object_status status);

  /// Begins to leave: stops what runs here, gives it back, leaves the view.
  void leave();

  // -- decisions -------------------------------------------------------------

  /// Returns what to do now. Call after each batch of applied commands, after
  /// each event and at least every 200 ms. O(objects + members).
  agent_actions step(const catalog& known, steady_time now);

  // -- queries ---------------------------------------------------------------

  /// Returns this node's current or next life.
  const node_id& self() const {
    return self_.id;
  }

  /// Returns whether the last `step` saw this life in the view.
  bool is_member() const {
    return phase_ == phase::member || phase_ == phase::leaving;
  }

  /// Returns whether the log was in reach, and read to its end, lately.
  bool has_lease() const {
    return lease_held_;
  }

  /// Returns a time at which the catalog had all that the log had; none
  /// before the first. Later by each contact with the log.
  std::optional<steady_time> current_at() const {
    return lease_from_;
  }

private:
  enum class phase : std::uint8_t { outside, member, leaving, left };

  enum class work_phase : std::uint8_t { active, stopping, ended };

  // Something that was started here and whose end is not in the log yet.
  struct work {
    generation held;
    version_number version;
    work_phase phase = work_phase::active;
    bool fenced = false;
    object_status status{};
    std::uint64_t sequence = 0;
    // When its status or end was last sent.
    std::optional<steady_time> asked{};
  };

  struct contact {
    log_position tail;
    steady_time asked;
  };

  // This node's suspicion of a peer as the log has it, since when it was seen
  // there, and when a change of it was last sent.
  struct suspicion {
    log_position recorded;
    steady_time since;
    std::optional<steady_time> asked;
  };

  void update_phase(const catalog& known, steady_time now);
  void lose_seat(steady_time now);
  void update_lease(const catalog& known, steady_time now);
  void update_view(const catalog& known, steady_time now);
  void join(const catalog& known, steady_time now);
  void watch_peers(const catalog& known, steady_time now);
  void watch_peer(const member& peer, steady_time now);
  void finish_leaving(const catalog& known, steady_time now);

  void end_foreign_works(const catalog& known);
  void tend_object(const catalog& known, const object_key& key,
                   const object& what, steady_time now);
  void take(const object_key& key, const object& what);
  void tend_work(const catalog& known, const object_key& key,
                 const object& what, work& mine, steady_time now);
  void claim(const object_key& key, const object& what, steady_time now);
  bool should_move(const catalog& known, const object_key& key,
                   steady_time now);
  void stop(const object_key& key, work& mine, bool fenced);
  work* find_work(const object_key& key, generation held);
  const std::optional<node_uuid>& place_of(const object_key& key);

  bool is_due(std::optional<steady_time> asked, steady_time now) const;
  // Whether this step may append more commands about objects.
  bool may_append();
  void append(command_body body, const request_id& request);

  member_info self_;
  agent_settings settings_;
  std::function<request_id()> new_request_;
  failure_detector detector_;
  phase phase_ = phase::outside;
  bool leave_wanted_ = false;

  // -- joining and leaving --
  std::optional<request_id> join_request_;
  std::optional<steady_time> join_asked_;
  steady_time join_not_before_{};
  steady_time joined_at_{};
  milliseconds rejoin_delay_{0};
  std::optional<steady_time> leave_asked_;

  // -- lease --
  std::optional<contact> contact_;
  std::optional<steady_time> lease_from_;
  bool lease_held_ = false;

  // -- view --
  view_number view_;
  steady_time view_since_{};
  std::vector<placement_candidate> candidates_;
  std::map<object_key, std::optional<node_uuid>> places_;
  std::map<node_id, suspicion> suspicions_;
  std::optional<steady_time> answer_asked_;

  // -- objects --
  std::map<object_key, work> works_;
  std::map<object_key, steady_time> claims_;

  // -- the step under way --
  agent_actions actions_;
  std::size_t appends_ = 0;
};

} // namespace herald::cluster
