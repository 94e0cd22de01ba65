#include "tests/cep/rule_runner.hpp"
#include "tests/support/rows.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// What a matcher does at its bounds.

namespace herald::testing {
namespace {

std::string rule_text(std::string_view mode) {
  return fmt::format(R"(name: r
version: 1
source: events
key: k
within: 1 h
semantics: {}
pattern: |
  a: kind = 1
  then b: kind = 2
emit:
  into: m
  columns: {{a: a.ts, k: k}}
)",
                     mode);
}

const schema_ptr& layout() {
  static const auto result = layout_of("ts TIMESTAMP(3), k BIGINT, kind INT");
  return result;
}

std::int64_t as_ms(const std::string& line) {
  // "(1970-01-01 00:00:00.007, …": the milliseconds.
  return std::stoll(line.substr(line.find('.') + 1, 3));
}

TEST(matcher_limits, a_key_keeps_its_youngest_runs) {
  matcher_limits limits;
  limits.runs_per_key = 8;
  rule_task task(rule_of(rule_text("next"), *layout()), 1, limits);
  for (int i = 0; i < 9; ++i)
    task.process(make_rows(layout(), {{i, 1, 1}}));
  for (int i = 9; i < 17; ++i)
    task.process(make_rows(layout(), {{i, 2, 1}}));
  task.advance(16);
  EXPECT_EQ(task.counters().partial_matches, 7 + 8);
  EXPECT_EQ(task.counters().dropped, 2);
  task.process(make_rows(layout(), {{17, 1, 2}}));
  task.advance(time_max);
  auto lines = task.lines();
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(as_ms(lines[0]), 2);
}

TEST(matcher_limits, all_keys_together_keep_the_youngest_runs) {
  matcher_limits limits;
  limits.runs = 16;
  rule_task task(rule_of(rule_text("next"), *layout()), 1, limits);
  for (int i = 0; i < 17; ++i) {
    task.process(make_rows(layout(), {{i, i, 1}}));
    task.advance(i);
  }
  EXPECT_EQ(task.counters().partial_matches, 14);
  EXPECT_EQ(task.counters().dropped, 3);
}

TEST(matcher_limits, runs_of_one_batch_are_bounded) {
  matcher_limits limits;
  limits.runs = 100;
  rule_task task(rule_of(rule_text("any"), *layout()), 1, limits);
  std::vector<literal_row> rows;
  for (int i = 0; i < 300; ++i)
    rows.push_back({i, i, 1});
  task.process(make_rows(layout(), rows));
  task.advance(1000);
  EXPECT_EQ(task.counters().partial_matches, 88);
  EXPECT_EQ(task.counters().dropped, 212);
}

TEST(matcher_limits, too_many_waiting_rows_are_let_through_early) {
  matcher_limits limits;
  limits.pending_rows = 10;
  rule_task task(rule_of(rule_text("next"), *layout()), 1, limits);
  for (int i = 0; i < 10; ++i)
    task.process(make_rows(layout(), {{i, 1, i == 0 ? 1 : 2}}));
  EXPECT_EQ(task.counters().matches, 0);
  task.process(make_rows(layout(), {{10, 1, 2}}));
  EXPECT_EQ(task.counters().matches, 1);
  task.process(make_rows(layout(), {{5, 1, 1}, {6, 1, 1}}));
  EXPECT_EQ(task.counters().late, 1);
}

TEST(matcher_limits, a_batch_of_very_many_matches_is_given_out_in_parts) {
  rule_task task(rule_of(rule_text("any"), *layout()), 1);
  std::vector<literal_row> rows;
  for (int i = 0; i < 600; ++i)
    rows.push_back({i, 1, i < 300 ? 1 : 2});
  task.process(make_rows(layout(), rows));
  task.advance(time_max);
  EXPECT_EQ(task.counters().matches, 300 * 300);
  for (const auto& part : task.out.batches)
    EXPECT_LE(part->rows, static_cast<std::int64_t>(emit_rows_max));
}

TEST(matcher_memory, is_flat_when_time_goes_on) {
  auto text = rule_text("next");
  text.replace(text.find("1 h"), 3, "1 s");
  rule_task task(rule_of(text, *layout()), 1);
  for (int part = 0; part < 100; ++part) {
    std::vector<literal_row> rows;
    for (int i = 0; i < 2000; ++i)
      rows.push_back({part * 2000 + i, part * 2000 + i, 1});
    task.process(make_rows(layout(), rows));
    task.advance(part * 2000 + 1999);
    // Alive are a second's; swept are those of some batches at once.
    EXPECT_LE(task.counters().partial_matches, 20'000);
  }
  task.advance(time_max);
  EXPECT_EQ(task.counters().partial_matches, 0);
  EXPECT_EQ(task.counters().dropped, 0);
}

} // namespace
} // namespace herald::testing
