#include "cluster/agent.hpp"
#include "cluster/limits.hpp"
#include "tests/cluster/catalog_fixture.hpp"

#include <algorithm>

#include <fmt/format.h>

// One agent and a log that takes every command at once, unless it swallows
// them. tests/sim has many agents and a log that misbehaves.

namespace herald::cluster {
namespace {

class agent_test : public catalog_fixture {
protected:
  agent_test()
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

TEST_F(agent_test, it_joins_once_the_log_is_read_to_its_end) {
  put(task("a"));
  agent_.log_contact({catalog_.position().value + 1}, now_);
  settle();
  EXPECT_FALSE(agent_.is_member());
  apply(set_command{"x", "1", {}});
  settle();
  EXPECT_TRUE(agent_.is_member());
  EXPECT_EQ(count_appended<join_command>(), 1u);
}

TEST_F(agent_test, it_takes_a_life_that_nobody_had) {
  join(node(1, 7));
  contact();
  EXPECT_EQ(agent_.self(), node(1, 8));
  EXPECT_TRUE(agent_.is_member());
  EXPECT_EQ(catalog_.members().size(), 1u);
}

TEST_F(agent_test, another_process_with_its_life_is_not_itself) {
  swallow_ = true;
  contact();
  join(node(1, 1));
  swallow_ = false;
  pass(settings_.retry_after);
  EXPECT_TRUE(agent_.is_member());
  EXPECT_EQ(agent_.self(), node(1, 2));
}

TEST_F(agent_test, it_claims_starts_and_reports) {
  contact();
  put(task("a"));
  settle();
  auto starts = take<start_action>();
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].held, generation{1});
  EXPECT_EQ(starts[0].version, version_number{1});
  agent_.news(task("a"), {1}, {object_state::restarting, "because", 2});
  settle();
  EXPECT_EQ(get(task("a")).status,
            (object_status{object_state::restarting, "because", 2}));
}

TEST_F(agent_test, it_asks_again_for_what_the_log_swallowed) {
  contact();
  swallow_ = true;
  put(task("a"));
  settle();
  pass(settings_.retry_after - milliseconds{100});
  EXPECT_EQ(count_appended<claim_command>(), 1u);
  swallow_ = false;
  pass(milliseconds{100});
  EXPECT_EQ(count_appended<claim_command>(), 2u);
  EXPECT_EQ(get(task("a")).owner, node(1));
}

TEST_F(agent_test, a_failure_is_released_with_its_reason) {
  run(task("a"));
  agent_.ended(task("a"), {1}, {object_state::failed, "no such topic"});
  settle();
  EXPECT_EQ(state_of(task("a")), object_state::failed);
  EXPECT_EQ(get(task("a")).status.reason, "no such topic");
  EXPECT_EQ(get(task("a")).owner, std::nullopt);
  pass(settings_.retry_after * 2);
  EXPECT_TRUE(take<start_action>().empty());
}

TEST_F(agent_test, a_stop_that_nobody_asked_for_is_a_failure) {
  run(task("a"));
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  EXPECT_EQ(state_of(task("a")), object_state::failed);
}

TEST_F(agent_test, a_long_reason_is_cut_between_characters) {
  run(task("a"));
  auto reason = std::string(max_reason_bytes - 1, 'x') + "\xc3\xa4";
  agent_.ended(task("a"), {1}, {object_state::failed, reason});
  settle();
  EXPECT_EQ(get(task("a")).status.reason,
            std::string(max_reason_bytes - 1, 'x'));
}

TEST_F(agent_test, stopping_what_is_not_wanted_gives_it_back) {
  run(task("a"));
  apply(set_wanted_command{task("a"), false, {}});
  settle();
  auto stops = take<stop_action>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_FALSE(stops[0].fenced);
  EXPECT_EQ(get(task("a")).owner, node(1));
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  EXPECT_EQ(get(task("a")).owner, std::nullopt);
  EXPECT_EQ(state_of(task("a")), object_state::stopped);
}

TEST_F(agent_test, a_new_version_of_a_task_starts_it_anew) {
  run(task("a"));
  put(task("a"), "better");
  settle();
  EXPECT_EQ(take<stop_action>().size(), 1u);
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  auto starts = take<start_action>();
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].held, generation{2});
  EXPECT_EQ(starts[0].version, version_number{2});
}

