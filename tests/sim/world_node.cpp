#include "cluster/command_codec.hpp"
#include "tests/sim/world.hpp"

#include <algorithm>

#include <fmt/format.h>

// The shell around an agent, as simple as the real one should be, and the log
// and the network that it talks to.

namespace herald::sim {

using namespace herald::cluster;

namespace {

constexpr milliseconds tick_every{100};
constexpr milliseconds beat_every{300};
constexpr milliseconds poll_every{50};

// Records that one fetch brings.
constexpr std::size_t fetch_limit = 20;

} // namespace

// -- processes ---------------------------------------------------------------

void world::boot(sim_node& node) {
  if (node.alive)
    return;
  node.alive = true;
  ++node.process;
  node.known = {};
  node.fetched = 0;
  node.paused = true;
  member_info self;
  self.id.uuid = node.uuid;
  self.host = fmt::format("n{}", node.index);
  self.cores = 1 + node.index % 3;
  node.agent = std::make_unique<node_agent>(self, agent_settings{},
                                            [this] { return new_request(); });
  deliver(node, random_ms(0, 100), [this, &node] { tick(node); });
  deliver(node, random_ms(0, 300), [this, &node] { beat(node); });
  deliver(node, random_ms(0, 50), [this, &node] { poll_log(node); });
}

void world::crash(sim_node& node) {
  if (!node.alive)
    return;
  node.alive = false;
  node.frozen = false;
  ++node.process;
  node.inbox.clear();
  node.works.clear();
  for (auto& other : nodes_)
    if (other.alive && chance(80))
      deliver(other, random_ms(1, 50), [this, &node, &other] {
        // Its connections break; the life that a peer knows is in its view.
        auto i = other.known.members().find(node.uuid);
        if (i != other.known.members().end())
          other.agent->peer_lost(i->second.info.id, queue_.now());
      });
}

void world::freeze(sim_node& node, milliseconds length) {
  if (!node.alive || node.frozen)
    return;
  node.frozen = true;
  queue_.after(length, [this, &node, process = node.process] {
    if (node.process == process)
      thaw(node);
  });
}

void world::thaw(sim_node& node) {
  if (!node.frozen)
    return;
  node.frozen = false;
  // What waits was sent before anything that happens from now on.
  auto waiting = std::exchange(node.inbox, {});
  for (auto& event : waiting)
    event();
}

void world::deliver(sim_node& node, milliseconds delay,
                    std::function<void()> event) {
  queue_.after(delay,
               [&node, process = node.process, event = std::move(event)] {
                 if (node.process != process)
                   return;
                 if (node.frozen)
                   node.inbox.push_back(event);
                 else
                   event();
               });
}

// -- what a node does by the clock -------------------------------------------

void world::tick(sim_node& node) {
  step(node);
  deliver(node, tick_every, [this, &node] { tick(node); });
}

void world::beat(sim_node& node) {
  for (auto& other : nodes_) {
    auto cut = std::pair(std::min(node.index, other.index),
                         std::max(node.index, other.index));
    auto heard = other.alive && node.known.members().count(other.uuid) > 0
                 && !cuts_.count(cut) && node.agent->is_member();
    if (heard && (queue_.now() >= end_of_turmoil_ || !chance(3)))
      deliver(other, random_ms(1, 150),
              [this, &other, from = node.agent->self()] {
                other.agent->heartbeat(from, queue_.now());
              });
  }
  deliver(node, beat_every, [this, &node] { beat(node); });
}

void world::poll_log(sim_node& node) {
  if (node.reaches_log) {
    auto asked = queue_.now();
    auto tail = log_position{log_.size()};
    auto end = std::min(log_.size(), node.fetched + fetch_limit);
    auto first = std::exchange(node.fetched, end);
    deliver(node, random_ms(1, 40), [=, this, &node] {
      for (auto i = first; i < end; ++i) {
        auto applied = follow(node.known, {i + 1}, log_[i]);
        check(applied.ok(), "every node can follow the log");
        check(applied.ok() && *applied == outcomes_[i],
              "a command has the same outcome on every node");
      }
      node.agent->log_contact(tail, asked);
      check_applied(node);
      step(node);
      deliver(node, poll_every, [this, &node] { poll_log(node); });
    });
  } else {
    deliver(node, poll_every, [this, &node] { poll_log(node); });
  }
}

void world::step(sim_node& node) {
  auto actions = node.agent->step(node.known, queue_.now());
  for (const auto& action : actions)
    std::visit([&](const auto& one) { perform(node, one); }, action);
  check_zombies(node);
}

// -- the log -----------------------------------------------------------------

void world::send_to_log(std::string record, bool reliable) {
  auto faulty = !reliable && queue_.now() < end_of_turmoil_;
  if (faulty && chance(5))
    return;
  auto slow = faulty && chance(5);
  queue_.after(slow ? random_ms(500, 8000) : random_ms(1, 60),
               [this, record] { commit(record); });
  if (faulty && chance(5))
    queue_.after(random_ms(1, 3000), [this, record] { commit(record); });
}

void world::commit(const std::string& record) {
  log_.push_back(record);
  last_commit_ = queue_.now();
  check_record(record);
}

// -- what an agent wants done ------------------------------------------------

void world::perform(sim_node& node, const append_action& action) {
  if (node.reaches_log)
    send_to_log(encode(action.what), false);
}

void world::perform(sim_node& node, const start_action& action) {
  check_start(node, action);
  node.works[action.key] = {action.held};
  auto tell = [&](milliseconds delay, object_status status) {
    deliver(node, delay, [=, this, &node] {
      auto i = node.works.find(action.key);
      if (i == node.works.end() || i->second.held != action.held
          || i->second.stopping)
        return;
      if (status.state == object_state::running) {
        node.agent->news(action.key, action.held, status);
      } else {
        node.works.erase(i);
        node.agent->ended(action.key, action.held, status);
      }
      step(node);
    });
  };
  tell(random_ms(1, 200), {object_state::running});
  if (queue_.now() < end_of_turmoil_ && chance(10))
    tell(random_ms(100, 5000), {object_state::failed, "it broke"});
  else if (queue_.now() < end_of_turmoil_ && chance(5))
    tell(random_ms(100, 5000), {object_state::finished});
}

void world::perform(sim_node& node, const update_action& action) {
  auto i = node.works.find(action.key);
  check(i != node.works.end() && i->second.held == action.held
            && !i->second.stopping,
        "only what runs is updated");
}

void world::perform(sim_node& node, const stop_action& action) {
  auto i = node.works.find(action.key);
  if (i == node.works.end() || i->second.held != action.held)
    return;
  check(!i->second.stopping || action.fenced, "a stop is asked for once");
  i->second.stopping = true;
  deliver(node, random_ms(1, 500), [=, this, &node] {
    auto now_running = node.works.find(action.key);
    if (now_running == node.works.end()
        || now_running->second.held != action.held)
      return;
    node.works.erase(now_running);
    node.agent->ended(action.key, action.held, {object_state::stopped});
    step(node);
  });
}

void world::perform(sim_node& node, const removed_action& action) {
  check(!truth_.find_member(action.life),
        "a node believes in its removal only if it was removed");
  check(action.life.uuid == node.uuid, "a removal names the node's own life");
}

void world::perform(sim_node& node, const pause_sources_action&) {
  node.paused = true;
}

void world::perform(sim_node& node, const resume_sources_action&) {
  node.paused = false;
}

void world::perform(sim_node& node, const left_action&) {
  check(node.works.empty(), "who leaves runs nothing");
  check(!truth_.find_member(node.agent->self()), "who left is no member");
  crash(node);
  queue_.after(random_ms(10, 2000), [this, &node] { boot(node); });
}

} // namespace herald::sim
