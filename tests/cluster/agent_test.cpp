#include "tests/cluster/agent_fixture.hpp"

namespace herald::cluster {
namespace {

using agent_test = agent_fixture;

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

} // namespace
} // namespace herald::cluster
