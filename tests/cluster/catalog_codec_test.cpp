#include "cluster/command_codec.hpp"
#include "cluster/limits.hpp"
#include "schemas/catalog.capnp.h"
#include "tests/cluster/catalog_fixture.hpp"

#include <random>

#include <capnp/message.h>
#include <capnp/serialize.h>

namespace herald::cluster {
namespace {

// One of each command, every field set.
std::vector<command> samples() {
  member_info info{node(1, 9), "host.example", 4100,          4200,
                   8,          "0.1.0",        "door.example"};
  object_status status{object_state::restarting, "a reason", 3};
  object_key rule{object_kind::rule, "project", "rule-1"};
  object_key queue{object_kind::queue, "project", "queue_1"};
  std::vector<command_body> bodies{
      join_command{info},
      leave_command{node(2, 3)},
      suspect_command{node(1), node(2), {17}},
      trust_command{node(1), node(2)},
      answer_command{node(4)},
      put_command{rule,
                  "rule",
                  "text \xc3\xa4\n",
                  {{"a", "1"}, {"b", ""}},
                  version_number{7}},
      put_command{task("t"), "sql", "", {}, {}, false},
      remove_command{queue, version_number{0}},
      set_wanted_command{rule, false, {}},
      set_command{"name", "value", version_number{2}},
      set_command{"name", std::nullopt, {}},
      claim_command{task("t"), node(3), {12}},
      report_command{task("t"), node(3), {13}, 14, status},
      release_command{task("t"), node(3), {13}, {2}, status},
      submit_job_command{"q",
                         {"q.1", "SELECT 1", "me", job_kind::etl,
                          result_format::json_lines, 7, 8}},
      start_job_command{{"q", node(3), {4}}, "q.1", 2, "w", "e", -5},
      end_job_command{
          {"q", node(3), {4}}, "q.1", {5, "why", 6, 7, "hint"}, 8, 9, 10},
  };
  std::vector<command> result;
  for (auto& body : bodies)
    result.push_back(
        {{{1, result.size() + 1}}, "user", 1234567, std::move(body)});
  return result;
}

TEST(command_codec, every_command_comes_back_as_it_was) {
  for (const auto& what : samples()) {
    auto back = decode_command(encode(what));
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, what) << what.body.index();
  }
}

TEST(command_codec, bytes_that_are_no_command_are_skipped) {
  auto good = encode(samples()[5]);
  std::vector<std::string> wrong{"",
                                 "x",
                                 std::string(8, '\0'),
                                 std::string(64, '\xff'),
                                 good.substr(0, good.size() - 8),
                                 good + "x",
                                 std::string(max_command_bytes + 8, '\0')};
  for (const auto& bytes : wrong) {
    catalog here;
    auto result = follow(here, {3}, bytes);
    // Zero words are a well-formed command of nobody, which is refused.
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(!*result || !(*result)->accepted());
    EXPECT_EQ(here.position(), log_position{3});
  }
}

TEST(command_codec, a_command_of_a_newer_program_stops_the_reader) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<schemas::Command>();
  root.initClaim();
  auto words = capnp::messageToFlatArray(message);
  auto bytes = words.asChars();
  std::string known(bytes.begin(), bytes.size());
  ASSERT_TRUE(decode_command(known).ok());
  // The union's tag is the only 16-bit field: find it by its value.
  auto tag = static_cast<char>(schemas::Command::CLAIM);
  auto at = known.find(tag, sizeof(capnp::word) * 2);
  ASSERT_NE(at, std::string::npos);
  known[at] = 99;
  catalog here;
  auto result = follow(here, {1}, known);
  EXPECT_TRUE(absl::IsUnimplemented(result.status())) << result.status();
  EXPECT_EQ(here.position(), log_position{0});
}

TEST(command_codec, damaged_commands_never_do_harm) {
  std::mt19937_64 random(1);
  for (const auto& what : samples()) {
    auto good = encode(what);
    for (int round = 0; round < 500; ++round) {
      auto bad = good;
      for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips)
        bad[random() % bad.size()] = static_cast<char>(random());
      catalog here;
      (void)follow(here, {1}, bad);
    }
  }
}

class snapshot_codec : public catalog_fixture {
protected:
  void SetUp() override {
    for (std::uint64_t i = 1; i <= 4; ++i)
      join(node(i));
    apply(leave_command{node(4)});
    suspect(node(1), node(2));
    apply(answer_command{node(2)});
    put(task("a"), "one");
    put(task("a"), "two");
    put(task("b"));
    put({object_kind::rule, "p", "r"});
    claim(task("a"), node(1), 0);
    report(task("a"), node(1), 1, 1, object_state::running);
    claim(task("b"), node(2), 0);
    release(task("b"), node(2), 1, 1, object_state::failed);
    apply(remove_command{{object_kind::rule, "p", "r"}, {}});
    apply(set_command{"limit", "10", {}});
    claim(task("a"), node(9), 0);
  }
};

TEST_F(snapshot_codec, a_catalog_comes_back_as_it_was) {
  auto bytes = catalog_.encode();
  auto back = catalog::decode(bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, catalog_);
  EXPECT_EQ(back->encode(), bytes);
}

TEST_F(snapshot_codec, both_copies_go_on_alike) {
  auto copy = catalog::decode(catalog_.encode());
  ASSERT_TRUE(copy.ok()) << copy.status();
  for (const auto& what : samples()) {
    log_position at{catalog_.position().value + 1};
    EXPECT_EQ(catalog_.apply(at, what), copy->apply(at, what));
  }
  EXPECT_EQ(catalog_, *copy);
}

TEST_F(snapshot_codec, damaged_snapshots_never_do_harm) {
  auto good = catalog_.encode();
  std::mt19937_64 random(1);
  for (int round = 0; round < 5000; ++round) {
    auto bad = good;
    for (int flips = 1 + static_cast<int>(random() % 4); flips > 0; --flips)
      bad[random() % bad.size()] = static_cast<char>(random());
    auto back = catalog::decode(bad);
    if (back.ok())
      (void)back->encode();
  }
}

} // namespace
} // namespace herald::cluster
