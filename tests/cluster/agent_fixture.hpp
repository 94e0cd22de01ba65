#pragma once

#include "cluster/agent.hpp"
#include "tests/cluster/catalog_fixture.hpp"

#include <algorithm>
#include <utility>
#include <vector>

// One agent and a log that takes every command at once, unless it swallows
// them. tests/sim has many agents and a log that misbehaves.

namespace herald::cluster {

class agent_fixture : public catalog_fixture {
protected:
  agent_fixture()
      : agent_(self(), settings_, [this] {
          return request_id{{9, ++requests_}};
        }) {
    // nop
  }

  static member_info self() {
    member_info info;
    info.id = node(1);
    info.host = "host";
    return info;
  }

  // Steps until nothing more comes of it; keeps what is not an append.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (auto& action : agent_.step(catalog_, now_)) {
        if (auto* append = std::get_if<append_action>(&action)) {
          appended_.push_back(append->what);
          if (!swallow_) {
            apply(append->what);
            busy = true;
          }
        } else {
          actions_.push_back(action);
          busy = true;
        }
      }
    }
  }

  void contact() {
    agent_.log_contact(catalog_.position(), now_);
    settle();
  }

  void pass(milliseconds time) {
    for (auto end = now_ + time; now_ < end;) {
      now_ += milliseconds{100};
      contact();
    }
  }

  // Returns the actions of one kind since the last call, and forgets all.
  template <class Action>
  std::vector<Action> take() {
    std::vector<Action> result;
    for (const auto& action : std::exchange(actions_, {}))
      if (const auto* one = std::get_if<Action>(&action))
        result.push_back(*one);
    return result;
  }

  template <class Body>
  std::size_t count_appended() {
    return static_cast<std::size_t>(
        std::count_if(appended_.begin(), appended_.end(), [](const auto& what) {
          return std::holds_alternative<Body>(what.body);
        }));
  }

  const object& get(const object_key& key) {
    return *catalog_.find_object(key);
  }

  // Joins and runs one object.
  void run(const object_key& key) {
    contact();
    put(key);
    settle();
    agent_.news(key, get(key).held, {object_state::running});
    settle();
    ASSERT_EQ(state_of(key), object_state::running);
    actions_.clear();
    appended_.clear();
  }

  agent_settings settings_;
  std::uint64_t requests_ = 0;
  node_agent agent_;
  steady_time now_{std::chrono::hours{1}};
  bool swallow_ = false;
  std::vector<agent_action> actions_;
  std::vector<command> appended_;
};

} // namespace herald::cluster
