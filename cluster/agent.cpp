#include "cluster/agent.hpp"

#include "cluster/limits.hpp"

#include <algorithm>
#include <utility>

// The agent's place in the view: joining, suspecting, answering, leaving, and
// the lease. agent_objects.cpp has what it does about objects.

namespace herald::cluster {

node_agent::node_agent(member_info self, agent_settings settings,
                       std::function<request_id()> new_request)
    : self_(std::move(self)), settings_(settings),
      new_request_(std::move(new_request)), detector_(settings.detector) {
  self_.id.life = std::max(self_.id.life, incarnation{1});
}

// -- events ------------------------------------------------------------------

void node_agent::heartbeat(const node_id& peer, steady_time now) {
  detector_.heartbeat(peer, now);
}

void node_agent::peer_lost(const node_id& peer, steady_time now) {
  detector_.lost(peer, now);
}

void node_agent::log_contact(log_position tail, steady_time asked) {
  // A contact that still waits to be caught up with is kept: under a steady
  // stream of commands the newest one would never be reached.
  if (!contact_)
    contact_ = contact{tail, asked};
}

void node_agent::leave() {
  leave_wanted_ = true;
}

// -- decisions ---------------------------------------------------------------

agent_actions node_agent::step(const catalog& known, steady_time now) {
  actions_.clear();
  appends_ = 0;
  detector_.tick(now);
  update_phase(known, now);
  update_lease(known, now);
  update_view(known, now);
  end_foreign_works(known);
  if (phase_ == phase::outside)
    join(known, now);
  if (is_member()) {
    watch_peers(known, now);
    for (const auto& [key, what] : known.objects())
      tend_object(known, key, what, now);
  }
  if (phase_ == phase::leaving)
    finish_leaving(known, now);
  return std::exchange(actions_, {});
}

void node_agent::update_phase(const catalog& known, steady_time now) {
  const auto* seat = known.find_member(self_.id);
  auto seated = seat && join_request_ && seat->joined_by == *join_request_;
  if (phase_ == phase::outside && seated) {
    phase_ = phase::member;
    joined_at_ = now;
    // Members send heartbeats to members only, so this node heard nobody while
    // it was outside. It must not hold that against them.
    detector_ = failure_detector(settings_.detector);
    view_ = {};
  } else if (is_member() && !seated) {
    lose_seat(now);
  }
  if (phase_ == phase::member && leave_wanted_)
    phase_ = phase::leaving;
  // Without a join under way nothing can bring this node back.
  if (phase_ == phase::outside && leave_wanted_ && !join_request_
      && works_.empty()) {
    phase_ = phase::left;
    actions_.push_back(left_action{});
  }
}

void node_agent::lose_seat(steady_time now) {
  auto was_leaving = phase_ == phase::leaving;
  phase_ = phase::outside;
  join_request_.reset();
  if (was_leaving && works_.empty())
    return;
  actions_.push_back(removed_action{self_.id});
  // A node that is removed soon after joining cannot be heard: it would join,
  // take work and be removed again and again.
  auto lasted = now - joined_at_ > settings_.rejoin_max;
  rejoin_delay_ = lasted || rejoin_delay_ == milliseconds{0}
                      ? settings_.rejoin_first
                      : std::min(2 * rejoin_delay_, settings_.rejoin_max);
  join_not_before_ = now + rejoin_delay_;
}

void node_agent::update_lease(const catalog& known, steady_time now) {
  if (contact_ && known.position() >= contact_->tail) {
    lease_from_ = contact_->asked;
    contact_.reset();
  }
  auto held = lease_from_ && now - *lease_from_ <= settings_.lease;
  if (held == lease_held_)
    return;
  lease_held_ = held;
  if (held)
    actions_.emplace_back(resume_sources_action{});
  else
    actions_.emplace_back(pause_sources_action{});
}

void node_agent::update_view(const catalog& known, steady_time now) {
  // Names that are made and removed all the time must not pile up here.
  if (places_.size() > max_objects) {
    places_.clear();
    claims_.clear();
  }
  if (view_ == known.view())
    return;
  view_ = known.view();
  view_since_ = now;
  candidates_ = candidates_of(known.members());
  places_.clear();
  claims_.clear();
  std::vector<node_id> peers;
  for (const auto& [uuid, seated] : known.members())
    if (seated.info.id != self_.id)
      peers.push_back(seated.info.id);
  detector_.watch(peers, now);
  auto gone
      = [&](const auto& entry) { return !known.find_member(entry.first); };
  std::erase_if(suspicions_, gone);
}

void node_agent::join(const catalog& known, steady_time now) {
  // What ran under the old life must have ended, and the log must be known to
  // its end, before a new life begins.
  if (!works_.empty() || !lease_held_ || now < join_not_before_)
    return;
  auto last = known.last_life(self_.id.uuid);
  if (last >= self_.id.life)
    join_request_.reset();
  if (!join_request_) {
    if (leave_wanted_)
      return;
    self_.id.life = std::max(incarnation{last.value + 1}, self_.id.life);
    join_request_ = new_request_();
    join_asked_.reset();
  }
  if (is_due(join_asked_, now)) {
    join_asked_ = now;
    append(join_command{self_}, *join_request_);
  }
}

void node_agent::watch_peers(const catalog& known, steady_time now) {
  for (const auto& [uuid, seated] : known.members()) {
    if (seated.info.id == self_.id) {
      auto accused = std::any_of(
          seated.suspected_by.begin(), seated.suspected_by.end(),
          [&](const auto& entry) { return entry.second > seated.answered_at; });
      if (accused && is_due(answer_asked_, now)) {
        answer_asked_ = now;
        append(answer_command{self_.id}, new_request_());
      }
    } else if (lease_held_) {
      watch_peer(seated, now);
    }
  }
}

void node_agent::watch_peer(const member& peer, steady_time now) {
  const auto& id = peer.info.id;
  auto i = peer.suspected_by.find(self_.id);
  auto recorded = i == peer.suspected_by.end() ? log_position{} : i->second;
  auto suspected = detector_.suspects(id);
  if (!suspected && recorded == log_position{}) {
    suspicions_.erase(id);
    return;
  }
  auto& mine = suspicions_[id];
  if (mine.recorded != recorded)
    mine = {recorded, now, std::nullopt};
  if (!is_due(mine.asked, now))
    return;
  if (!suspected) {
    mine.asked = now;
    append(trust_command{self_.id, id}, new_request_());
  } else if (recorded == log_position{}
             || now - mine.since >= settings_.answer_within) {
    mine.asked = now;
    append(suspect_command{self_.id, id, recorded}, new_request_());
  }
}

void node_agent::finish_leaving(const catalog& known, steady_time now) {
  auto owns
      = [this](const auto& entry) { return entry.second.owner == self_.id; };
  const auto& objects = known.objects();
  auto done
      = works_.empty() && std::none_of(objects.begin(), objects.end(), owns);
  if (done && is_due(leave_asked_, now)) {
    leave_asked_ = now;
    append(leave_command{self_.id}, new_request_());
  }
}

// -- helpers -----------------------------------------------------------------

bool node_agent::is_due(std::optional<steady_time> asked,
                        steady_time now) const {
  return !asked || now - *asked >= settings_.retry_after;
}

void node_agent::append(command_body body, const request_id& request) {
  actions_.push_back(
      append_action{{request, to_string(self_.id), 0, std::move(body)}});
}

} // namespace herald::cluster
