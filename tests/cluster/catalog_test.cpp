#include "cluster/limits.hpp"
#include "tests/cluster/catalog_fixture.hpp"

#include <fmt/format.h>

namespace herald::cluster {
namespace {

using catalog_test = catalog_fixture;

// -- repeated commands -------------------------------------------------------

TEST_F(catalog_test, a_command_that_comes_twice_is_applied_once) {
  auto what = next(put_command{task("a"), "sql", "text", {}, {}});
  auto first = apply(what);
  auto second = apply(what);
  EXPECT_TRUE(first.accepted());
  EXPECT_FALSE(first.repeated);
  EXPECT_TRUE(second.repeated);
  EXPECT_EQ(second.at, first.at);
  EXPECT_EQ(second.number, 1u);
  EXPECT_EQ(catalog_.find_object(task("a"))->versions.size(), 1u);
}

TEST_F(catalog_test, a_refusal_that_comes_twice_stays_a_refusal) {
  auto what = next(remove_command{task("a"), {}});
  EXPECT_EQ(apply(what).why, refusal::unknown);
  put(task("a"));
  EXPECT_EQ(apply(what).why, refusal::unknown);
  EXPECT_NE(catalog_.find_object(task("a")), nullptr);
}

TEST_F(catalog_test, only_the_last_outcomes_are_remembered) {
  auto first = next(set_command{"a", "1", {}});
  auto second = next(set_command{"a", "2", {}});
  apply(first);
  apply(second);
  for (std::size_t i = 0; i + 1 < max_outcomes; ++i)
    apply(set_command{"b", "1", {}});
  EXPECT_TRUE(apply(second).repeated);
  EXPECT_FALSE(apply(first).repeated);
}

TEST_F(catalog_test, a_command_without_a_request_is_malformed) {
  EXPECT_EQ(apply(command{{}, "x", 0, set_command{"a", "1", {}}}).why,
            refusal::malformed);
  auto author = next(set_command{"a", "1", {}});
  author.author = std::string(max_name_bytes + 1, 'x');
  EXPECT_EQ(apply(author).why, refusal::malformed);
}

// -- objects -----------------------------------------------------------------

TEST_F(catalog_test, conditions_let_the_first_writer_win) {
  EXPECT_EQ(put(task("a"), "one", version_number{0}).number, 1u);
  EXPECT_EQ(put(task("a"), "late", version_number{0}).why,
            refusal::version_differs);
  EXPECT_EQ(put(task("a"), "two", version_number{1}).number, 2u);
  EXPECT_EQ(put(task("a"), "late", version_number{1}).why,
            refusal::version_differs);
  EXPECT_EQ(apply(set_wanted_command{task("a"), false, version_number{1}}).why,
            refusal::version_differs);
  EXPECT_EQ(apply(remove_command{task("a"), version_number{1}}).why,
            refusal::version_differs);
  EXPECT_EQ(catalog_.find_object(task("a"))->current().text, "two");
  EXPECT_TRUE(apply(remove_command{task("a"), version_number{2}}).accepted());
  EXPECT_EQ(catalog_.find_object(task("a")), nullptr);
}

TEST_F(catalog_test, the_last_versions_are_kept) {
  for (std::size_t i = 1; i <= max_versions + 3; ++i)
    EXPECT_EQ(put(task("a"), fmt::format("{}", i)).number, i);
  const auto& versions = catalog_.find_object(task("a"))->versions;
  ASSERT_EQ(versions.size(), max_versions);
  EXPECT_EQ(versions.front().text, "4");
  EXPECT_EQ(versions.back().text, fmt::format("{}", max_versions + 3));
  EXPECT_EQ(versions.back().author, "tester");
  EXPECT_EQ(versions.back().time_ms, 1000);
}

TEST_F(catalog_test, malformed_objects_are_refused) {
  option_map many;
  for (std::size_t i = 0; i <= max_options; ++i)
    many[fmt::format("o{}", i)] = "";
  std::string long_name(max_name_bytes + 1, 'x');
  std::vector<put_command> wrong{
      {task(""), "sql", "t", {}, {}},
      {task("a b"), "sql", "t", {}, {}},
      {task("a.b"), "sql", "t", {}, {}},
      {task("ä"), "sql", "t", {}, {}},
      {task(long_name), "sql", "t", {}, {}},
      {{object_kind::task, "", "a"}, "sql", "t", {}, {}},
      {task("a"), "", "t", {}, {}},
      {task("a"), "sql", std::string(max_text_bytes + 1, 'x'), {}, {}},
      {task("a"), "sql", "t", many, {}},
      {task("a"), "sql", "t", {{"", "v"}}, {}},
      {task("a"),
       "sql",
       "t",
       {{"o", std::string(max_value_bytes + 1, 'x')}},
       {}},
  };
  for (const auto& one : wrong)
    EXPECT_EQ(apply(one).why, refusal::malformed) << one.key.name;
  many.erase(many.begin());
  put_command full{task(std::string(max_name_bytes, 'x')),
                   "sql",
                   std::string(max_text_bytes, 'x'),
                   many,
                   {}};
  EXPECT_TRUE(apply(full).accepted());
}

TEST_F(catalog_test, objects_are_limited_in_number) {
  for (std::size_t i = 0; i < max_objects; ++i)
    ASSERT_TRUE(put(task(fmt::format("t{}", i))).accepted());
  EXPECT_EQ(put(task("more")).why, refusal::full);
  EXPECT_TRUE(put(task("t0"), "changed").accepted());
  EXPECT_TRUE(apply(remove_command{task("t1"), {}}).accepted());
  EXPECT_TRUE(put(task("more")).accepted());
}

TEST_F(catalog_test, objects_are_limited_in_bytes) {
  std::string text(max_text_bytes, 'x');
  auto author = std::string("tester").size();
  auto fitting = max_catalog_bytes / (text.size() + author);
  for (std::size_t i = 0; i < fitting; ++i)
    ASSERT_TRUE(put(task(fmt::format("t{}", i)), text).accepted());
  EXPECT_EQ(put(task("t0"), text).why, refusal::full);
  EXPECT_TRUE(apply(remove_command{task("t0"), {}}).accepted());
  EXPECT_TRUE(put(task("t1"), text).accepted());
}

TEST_F(catalog_test, settings_have_versions_and_limits) {
  EXPECT_EQ(apply(set_command{"a.b", "1", version_number{0}}).number, 1u);
  EXPECT_EQ(apply(set_command{"a.b", "2", version_number{1}}).number, 2u);
  EXPECT_EQ(apply(set_command{"a.b", "3", version_number{1}}).why,
            refusal::version_differs);
  EXPECT_EQ(catalog_.settings().at("a.b").value, "2");
  EXPECT_EQ(apply(set_command{"a b", "1", {}}).why, refusal::malformed);
  EXPECT_EQ(
      apply(set_command{"a", std::string(max_value_bytes + 1, 'x'), {}}).why,
      refusal::malformed);
  EXPECT_EQ(apply(set_command{"b", std::nullopt, {}}).why, refusal::unknown);
  EXPECT_TRUE(apply(set_command{"a.b", std::nullopt, {}}).accepted());
  EXPECT_TRUE(catalog_.settings().empty());
  for (std::size_t i = 0; i < max_settings; ++i)
    ASSERT_TRUE(apply(set_command{fmt::format("s{}", i), "", {}}).accepted());
  EXPECT_EQ(apply(set_command{"more", "", {}}).why, refusal::full);
}

// -- ownership ---------------------------------------------------------------

TEST_F(catalog_test, the_first_claim_wins) {
  join(node(1));
  join(node(2));
  put(task("a"));
  EXPECT_EQ(claim(task("a"), node(1), 0).number, 1u);
  EXPECT_EQ(claim(task("a"), node(2), 0).why, refusal::not_claimable);
  EXPECT_EQ(claim(task("a"), node(2), 1).why, refusal::not_claimable);
  EXPECT_EQ(catalog_.find_object(task("a"))->owner, node(1));
}

TEST_F(catalog_test, a_claim_that_saw_an_older_generation_loses) {
  join(node(1));
  join(node(2));
  put(task("a"));
  claim(task("a"), node(1), 0);
  release(task("a"), node(1), 1, 1, object_state::stopped);
  EXPECT_EQ(claim(task("a"), node(2), 0).why, refusal::not_claimable);
  EXPECT_EQ(claim(task("a"), node(2), 1).number, 2u);
}

TEST_F(catalog_test, only_members_claim) {
  put(task("a"));
  EXPECT_EQ(claim(task("a"), node(1), 0).why, refusal::not_a_member);
  join(node(1, 2));
  EXPECT_EQ(claim(task("a"), node(1, 1), 0).why, refusal::not_a_member);
  EXPECT_EQ(claim(task("b"), node(1, 2), 0).why, refusal::unknown);
  EXPECT_TRUE(claim(task("a"), node(1, 2), 0).accepted());
}

TEST_F(catalog_test, reports_count_under_their_generation_and_in_order) {
  join(node(1));
  put(task("a"));
  claim(task("a"), node(1), 0);
  EXPECT_TRUE(
      report(task("a"), node(1), 1, 2, object_state::running).accepted());
  EXPECT_EQ(report(task("a"), node(1), 1, 1, object_state::restarting).why,
            refusal::stale);
  EXPECT_EQ(report(task("a"), node(1), 0, 3, object_state::running).why,
            refusal::stale);
  EXPECT_EQ(report(task("a"), node(1), 1, 3, object_state::failed).why,
            refusal::malformed);
  EXPECT_EQ(state_of(task("a")), object_state::running);
}

TEST_F(catalog_test, a_generation_outlives_its_object) {
  join(node(1));
  put(task("a"));
  claim(task("a"), node(1), 0);
  apply(remove_command{task("a"), {}});
  put(task("a"));
  EXPECT_EQ(catalog_.find_object(task("a"))->held, generation{1});
  EXPECT_EQ(claim(task("a"), node(1), 1).number, 2u);
  EXPECT_EQ(release(task("a"), node(1), 1, 1, object_state::failed).why,
            refusal::stale);
}

TEST_F(catalog_test, what_failed_waits_for_a_change) {
  join(node(1));
  put(task("a"));
  claim(task("a"), node(1), 0);
  EXPECT_TRUE(
      release(task("a"), node(1), 1, 1, object_state::failed).accepted());
  EXPECT_EQ(state_of(task("a")), object_state::failed);
  EXPECT_EQ(claim(task("a"), node(1), 1).why, refusal::not_wanted);
  apply(set_wanted_command{task("a"), false, {}});
  EXPECT_EQ(state_of(task("a")), object_state::failed);
  apply(set_wanted_command{task("a"), true, {}});
  EXPECT_EQ(state_of(task("a")), object_state::waiting);
  EXPECT_TRUE(claim(task("a"), node(1), 1).accepted());
}

TEST_F(catalog_test, a_newer_version_did_not_fail_with_an_older_one) {
  join(node(1));
  put(task("a"));
  claim(task("a"), node(1), 0);
  put(task("a"), "better");
  release(task("a"), node(1), 1, 1, object_state::failed);
  EXPECT_EQ(state_of(task("a")), object_state::waiting);
}

TEST_F(catalog_test, what_was_stopped_is_not_claimed) {
  join(node(1));
  put(task("a"));
  claim(task("a"), node(1), 0);
  apply(set_wanted_command{task("a"), false, {}});
  EXPECT_EQ(catalog_.find_object(task("a"))->owner, node(1));
  release(task("a"), node(1), 1, 1, object_state::stopped);
  EXPECT_EQ(state_of(task("a")), object_state::stopped);
  EXPECT_EQ(claim(task("a"), node(1), 1).why, refusal::not_wanted);
}

TEST_F(catalog_test, what_is_made_to_wait_is_not_claimed) {
  join(node(1));
  apply(put_command{task("a"), "sql", "text", {}, version_number{0}, false});
  EXPECT_EQ(state_of(task("a")), object_state::stopped);
  EXPECT_EQ(claim(task("a"), node(1), 0).why, refusal::not_wanted);
  put(task("a"), "next");
  EXPECT_EQ(state_of(task("a")), object_state::stopped);
  apply(set_wanted_command{task("a"), true, {}});
  EXPECT_TRUE(claim(task("a"), node(1), 0).accepted());
}

} // namespace
} // namespace herald::cluster
