#include "tests/sim/world.hpp"

#include "cluster/command_codec.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::sim {

using namespace herald::cluster;

namespace {

// Few names, so that users get into each other's way.
constexpr unsigned names = 6;

object_key key_of(std::uint64_t number) {
  auto kind = static_cast<object_kind>(number % 3);
  return {kind, "p", fmt::format("o{}", number / 3 % names)};
}

} // namespace

world::world(world_settings settings)
    : settings_(settings), random_(settings.seed) {
  end_of_turmoil_ = queue_.now() + settings_.turmoil;
  for (unsigned i = 0; i < settings_.nodes; ++i) {
    auto& node = nodes_.emplace_back();
    node.index = i;
    node.uuid = {{random_(), random_()}};
  }
}

const std::vector<std::string>& world::run() {
  for (auto& node : nodes_) {
    auto delay = random_ms(0, 3000);
    queue_.after(delay, [this, &node] { boot(node); });
  }
  plan_fault();
  plan_user();
  queue_.run_until(end_of_turmoil_);
  heal();
  queue_.run_until(end_of_turmoil_ + settings_.healing);
  check_healed();
  return failures_;
}

milliseconds world::fail_over() {
  constexpr milliseconds calm{15000};
  constexpr milliseconds look_every{20};
  end_of_turmoil_ = queue_.now();
  for (auto& node : nodes_)
    boot(node);
  for (unsigned i = 0; i < 3 * names; ++i)
    send_to_log(encode({new_request(), "user", 0,
                        put_command{key_of(i), "sql", "text", {}, {}}}),
                true);
  queue_.run_until(queue_.now() + calm);
  auto start = queue_.now();
  auto dead = nodes_[0].agent->self();
  crash(nodes_[0]);
  auto runs = [&](const auto& entry) {
    const auto& what = entry.second;
    return what.owner && what.owner != dead
           && what.status.state == object_state::running;
  };
  const auto& objects = truth_.objects();
  while (!std::all_of(objects.begin(), objects.end(), runs)
         && queue_.now() - start < calm)
    queue_.run_until(queue_.now() + look_every);
  return std::chrono::duration_cast<milliseconds>(queue_.now() - start);
}

// -- faults ------------------------------------------------------------------

void world::plan_fault() {
  queue_.after(random_ms(200, 6000), [this] {
    if (queue_.now() >= end_of_turmoil_)
      return;
    auto& node = nodes_[random(nodes_.size())];
    auto length = random_ms(50, 12000);
    switch (random(6)) {
    case 0:
      if (node.alive) {
        crash(node);
        queue_.after(length, [this, &node] { boot(node); });
      }
      break;
    case 1:
      freeze(node, length);
      break;
    case 2:
      node.reaches_log = false;
      queue_.after(length, [&node] { node.reaches_log = true; });
      break;
    case 3: {
      auto other = static_cast<unsigned>(random(nodes_.size()));
      auto cut
          = std::pair(std::min(node.index, other), std::max(node.index, other));
      cuts_.insert(cut);
      queue_.after(length, [this, cut] { cuts_.erase(cut); });
      break;
    }
    default:
      // The node hears nobody, but the log.
      for (unsigned other = 0; other < nodes_.size(); ++other) {
        auto cut = std::pair(std::min(node.index, other),
                             std::max(node.index, other));
        cuts_.insert(cut);
        queue_.after(length, [this, cut] { cuts_.erase(cut); });
      }
    }
    plan_fault();
  });
}

void world::heal() {
  cuts_.clear();
  for (auto& node : nodes_) {
    node.reaches_log = true;
    thaw(node);
    if (node.index < settings_.lost_nodes)
      crash(node);
    else
      boot(node);
  }
}

// -- users -------------------------------------------------------------------

command_body world::random_wish() {
  auto key = key_of(random(1000));
  condition only_if;
  if (chance(30))
    only_if = version_number{random(4)};
  switch (random(8)) {
  case 0:
    return remove_command{key, only_if};
  case 1:
  case 2:
    return set_wanted_command{key, chance(60), only_if};
  case 3:
    return set_command{"limit", chance(80) ? std::optional("1") : std::nullopt,
                       only_if};
  default:
    return put_command{
        key, "sql", fmt::format("text {}", random(100)), {}, only_if};
  }
}

void world::plan_user() {
  queue_.after(random_ms(50, 2500), [this] {
    if (queue_.now() >= end_of_turmoil_)
      return;
    command wish{new_request(), "user", 0, random_wish()};
    auto record = encode(wish);
    send_to_log(record, false);
    // A user whose answer was lost tries again.
    if (chance(20))
      queue_.after(random_ms(1, 4000),
                   [this, record] { send_to_log(record, false); });
    if (chance(3))
      send_to_log("this is no command", false);
    plan_user();
  });
}

// -- chance ------------------------------------------------------------------

std::uint64_t world::random(std::uint64_t below) {
  return random_() % below;
}

bool world::chance(unsigned percent) {
  return random(100) < percent;
}

milliseconds world::random_ms(unsigned from, unsigned to) {
  return milliseconds{from + random(to - from + 1)};
}

request_id world::new_request() {
  auto high = random_();
  return {{high, random_()}};
}

} // namespace herald::sim
