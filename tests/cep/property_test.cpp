#include "tests/cep/rule_runner.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Random rules over random events against a model that tries every tuple.

namespace herald::testing {
namespace {

struct event {
  std::int64_t ts;
  std::int64_t key;
  std::int64_t kind;
  std::int64_t value;
};

using tuple = std::vector<std::size_t>; ///< events, by number

/// True if event `x` may follow the events of `before`.
using model_condition = std::function<bool(
    const std::vector<event>& all, const tuple& before, const event& x)>;

struct model_step {
  std::string text;
  model_condition holds;
  bool strict = false;
};

struct model_rule {
  std::vector<model_step> steps;
  bool keyed = false;
  bool any = false;
  std::int64_t within_ms = 0;
};

std::string yaml_of(const model_rule& rule) {
  auto text = fmt::format("name: r\nversion: 1\nsource: events\n{}"
                          "within: {} ms\nsemantics: {}\npattern: |\n",
                          rule.keyed ? "key: k\n" : "", rule.within_ms,
                          rule.any ? "any" : "next");
  for (std::size_t i = 0; i < rule.steps.size(); ++i)
    text += fmt::format("  {}s{}: {}\n",
                        i == 0                 ? ""
                        : rule.steps[i].strict ? "then immediately "
                                               : "then ",
                        i, rule.steps[i].text);
  text += "emit:\n  into: m\n  columns:\n";
  for (std::size_t i = 0; i < rule.steps.size(); ++i)
    text += fmt::format("    c{}: s{}.seq\n", i, i);
  return text;
}

/// One of the kinds of conditions that a rule may have on step `i`.
model_step random_step(random_data& random, std::size_t i) {
  auto kind = random.number(0, 4);
  model_step own{fmt::format("kind = {}", kind),
                 [kind](const auto&, const tuple&, const event& x) {
                   return x.kind == kind;
                 },
                 i > 0 && random.chance(0.25)};
  if (i == 0 || random.chance(0.5))
    return own;
  auto of = static_cast<std::size_t>(
      random.number(0, static_cast<std::int64_t>(i)));
  auto with_own = random.chance(0.5);
  return {
      fmt::format("{}v > s{}.v + 10", with_own ? own.text + " and " : "", of),
      [of, own, with_own](const auto& all, const tuple& before,
                          const event& x) {
        return (!with_own || own.holds(all, before, x))
               && x.value > all[before[of]].value + 10;
      },
      own.strict};
}

/// Adds every match that begins with `before` to `out`.
void extend(const model_rule& rule, const std::vector<event>& all,
            tuple& before, std::vector<std::string>& out) {
  const auto step = before.size();
  if (step == rule.steps.size()) {
    out.push_back(fmt::format("({})", fmt::join(before, ", ")));
    return;
  }
  auto begin = before.empty() ? 0 : before.back() + 1;
  for (auto i = begin; i < all.size(); ++i) {
    const auto& x = all[i];
    if (step > 0 && rule.keyed && x.key != all[before[0]].key)
      continue;
    auto fits = rule.steps[step].holds(all, before, x)
                && (step == 0 || x.ts - all[before[0]].ts < rule.within_ms);
    if (fits) {
      before.push_back(i);
      extend(rule, all, before, out);
      before.pop_back();
    }
    if (step > 0 && ((fits && !rule.any) || rule.steps[step].strict))
      return;
  }
}

std::vector<event> random_events(random_data& random) {
  std::vector<event> result;
  std::int64_t ts = 0;
  for (auto count = random.number(1, 120); count > 0; --count) {
    ts += random.number(0, 6);
    result.push_back(
        {ts, random.number(0, 4), random.number(0, 4), random.number(0, 60)});
  }
  return result;
}

model_rule random_rule(random_data& random) {
  model_rule result;
  for (auto count = random.number(1, 5); count > 0; --count)
    result.steps.push_back(random_step(random, result.steps.size()));
  result.keyed = random.chance(0.5);
  result.any = random.chance(0.5);
  result.within_ms = random.number(1, 80);
  return result;
}

class rule_property : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(rule_property, matches_are_those_of_the_model) {
  random_data random(GetParam());
  auto model = random_rule(random);
  auto all = random_events(random);
  auto layout = layout_of("ts TIMESTAMP(3), k BIGINT NOT NULL, kind INT, "
                          "v BIGINT, seq BIGINT");
  std::vector<literal_row> rows;
  for (std::size_t i = 0; i < all.size(); ++i)
    rows.push_back({all[i].ts, all[i].key, all[i].kind, all[i].value, i});
  std::vector<std::string> expected;
  tuple before;
  extend(model, all, before, expected);
  auto yaml = yaml_of(model);
  SCOPED_TRACE(yaml);
  auto rule = rule_of(yaml, *layout);
  auto parallelism = model.keyed && random.chance(0.5) ? 3 : 1;
  for (std::int64_t batch_rows : {1, 7, 4096}) {
    run_options options{
        batch_rows, parallelism, random.number(0, 30), GetParam(), {}};
    SCOPED_TRACE(fmt::format("batches of {}", batch_rows));
    EXPECT_TRUE(
        same_bag(expected, run_rule(rule, make_rows(layout, rows), options)));
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, rule_property,
                         ::testing::Range(std::uint64_t{1},
                                          1 + seed_count(300)));

} // namespace
} // namespace herald::testing