TEST_F(agent_test, a_new_version_of_a_rule_goes_on_in_its_place) {
  object_key rule{object_kind::rule, "p", "r"};
  run(rule);
  put(rule, "better");
  settle();
  auto updates = take<update_action>();
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].held, generation{1});
  EXPECT_EQ(updates[0].version, version_number{2});
}

TEST_F(agent_test, what_was_removed_is_stopped) {
  run(task("a"));
  apply(remove_command{task("a"), {}});
  settle();
  auto stops = take<stop_action>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_TRUE(stops[0].fenced);
  put(task("a"));
  settle();
  EXPECT_EQ(get(task("a")).owner, std::nullopt) << "it cannot start it yet";
  EXPECT_TRUE(take<start_action>().empty());
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  auto starts = take<start_action>();
  ASSERT_EQ(starts.size(), 1u);
  EXPECT_EQ(starts[0].held, generation{2});
}

TEST_F(agent_test, without_the_log_sources_pause_and_nothing_is_claimed) {
  run(task("a"));
  now_ += settings_.lease + milliseconds{1};
  put(task("b"));
  settle();
  EXPECT_EQ(take<pause_sources_action>().size(), 1u);
  EXPECT_FALSE(agent_.has_lease());
  EXPECT_EQ(get(task("b")).owner, std::nullopt);
  contact();
  EXPECT_EQ(take<resume_sources_action>().size(), 1u);
  EXPECT_EQ(get(task("b")).owner, node(1));
}

TEST_F(agent_test, a_contact_from_before_a_pause_is_no_lease) {
  run(task("a"));
  agent_.log_contact(catalog_.position(), now_);
  now_ += settings_.lease + milliseconds{1};
  settle();
  EXPECT_EQ(take<pause_sources_action>().size(), 1u);
}

TEST_F(agent_test, a_log_that_never_rests_renews_the_lease) {
  contact();
  now_ += settings_.lease;
  agent_.log_contact({catalog_.position().value + 1}, now_);
  agent_.log_contact({catalog_.position().value + 9}, now_);
  apply(set_command{"x", "1", {}});
  now_ += milliseconds{1};
  settle();
  EXPECT_TRUE(agent_.has_lease());
}

TEST_F(agent_test, who_rejoins_does_not_blame_others_for_its_absence) {
  contact();
  join(node(2));
  join(node(3));
  settle();
  apply(leave_command{node(1)});
  swallow_ = true;
  pass(settings_.detector.first_contact + settings_.retry_after);
  swallow_ = false;
  pass(settings_.retry_after + milliseconds{500});
  ASSERT_TRUE(agent_.is_member());
  EXPECT_EQ(count_appended<suspect_command>(), 0u);
}

TEST_F(agent_test, nothing_is_started_without_the_lease) {
  contact();
  swallow_ = true;
  put(task("a"));
  settle();
  now_ += settings_.lease + milliseconds{1};
  apply(appended_.back());
  settle();
  ASSERT_EQ(get(task("a")).owner, node(1));
  EXPECT_TRUE(take<start_action>().empty());
  contact();
  EXPECT_EQ(take<start_action>().size(), 1u);
}

TEST_F(agent_test, no_task_moves_to_a_silent_node) {
  contact();
  for (int i = 0; i < 16; ++i)
    put(task(fmt::format("t{}", i)));
  settle();
  join(node(2));
  join(node(3));
  settle();
  pass(settings_.settle + milliseconds{500});
  EXPECT_EQ(catalog_.members().size(), 3u);
  EXPECT_TRUE(take<stop_action>().empty());
}

TEST_F(agent_test, an_unanswered_suspicion_is_repeated) {
  contact();
  join(node(2));
  join(node(3));
  settle();
  pass(settings_.detector.first_contact);
  EXPECT_EQ(catalog_.members().size(), 3u);
  pass(settings_.answer_within);
  EXPECT_EQ(catalog_.members().size(), 1u);
}

