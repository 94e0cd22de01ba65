#include "cluster/limits.hpp"
#include "tests/cluster/catalog_fixture.hpp"

namespace herald::cluster {
namespace {

class membership_test : public catalog_fixture {
protected:
  void join_up_to(std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count; ++i)
      ASSERT_TRUE(join(node(i)).accepted());
  }

  bool is_member(const node_id& id) {
    return catalog_.find_member(id) != nullptr;
  }
};

TEST_F(membership_test, each_change_gives_a_new_view) {
  EXPECT_EQ(join(node(1)).number, 1u);
  EXPECT_EQ(join(node(2)).number, 2u);
  EXPECT_EQ(apply(leave_command{node(1)}).number, 3u);
  EXPECT_EQ(catalog_.view(), view_number{3});
  EXPECT_EQ(apply(leave_command{node(1)}).why, refusal::not_a_member);
  EXPECT_EQ(catalog_.view(), view_number{3});
}

TEST_F(membership_test, a_restarted_node_replaces_its_earlier_life) {
  join_up_to(2);
  put(task("a"));
  claim(task("a"), node(1), 0);
  EXPECT_TRUE(join(node(1, 2)).accepted());
  EXPECT_FALSE(is_member(node(1, 1)));
  EXPECT_TRUE(is_member(node(1, 2)));
  EXPECT_EQ(catalog_.find_object(task("a"))->owner, std::nullopt);
  EXPECT_EQ(catalog_.members().size(), 2u);
}

TEST_F(membership_test, a_life_is_never_used_again) {
  join(node(1, 5));
  EXPECT_EQ(join(node(1, 5)).why, refusal::old_incarnation);
  EXPECT_EQ(join(node(1, 4)).why, refusal::old_incarnation);
  apply(leave_command{node(1, 5)});
  EXPECT_EQ(join(node(1, 5)).why, refusal::old_incarnation);
  EXPECT_EQ(catalog_.last_life(node(1).uuid), incarnation{5});
  EXPECT_TRUE(join(node(1, 6)).accepted());
}

TEST_F(membership_test, the_only_other_member_decides_alone) {
  join_up_to(2);
  EXPECT_TRUE(suspect(node(1), node(2)).accepted());
  EXPECT_FALSE(is_member(node(2)));
  EXPECT_EQ(suspect(node(2), node(1)).why, refusal::not_a_member);
  EXPECT_TRUE(is_member(node(1)));
}

TEST_F(membership_test, more_than_half_of_the_others_must_agree) {
  join_up_to(5);
  suspect(node(1), node(5));
  suspect(node(1), node(5));
  suspect(node(2), node(5));
  EXPECT_TRUE(is_member(node(5)));
  suspect(node(3), node(5));
  EXPECT_FALSE(is_member(node(5)));
}

TEST_F(membership_test, both_others_of_three_must_agree) {
  join_up_to(3);
  suspect(node(1), node(3));
  EXPECT_TRUE(is_member(node(3)));
  suspect(node(2), node(3));
  EXPECT_FALSE(is_member(node(3)));
}

TEST_F(membership_test, a_suspicion_can_be_taken_back) {
  join_up_to(3);
  suspect(node(1), node(3));
  EXPECT_TRUE(apply(trust_command{node(1), node(3)}).accepted());
  EXPECT_EQ(apply(trust_command{node(1), node(3)}).why, refusal::unknown);
  suspect(node(2), node(3));
  EXPECT_TRUE(is_member(node(3)));
}

TEST_F(membership_test, who_left_suspects_nobody) {
  join_up_to(4);
  suspect(node(1), node(4));
  apply(leave_command{node(1)});
  suspect(node(2), node(4));
  EXPECT_TRUE(is_member(node(4)));
  join(node(1, 2));
  EXPECT_EQ(suspect(node(1, 1), node(4)).why, refusal::not_a_member);
}

TEST_F(membership_test, fewer_others_make_an_old_suspicion_enough) {
  join_up_to(3);
  suspect(node(1), node(3));
  apply(leave_command{node(2)});
  EXPECT_FALSE(is_member(node(3)));
}

TEST_F(membership_test, an_unanswered_suspicion_counts_alone_when_repeated) {
  join_up_to(5);
  auto first = suspect(node(1), node(5));
  EXPECT_EQ(suspect(node(1), node(5), {first.at.value + 9}).why,
            refusal::stale);
  EXPECT_TRUE(suspect(node(1), node(5), first.at).accepted());
  EXPECT_FALSE(is_member(node(5)));
}

TEST_F(membership_test, an_answer_must_come_after_each_suspicion) {
  join_up_to(5);
  auto first = suspect(node(1), node(5));
  EXPECT_TRUE(apply(answer_command{node(5)}).accepted());
  auto second = suspect(node(1), node(5), first.at);
  EXPECT_TRUE(is_member(node(5)));
  suspect(node(1), node(5), second.at);
  EXPECT_FALSE(is_member(node(5)));
}

TEST_F(membership_test, nobody_suspects_itself_or_a_stranger) {
  join_up_to(2);
  EXPECT_EQ(suspect(node(1), node(1)).why, refusal::malformed);
  EXPECT_EQ(suspect(node(1), node(3)).why, refusal::unknown);
  EXPECT_EQ(suspect(node(1), node(2, 2)).why, refusal::unknown);
}

TEST_F(membership_test, work_of_a_removed_member_can_be_claimed) {
  join_up_to(2);
  put(task("a"));
  claim(task("a"), node(2), 0);
  report(task("a"), node(2), 1, 1, object_state::running);
  suspect(node(1), node(2));
  EXPECT_EQ(state_of(task("a")), object_state::waiting);
  EXPECT_EQ(claim(task("a"), node(1), 1).number, 2u);
  EXPECT_EQ(report(task("a"), node(2), 1, 2, object_state::running).why,
            refusal::stale);
}

TEST_F(membership_test, members_and_memories_are_limited) {
  for (std::uint64_t i = 1; i <= max_members; ++i)
    ASSERT_TRUE(join(node(i)).accepted());
  EXPECT_EQ(join(node(max_members + 1)).why, refusal::full);
  EXPECT_TRUE(join(node(1, 2)).accepted());
  apply(leave_command{node(2)});
  for (std::uint64_t i = 0; i < max_departed; ++i) {
    join(node(1000 + i));
    apply(leave_command{node(1000 + i)});
  }
  EXPECT_EQ(catalog_.last_life(node(2).uuid), incarnation{0});
  EXPECT_EQ(catalog_.last_life(node(1000).uuid), incarnation{1});
}

TEST_F(membership_test, malformed_members_are_refused) {
  auto with = [](auto change) {
    member_info info;
    info.id = node(1);
    info.host = "host";
    change(info);
    return join_command{info};
  };
  std::string long_text(max_name_bytes + 1, 'x');
  EXPECT_EQ(apply(with([](auto& m) { m.id = {}; })).why, refusal::malformed);
  EXPECT_EQ(apply(with([](auto& m) { m.host = ""; })).why, refusal::malformed);
  EXPECT_EQ(apply(with([&](auto& m) { m.host = long_text; })).why,
            refusal::malformed);
  EXPECT_EQ(apply(with([&](auto& m) { m.version = long_text; })).why,
            refusal::malformed);
  EXPECT_EQ(apply(with([](auto& m) { m.cores = 0; })).why, refusal::malformed);
}

} // namespace
} // namespace herald::cluster
