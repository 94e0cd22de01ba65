#include "cluster/catalog.hpp"
#include "cluster/catalog_rules.hpp"
#include "cluster/limits.hpp"

#include <algorithm>

// Membership. A member goes by its own farewell, by a higher incarnation of the
// same node, or because the others gave it up. They give it up when more than
// half of them suspect it at once. When so many died at once that the rest is
// no majority, a suspicion that its target did not answer in the log within
// the time that the suspecting node grants counts alone: whoever lives and
// follows the log answers.

namespace herald::cluster {

const member* catalog::find_member(const node_id& id) const {
  auto i = members_.find(id.uuid);
  return i != members_.end() && i->second.info.id == id ? &i->second : nullptr;
}

member* catalog::seat_of(const node_id& id) {
  auto i = members_.find(id.uuid);
  return i != members_.end() && i->second.info.id == id ? &i->second : nullptr;
}

incarnation catalog::last_life(const node_uuid& uuid) const {
  incarnation last;
  if (auto i = members_.find(uuid); i != members_.end())
    last = i->second.info.id.life;
  for (const auto& gone : departed_)
    if (gone.uuid == uuid)
      last = std::max(last, gone.life);
  return last;
}

catalog::result catalog::change(const join_command& what,
                                const command& envelope) {
  const auto& info = what.member;
  if (!is_valid(info))
    return {refusal::malformed};
  if (info.id.life <= last_life(info.id.uuid))
    return {refusal::old_incarnation};
  if (auto i = members_.find(info.id.uuid); i != members_.end())
    depart(i->second.info.id);
  if (members_.size() >= max_members)
    return {refusal::full};
  members_.emplace(info.id.uuid, member{info, envelope.request, {}, {}});
  ++view_.value;
  return {refusal::none, view_.value};
}

catalog::result catalog::change(const leave_command& what, const command&) {
  if (!find_member(what.who))
    return {refusal::not_a_member};
  depart(what.who);
  settle_suspicions();
  return {refusal::none, view_.value};
}

catalog::result catalog::change(const suspect_command& what, const command&) {
  auto* target = seat_of(what.target);
  if (!find_member(what.by))
    return {refusal::not_a_member};
  if (!target)
    return {refusal::unknown};
  if (what.by == what.target)
    return {refusal::malformed};
  auto known = target->suspected_by.find(what.by);
  auto since
      = known == target->suspected_by.end() ? log_position{} : known->second;
  if (what.repeats != since)
    return {refusal::stale};
  if (since != log_position{} && target->answered_at < since)
    depart(what.target);
  else
    target->suspected_by[what.by] = position_;
  settle_suspicions();
  return {refusal::none, view_.value};
}

catalog::result catalog::change(const trust_command& what, const command&) {
  auto* target = seat_of(what.target);
  if (!find_member(what.by))
    return {refusal::not_a_member};
  if (!target || target->suspected_by.erase(what.by) == 0)
    return {refusal::unknown};
  return {refusal::none, view_.value};
}

catalog::result catalog::change(const answer_command& what, const command&) {
  auto* who = seat_of(what.who);
  if (!who)
    return {refusal::not_a_member};
  who->answered_at = position_;
  return {refusal::none, view_.value};
}

// By value: the caller's may live in the entry that goes first.
void catalog::depart(node_id who) {
  members_.erase(who.uuid);
  for (auto& [uuid, other] : members_)
    other.suspected_by.erase(who);
  for (auto& [key, what] : objects_)
    if (what.owner == who) {
      what.owner.reset();
      what.status = {what.wanted_running ? object_state::waiting
                                         : object_state::stopped};
    }
  std::erase_if(departed_,
                [&](const node_id& gone) { return gone.uuid == who.uuid; });
  departed_.push_back(who);
  if (departed_.size() > max_departed)
    departed_.pop_front();
  ++view_.value;
}

void catalog::settle_suspicions() {
  auto given_up = [this](const auto& entry) {
    auto others = members_.size() - 1;
    return others > 0 && 2 * entry.second.suspected_by.size() > others;
  };
  for (;;) {
    auto i = std::find_if(members_.begin(), members_.end(), given_up);
    if (i == members_.end())
      return;
    depart(i->second.info.id);
  }
}

} // namespace herald::cluster