TEST_F(agent_test, a_removed_node_stops_all_and_returns_with_a_new_life) {
  run(task("a"));
  join(node(2));
  suspect(node(2), node(1));
  settle();
  auto all = actions_;
  ASSERT_EQ(take<removed_action>().size(), 1u);
  actions_ = all;
  auto stops = take<stop_action>();
  ASSERT_EQ(stops.size(), 1u);
  EXPECT_TRUE(stops[0].fenced);
  pass(settings_.rejoin_first * 2);
  EXPECT_FALSE(agent_.is_member()) << "its old work still runs";
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  EXPECT_TRUE(agent_.is_member());
  EXPECT_EQ(agent_.self(), node(1, 2));
}

TEST_F(agent_test, repeated_removals_make_it_wait_longer) {
  contact();
  auto wait = settings_.rejoin_first;
  for (std::uint64_t life = 1; life <= 12; ++life) {
    ASSERT_EQ(agent_.self(), node(1, life));
    // As by a majority that does not hear it.
    apply(leave_command{node(1, life)});
    settle();
    pass(wait - milliseconds{100});
    EXPECT_FALSE(agent_.is_member()) << life;
    pass(milliseconds{100});
    EXPECT_TRUE(agent_.is_member()) << life;
    wait = std::min(2 * wait, settings_.rejoin_max);
  }
}

TEST_F(agent_test, leaving_gives_everything_back_first) {
  run(task("a"));
  agent_.leave();
  settle();
  EXPECT_EQ(take<stop_action>().size(), 1u);
  EXPECT_EQ(count_appended<leave_command>(), 0u);
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  EXPECT_EQ(take<left_action>().size(), 1u);
  EXPECT_TRUE(catalog_.members().empty());
  EXPECT_EQ(state_of(task("a")), object_state::waiting);
}

TEST_F(agent_test, who_never_joined_leaves_at_once) {
  agent_.leave();
  settle();
  EXPECT_EQ(take<left_action>().size(), 1u);
  contact();
  EXPECT_TRUE(catalog_.members().empty());
}

TEST_F(agent_test, a_suspected_node_answers) {
  contact();
  join(node(2));
  join(node(3));
  suspect(node(2), node(1));
  settle();
  const auto* seat = catalog_.find_member(node(1));
  ASSERT_NE(seat, nullptr);
  EXPECT_EQ(seat->answered_at, catalog_.position());
}

TEST_F(agent_test, it_suspects_the_silent_and_trusts_them_again) {
  contact();
  join(node(2));
  join(node(3));
  settle();
  pass(settings_.detector.first_contact);
  EXPECT_EQ(catalog_.find_member(node(2))->suspected_by.count(node(1)), 1u);
  agent_.heartbeat(node(2), now_);
  pass(settings_.retry_after);
  EXPECT_EQ(catalog_.find_member(node(2))->suspected_by.count(node(1)), 0u);
}

TEST_F(agent_test, a_task_moves_to_its_place_when_the_view_has_settled) {
  contact();
  for (int i = 0; i < 16; ++i)
    put(task(fmt::format("t{}", i)));
  settle();
  EXPECT_EQ(take<start_action>().size(), 16u);
  join(node(2));
  settle();
  auto end = now_ + settings_.settle;
  while (now_ < end) {
    EXPECT_TRUE(take<stop_action>().empty());
    agent_.heartbeat(node(2), now_);
    pass(milliseconds{500});
  }
  auto moved = take<stop_action>();
  EXPECT_FALSE(moved.empty());
  EXPECT_LT(moved.size(), 16u);
  auto members = candidates_of(catalog_.members());
  for (const auto& one : moved)
    EXPECT_EQ(place(one.key, members), node(2).uuid);
}

TEST_F(agent_test, one_step_appends_a_bounded_number_of_commands) {
  contact();
  for (std::size_t i = 0; i < 2 * max_appends_per_step + 1; ++i)
    put(task(fmt::format("t{}", i)));
  EXPECT_EQ(agent_.step(catalog_, now_).size(), max_appends_per_step);
  EXPECT_EQ(agent_.step(catalog_, now_).size(), max_appends_per_step);
  EXPECT_EQ(agent_.step(catalog_, now_).size(), 1u);
}

} // namespace
} // namespace herald::cluster
