#include "cluster/command_codec.hpp"
#include "tests/sim/world.hpp"

#include <fmt/format.h>

// The rules that must hold whatever happens.

namespace herald::sim {

using namespace herald::cluster;

namespace {

// A node that is awake learns of its loss through the log or stops for want of
// it: the lease, and two polls for what is on its way.
constexpr milliseconds zombie_limit{3000 + 300};

// Nothing is appended in a healed world for as long.
constexpr milliseconds quiet_for{5000};

// Broken rules that are listed; more are the same again.
constexpr std::size_t max_failures = 10;

} // namespace

void world::check(bool condition, const std::string& rule) {
  if (!condition && failures_.size() < max_failures)
    failures_.push_back(fmt::format(
        "{} (seed {}, {} ms before the end of the turmoil)", rule,
        settings_.seed,
        std::chrono::duration_cast<milliseconds>(end_of_turmoil_ - queue_.now())
            .count()));
}

void world::check_record(const std::string& record) {
  auto before = truth_.objects();
  auto applied = follow(truth_, {log_.size()}, record);
  check(applied.ok(), "the log holds nothing that is too new");
  outcomes_.push_back(applied.ok() ? *applied : std::nullopt);
  const auto& result = outcomes_.back();
  if (result && result->accepted() && !result->repeated)
    check(accepted_.insert(result->request).second,
          "an accepted command is applied once");
  for (const auto& [key, what] : truth_.objects())
    if (what.owner) {
      auto known = owners_.emplace(generation_key{key, what.held}, *what.owner);
      check(known.first->second == *what.owner,
            "an object has one owner in a generation");
      check(truth_.find_member(*what.owner), "an owner is a member");
    }
  for (const auto& [key, what] : before) {
    const auto* after = truth_.find_object(key);
    if (what.owner
        && (!after || after->owner != what.owner || after->held != what.held))
      lost_at_[{key, what.held}] = queue_.now();
    check(!after || after->held >= what.held, "generations never fall");
  }
}

void world::check_applied(sim_node& node) {
  if (node.known.position() == truth_.position())
    check(node.known == truth_, "catalogs at the same position are the same");
}

void world::check_start(const sim_node& node, const start_action& action) {
  auto owner = owners_.find({action.key, action.held});
  check(owner != owners_.end() && owner->second == node.agent->self(),
        "a node starts only what the log gave it");
  check(started_.insert({action.key, action.held}).second,
        "a generation of an object is started once");
  check(!node.works.count(action.key), "an object never runs twice on a node");
}

void world::check_zombies(const sim_node& node) {
  if (node.paused)
    return;
  for (const auto& [key, work] : node.works) {
    auto lost = lost_at_.find({key, work.held});
    if (!work.stopping && lost != lost_at_.end())
      check(queue_.now() - lost->second <= zombie_limit,
            "who lost an object stops it within the lease");
  }
}

void world::check_healed() {
  std::set<node_uuid> expected;
  for (const auto& node : nodes_) {
    if (!node.alive)
      continue;
    expected.insert(node.uuid);
    check(node.known == truth_, "all nodes reach the end of the log");
    check(node.agent->is_member(), "every living node is a member again");
    check(!node.paused, "every living node has its lease");
    for (const auto& [key, work] : node.works) {
      const auto* what = truth_.find_object(key);
      check(what && what->owner == node.agent->self() && what->held == work.held
                && what->should_run(),
            "nothing runs that should not");
    }
  }
  check(truth_.members().size() == expected.size(),
        "every dead node is removed");
  for (const auto& [uuid, seated] : truth_.members()) {
    check(expected.count(uuid) > 0, "only living nodes are members");
    check(seated.suspected_by.empty(), "nobody suspects a living node");
  }
  for (const auto& [key, what] : truth_.objects())
    check_object(key, what);
  check(queue_.now() - last_commit_ >= quiet_for,
        "a healed cluster appends nothing");
}

void world::check_object(const object_key& key, const object& what) {
  if (!what.should_run()) {
    check(!what.owner, "nobody holds what should not run");
    return;
  }
  check(what.owner.has_value(), "somebody owns what should run");
  check(what.status.state == object_state::running,
        "what should run is running");
  for (const auto& node : nodes_)
    if (node.alive && what.owner == node.agent->self())
      check(node.works.count(key) > 0, "its owner runs it");
  auto place_now = place(key, candidates_of(truth_.members()));
  if (key.kind == object_kind::task && what.owner && place_now)
    check(what.owner->uuid == *place_now, "a task is at its place");
}

} // namespace herald::sim
