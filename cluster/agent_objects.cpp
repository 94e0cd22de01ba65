#include "cluster/agent.hpp"
#include "cluster/catalog_rules.hpp"
#include "cluster/limits.hpp"

#include <algorithm>
#include <utility>

// What the agent does about objects: it claims what placement gives this node,
// starts what it owns, stops what it should not run, and reports. Every step
// compares anew, so the order in which news arrives does not matter.

namespace herald::cluster {

namespace {

// Returns `status` with its reason cut to what the catalog takes.
object_status bounded(object_status status) {
  cut(status.reason, max_reason_bytes);
  return status;
}

// Whether an object that runs well may move to its place in a new view.
// Rules hold partial matches in memory, which a move would lose, and a queue
// that moves makes clients wait; a task starts again from its committed
// offsets.
bool is_movable(object_kind kind) {
  return kind == object_kind::task;
}

// Whether a running object takes a new version without stopping.
bool is_updatable(object_kind kind) {
  return kind != object_kind::task;
}

} // namespace

// -- events ------------------------------------------------------------------

void node_agent::news(const object_key& key, generation held,
                      object_status status) {
  auto* mine = find_work(key, held);
  if (!mine || mine->phase == work_phase::ended)
    return;
  mine->status = bounded(std::move(status));
  mine->asked.reset();
}

void node_agent::ended(const object_key& key, generation held,
                       object_status status) {
  auto* mine = find_work(key, held);
  if (!mine || mine->phase == work_phase::ended)
    return;
  if (status.state == object_state::stopped
      && mine->phase != work_phase::stopping) {
    status.state = object_state::failed;
    if (status.reason.empty())
      status.reason = "it stopped although nobody asked for it";
  }
  mine->phase = work_phase::ended;
  mine->status = bounded(std::move(status));
  mine->asked.reset();
}

// -- decisions ---------------------------------------------------------------

void node_agent::end_foreign_works(const catalog& known) {
  for (auto i = works_.begin(); i != works_.end();) {
    auto& [key, mine] = *i;
    const auto* what = known.find_object(key);
    auto own = is_member() && what && what->owner == self_.id
               && what->held == mine.held;
    if (!own && mine.phase == work_phase::ended) {
      i = works_.erase(i);
      continue;
    }
    if (!own)
      stop(key, mine, true);
    ++i;
  }
}

void node_agent::tend_object(const catalog& known, const object_key& key,
                             const object& what, steady_time now) {
  auto i = works_.find(key);
  if (what.owner == self_.id) {
    if (i == works_.end())
      take(key, what);
    else if (i->second.held == what.held)
      tend_work(known, key, what, i->second, now);
  } else if (!what.owner && i == works_.end()) {
    claim(key, what, now);
  }
}

void node_agent::take(const object_key& key, const object& what) {
  claims_.erase(key);
  auto version = what.current().number;
  if (!what.wanted_running || phase_ == phase::leaving) {
    work mine{what.held, version, work_phase::ended};
    mine.status.state = object_state::stopped;
    works_.emplace(key, std::move(mine));
  } else if (lease_held_) {
    work mine{what.held, version};
    mine.sequence = what.sequence;
    works_.emplace(key, std::move(mine));
    actions_.push_back(start_action{key, what.held, version});
  }
}

void node_agent::tend_work(const catalog& known, const object_key& key,
                           const object& what, work& mine, steady_time now) {
  auto version = what.current().number;
  if (mine.phase == work_phase::active) {
    auto outdated = mine.version != version;
    if (!what.wanted_running || phase_ == phase::leaving
        || (outdated && !is_updatable(key.kind))
        || should_move(known, key, now)) {
      stop(key, mine, false);
    } else if (outdated) {
      mine.version = version;
      actions_.push_back(update_action{key, mine.held, version});
    }
  }
  if (!is_due(mine.asked, now))
    return;
  if (mine.phase == work_phase::ended) {
    if (!may_append())
      return;
    append(release_command{key, self_.id, mine.held, mine.version, mine.status},
           new_request_());
    mine.asked = now;
  } else if (mine.status != what.status) {
    if (!may_append())
      return;
    append(
        report_command{key, self_.id, mine.held, ++mine.sequence, mine.status},
        new_request_());
    mine.asked = now;
  }
}

void node_agent::claim(const object_key& key, const object& what,
                       steady_time now) {
  if (phase_ != phase::member || !lease_held_ || !what.should_run()
      || place_of(key) != self_.id.uuid)
    return;
  auto i = claims_.find(key);
  if ((i != claims_.end() && !is_due(i->second, now)) || !may_append())
    return;
  append(claim_command{key, self_.id, what.held}, new_request_());
  claims_.insert_or_assign(key, now);
}

bool node_agent::should_move(const catalog& known, const object_key& key,
                             steady_time now) {
  if (!is_movable(key.kind) || !lease_held_
      || now - view_since_ < settings_.settle)
    return false;
  const auto& place = place_of(key);
  if (!place || *place == self_.id.uuid)
    return false;
  auto i = known.members().find(*place);
  return i != known.members().end() && !detector_.suspects(i->second.info.id);
}

// -- helpers -----------------------------------------------------------------

void node_agent::stop(const object_key& key, work& mine, bool fenced) {
  auto escalates = fenced && !mine.fenced;
  if (mine.phase == work_phase::stopping && !escalates)
    return;
  mine.phase = work_phase::stopping;
  mine.fenced = fenced;
  actions_.push_back(stop_action{key, mine.held, fenced});
}

node_agent::work* node_agent::find_work(const object_key& key,
                                        generation held) {
  auto i = works_.find(key);
  return i != works_.end() && i->second.held == held ? &i->second : nullptr;
}

const std::optional<node_uuid>& node_agent::place_of(const object_key& key) {
  auto i = places_.find(key);
  if (i == places_.end())
    i = places_.emplace(key, place(key, candidates_)).first;
  return i->second;
}

bool node_agent::may_append() {
  if (appends_ >= max_appends_per_step)
    return false;
  ++appends_;
  return true;
}

} // namespace herald::cluster
