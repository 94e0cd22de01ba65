#pragma once

#include "cluster/agent.hpp"
#include "tests/sim/event_queue.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

// A whole cluster in one thread and simulated time: nodes with agents and
// catalogs, a log that delays, doubles and loses appends, a network that drops
// and delays heartbeats, work that starts, fails and stops late, users who
// change things twice. A seed fixes everything. Each rule of the control plane
// is checked while it runs; `failures` names the broken ones.

namespace herald::sim {

struct world_settings {
  std::uint64_t seed = 1;
  unsigned nodes = 3;
  /// How long users act and faults happen.
  milliseconds turmoil{30000};
  /// How long the world may take to heal afterwards.
  milliseconds healing{45000};
  /// Nodes that stay dead after the turmoil.
  unsigned lost_nodes = 0;
};

/// A node as the simulation runs it.
struct sim_node {
  unsigned index = 0;
  cluster::node_uuid uuid;
  bool alive = false;
  bool frozen = false;
  /// Grows with each crash: what was meant for an earlier process is dropped.
  std::uint64_t process = 0;
  std::deque<std::function<void()>> inbox;
  std::unique_ptr<cluster::node_agent> agent;
  cluster::catalog known;
  /// Records asked for so far; fetches overlap but arrive in order.
  std::size_t fetched = 0;
  bool reaches_log = true;
  bool paused = false;

  struct running {
    cluster::generation held;
    bool stopping = false;
  };

  std::map<cluster::object_key, running> works;
};

class world {
public:
  explicit world(world_settings settings);

  /// Runs turmoil and healing. Returns the rules that were broken, empty if
  /// all held.
  const std::vector<std::string>& run();

  /// Instead of `run`: kills the first of a few calm nodes. Returns how long it
  /// takes until all that it ran runs elsewhere, at most 15 s.
  milliseconds fail_over();

  /// Returns how many records the log got.
  std::size_t log_size() const {
    return log_.size();
  }

private:
  using generation_key = std::pair<cluster::object_key, cluster::generation>;

  // -- world.cpp: the script -------------------------------------------------
  void plan_fault();
  void plan_user();
  void heal();
  cluster::command_body random_wish();

  // -- world_node.cpp: nodes, log, network -----------------------------------
  void boot(sim_node& node);
  void crash(sim_node& node);
  void freeze(sim_node& node, milliseconds length);
  void thaw(sim_node& node);
  // Runs `event` at `node` after `delay` unless that process has died; a frozen
  // one gets it when it wakes.
  void deliver(sim_node& node, milliseconds delay, std::function<void()> event);
  void tick(sim_node& node);
  void beat(sim_node& node);
  void poll_log(sim_node& node);
  void step(sim_node& node);
  void append(sim_node& node, const cluster::command& what);
  void send_to_log(std::string record, bool reliable);
  void commit(const std::string& record);
  void perform(sim_node& node, const cluster::append_action& action);
  void perform(sim_node& node, const cluster::start_action& action);
  void perform(sim_node& node, const cluster::update_action& action);
  void perform(sim_node& node, const cluster::stop_action& action);
  void perform(sim_node& node, const cluster::removed_action& action);
  void perform(sim_node& node, const cluster::pause_sources_action& action);
  void perform(sim_node& node, const cluster::resume_sources_action& action);
  void perform(sim_node& node, const cluster::left_action& action);

  // -- world_checks.cpp: the rules -------------------------------------------
  void check_record(const std::string& record);
  void check_applied(sim_node& node);
  void check_start(const sim_node& node, const cluster::start_action& action);
  void check_zombies(const sim_node& node);
  void check_healed();
  void check_object(const cluster::object_key& key,
                    const cluster::object& what);
  void check(bool condition, const std::string& rule);

  std::uint64_t random(std::uint64_t below);
  bool chance(unsigned percent);
  milliseconds random_ms(unsigned from, unsigned to);
  cluster::request_id new_request();

  world_settings settings_;
  std::mt19937_64 random_;
  event_queue queue_;
  sim_time end_of_turmoil_;
  std::deque<sim_node> nodes_;
  // Pairs of nodes that cannot hear each other.
  std::set<std::pair<unsigned, unsigned>> cuts_;

  // -- the log and what it must give --
  std::vector<std::string> log_;
  cluster::catalog truth_;
  std::vector<std::optional<cluster::outcome>> outcomes_;
  std::set<cluster::request_id> accepted_;
  std::map<generation_key, cluster::node_id> owners_;
  std::map<generation_key, sim_time> lost_at_;
  std::set<generation_key> started_;
  sim_time last_commit_{};

  std::vector<std::string> failures_;
};

} // namespace herald::sim
