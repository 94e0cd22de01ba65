#include "cluster/limits.hpp"
#include "tests/cluster/agent_fixture.hpp"

#include <fmt/format.h>

namespace herald::cluster {
namespace {

using agent_objects_test = agent_fixture;

TEST_F(agent_objects_test, it_claims_starts_and_reports) {
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

TEST_F(agent_objects_test, it_asks_again_for_what_the_log_swallowed) {
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

TEST_F(agent_objects_test, a_failure_is_released_with_its_reason) {
  run(task("a"));
  agent_.ended(task("a"), {1}, {object_state::failed, "no such topic"});
  settle();
  EXPECT_EQ(state_of(task("a")), object_state::failed);
  EXPECT_EQ(get(task("a")).status.reason, "no such topic");
  EXPECT_EQ(get(task("a")).owner, std::nullopt);
  pass(settings_.retry_after * 2);
  EXPECT_TRUE(take<start_action>().empty());
}

TEST_F(agent_objects_test, a_stop_that_nobody_asked_for_is_a_failure) {
  run(task("a"));
  agent_.ended(task("a"), {1}, {object_state::stopped});
  settle();
  EXPECT_EQ(state_of(task("a")), object_state::failed);
}

TEST_F(agent_objects_test, a_long_reason_is_cut_between_characters) {
  run(task("a"));
  auto reason = std::string(max_reason_bytes - 1, 'x') + "\xc3\xa4";
  agent_.ended(task("a"), {1}, {object_state::failed, reason});
  settle();
  EXPECT_EQ(get(task("a")).status.reason,
            std::string(max_reason_bytes - 1, 'x'));
}

TEST_F(agent_objects_test, stopping_what_is_not_wanted_gives_it_back) {
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

TEST_F(agent_objects_test, a_new_version_of_a_task_starts_it_anew) {
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

TEST_F(agent_objects_test, a_new_version_of_a_rule_goes_on_in_its_place) {
  object_key rule{object_kind::rule, "p", "r"};
  run(rule);
  put(rule, "better");
  settle();
  auto updates = take<update_action>();
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].held, generation{1});
  EXPECT_EQ(updates[0].version, version_number{2});
}

TEST_F(agent_objects_test, what_was_removed_is_stopped) {
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

TEST_F(agent_objects_test, nothing_is_started_without_the_lease) {
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

TEST_F(agent_objects_test, no_task_moves_to_a_silent_node) {
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

TEST_F(agent_objects_test,
       a_task_moves_to_its_place_when_the_view_has_settled) {
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

TEST_F(agent_objects_test, one_step_appends_a_bounded_number_of_commands) {
  contact();
  for (std::size_t i = 0; i < 2 * max_appends_per_step + 1; ++i)
    put(task(fmt::format("t{}", i)));
  EXPECT_EQ(agent_.step(catalog_, now_).size(), max_appends_per_step);
  EXPECT_EQ(agent_.step(catalog_, now_).size(), max_appends_per_step);
  EXPECT_EQ(agent_.step(catalog_, now_).size(), 1u);
}

} // namespace
} // namespace herald::cluster
