#include "tests/cep/rule_runner.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace herald::testing {
namespace {

constexpr std::string_view fraud = R"(name: fraud
version: 1
source: payment
key: card
within: 60 s
pattern: |
  small: amount < 10
  then large: amount > 500 and amount > small.amount * 100 - small.extra
emit:
  into: alarm
  columns:
    card: card
    who: small.owner
    small: small.amount
    large: amount
)";

const schema_ptr& payments() {
  static const auto result
      = layout_of("ts TIMESTAMP(3), card BIGINT, owner STRING, amount INT, "
                  "extra INT");
  return result;
}

batch_ptr random_payments(std::uint64_t seed, std::int64_t count) {
  random_data random(seed);
  std::vector<literal_row> rows;
  std::int64_t ts = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    ts += random.number(0, 400);
    auto amount = random.chance(0.3)   ? random.number(1, 10)
                  : random.chance(0.3) ? random.number(501, 1500)
                                       : random.number(10, 500);
    auto card = random.number(0, 40);
    rows.push_back({ts, card, fmt::format("the owner of card {}", card), amount,
                    random.number(0, 3)});
  }
  return make_rows(payments(), rows);
}

std::string replaced(std::string text, const std::string& what,
                     const std::string& with) {
  text.replace(text.find(what), what.size(), with);
  return text;
}

TEST(matcher_state, goes_on_under_another_parallelism) {
  auto rule = rule_of(fraud, *payments());
  auto events = random_payments(3, 2000);
  auto expected = run_rule(rule, events, {});
  EXPECT_GT(expected.size(), 50U);
  for (auto [from, to] : {std::pair{1, 3}, {3, 1}, {3, 8}, {2, 2}})
    for (std::int64_t disorder_ms : {0, 5000}) {
      SCOPED_TRACE(fmt::format("{} to {}, {} ms", from, to, disorder_ms));
      run_options options{7, from, disorder_ms, 5, {}};
      auto restart = [&, parallelism = to](auto& task) {
        memory_state state;
        task->write(state);
        auto before = task->counters();
        task = std::make_unique<rule_task>(rule, parallelism);
        task->read(state);
        EXPECT_EQ(task->counters().partial_matches, before.partial_matches);
      };
      EXPECT_TRUE(same_bag(expected, run_rule(rule, events, options, restart)));
    }
}

TEST(matcher_state, of_a_rule_without_keys_goes_on) {
  auto text = replaced(std::string(fraud), "key: card\n", "");
  auto rule = rule_of(text, *payments());
  auto events = random_payments(4, 500);
  auto restart = [&](auto& task) {
    memory_state state;
    task->write(state);
    task = std::make_unique<rule_task>(rule, 1);
    task->read(state);
  };
  run_options options{64, 1, 1000, 5, {}};
  EXPECT_TRUE(same_bag(run_rule(rule, events, {}),
                       run_rule(rule, events, options, restart)));
}

TEST(matcher_state, remembers_what_is_late) {
  auto rule = rule_of(fraud, *payments());
  rule_task task(rule, 1);
  task.advance(1000);
  memory_state state;
  task.write(state);
  rule_task next(rule, 3);
  next.read(state);
  next.process(make_rows(payments(), {{1000, 1, "a", 5, 0}}));
  next.process(make_rows(payments(), {{1001, 1, "a", 5, 0}}));
  EXPECT_EQ(next.counters().late, 1);
}

// -- replacing ----------------------------------------------------------------

/// Lines when `to` replaces the rule between a small and a large payment.
std::vector<std::string> replace_between(const std::string& to,
                                         event_time watermark) {
  rule_task task(rule_of(fraud, *payments()), 3);
  task.process(make_rows(payments(), {{1000, 7, "Ann", 5, 0}}));
  task.advance(watermark);
  task.replace(rule_of(to, *payments()));
  task.process(make_rows(payments(), {{2000, 7, "Ann", 900, 0}}));
  task.advance(time_max);
  EXPECT_EQ(task.counters().events, 2);
  return task.lines();
}

TEST(replacing_a_rule, keeps_partial_matches_when_only_emit_changes) {
  auto to = replaced(replaced(std::string(fraud), "version: 1", "version: 2"),
                     "    card: card\n    who: small.owner\n    small: "
                     "small.amount\n",
                     "    sum: small.amount + amount\n");
  EXPECT_EQ(replace_between(to, 1500), std::vector<std::string>{"(905, 900)"});
}

TEST(replacing_a_rule, keeps_rows_that_wait_when_a_step_changes) {
  auto to = replaced(std::string(fraud), "amount > 500", "amount > 600");
  EXPECT_EQ(replace_between(to, 500),
            std::vector<std::string>{"(7, 'Ann', 5, 900)"});
}

TEST(replacing_a_rule, starts_anew_when_a_step_changes) {
  auto to = replaced(std::string(fraud), "amount > 500", "amount > 600");
  EXPECT_TRUE(replace_between(to, 1500).empty());
}

TEST(replacing_a_rule, starts_anew_when_the_window_changes) {
  auto to = replaced(std::string(fraud), "60 s", "50 s");
  EXPECT_TRUE(replace_between(to, 1500).empty());
}

TEST(replacing_a_rule, starts_anew_when_a_column_was_not_kept) {
  auto to = replaced(std::string(fraud), "small.owner", "small.ts");
  EXPECT_TRUE(replace_between(to, 1500).empty());
}

} // namespace
} // namespace herald::testing
