#include "tests/engine/operators/aggregate_model.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

// Unbounded aggregation of changelogs: what is left of the rows at the end
// decides what is left of the results.

namespace herald::testing {
namespace {

schema_ptr output_layout(const std::vector<int>& keys, bool with_results) {
  schema result;
  for (auto key : keys)
    result.fields.push_back(
        stream_layout()->fields[static_cast<std::size_t>(key)]);
  if (with_results)
    for (auto& x : result_fields())
      result.fields.push_back(x);
  return std::make_shared<schema>(std::move(result));
}

std::vector<std::string>
aggregate_groups(const std::vector<literal_values>& rows,
                 const std::vector<int>& keys, bool with_results) {
  std::map<std::string, std::pair<literal_values, std::vector<literal_values>>>
      groups;
  for (const auto& row : rows) {
    literal_values key;
    for (auto k : keys)
      key.push_back(row[static_cast<std::size_t>(k)]);
    auto& at = groups[line_of(key)];
    at.first = key;
    at.second.push_back(row);
  }
  std::vector<std::string> result;
  for (auto& [name, x] : groups) {
    if (with_results)
      for (auto& value : aggregate_by_hand(x.second))
        x.first.push_back(value);
    result.push_back(line_of(x.first));
  }
  return result;
}

group_aggregate_spec spec_of(std::vector<int> keys, bool retracts) {
  group_aggregate_spec result;
  result.keys = std::move(keys);
  result.calls = model_calls();
  result.input_retracts = retracts;
  return result;
}

job_graph group_job(const group_aggregate_spec& spec, int parallelism) {
  return make_job({{stream_layout(), -1, 0, spec.keys}}, spec,
                  output_layout(spec.keys, !spec.calls.empty()), parallelism);
}

struct shape {
  std::vector<int> keys;
  double retracted;
  double null_keys;
};

class groups : public ::testing::TestWithParam<shape> {};

TEST_P(groups, follow_the_rows_that_are_left) {
  const auto& [keys, retracted, null_keys] = GetParam();
  for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    options.retracted = retracted;
    options.null_keys = null_keys;
    auto events = random_stream(data, options);
    auto input = splits_of(stream_layout(), events, options.splits);
    auto spec = spec_of(keys, retracted > 0);
    expect_table([&](int p) { return group_job(spec, p); }, {{0, input}},
                 aggregate_groups(rows_left(events), keys, true), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, groups,
    ::testing::Values(shape{{key_column}, 0, 0}, shape{{key_column}, 0.8, 0},
                      shape{{key_column}, 0.95, 0.2},
                      shape{{key_column, text_column}, 0.8, 0.1},
                      shape{{key_column, time_column_index}, 0.9, 0.1}));

TEST(group_aggregate, of_no_calls_gives_distinct_keys) {
  random_data data(7);
  stream_options options;
  options.retracted = 0.95;
  options.keys = 60;
  auto events = random_stream(data, options);
  auto spec = spec_of({key_column}, true);
  spec.calls.clear();
  expect_table([&](int p) { return group_job(spec, p); },
               {{0, splits_of(stream_layout(), events, options.splits)}},
               aggregate_groups(rows_left(events), spec.keys, false), data);
}

/// Moves between parallelisms with one phase and with two.
class two_phases : public ::testing::TestWithParam<shape> {};

TEST_P(two_phases, give_the_same) {
  const auto& [keys, retracted, null_keys] = GetParam();
  for (std::uint64_t seed = 31; seed < 31 + seed_count(3); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    options.retracted = retracted;
    options.null_keys = null_keys;
    options.hot_key = seed == 32 ? 0.8 : 0;
    const auto events = random_stream(data, options);
    const auto spec = spec_of(keys, retracted > 0);
    expect_table(
        [&](int p) {
          auto job = group_job(spec, p);
          return p == 1 && seed == 33 ? job : in_two_phases(std::move(job));
        },
        {{0, splits_of(stream_layout(), events, options.splits)}},
        aggregate_groups(rows_left(events), keys, true), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, two_phases,
    ::testing::Values(shape{{key_column}, 0, 0.1},
                      shape{{text_column, key_column}, 0, 0.1},
                      shape{{key_column}, 0.8, 0},
                      shape{{key_column}, 0.95, 0.2},
                      shape{{key_column, text_column}, 0.8, 0.1}));

/// A batch may change sums and leave the number of rows alone.
TEST(two_phases, take_changes_along_that_change_no_number_of_rows) {
  auto rows
      = make_changes(stream_layout(), {{change::insert, {1, "a", 1, 0}},
                                       {change::insert, {1, "b", 4, 0}},
                                       {change::update_before, {1, "b", 4, 0}},
                                       {change::update_after, {1, "c", 9, 0}},
                                       {change::remove, {1, "a", 1, 0}},
                                       {change::insert, {1, "a", 2, 0}}});
  const auto spec = spec_of({key_column}, true);
  local_runner runner(in_two_phases(group_job(spec, 1)), {{0, {rows}}}, {1, 2});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(print_rows(runner.results()),
            (std::vector<std::string>{
                "+I (1, 2, 2, 5, 1, 'b', 5)", "-U (1, 2, 2, 5, 1, 'b', 5)",
                "+U (1, 2, 2, 10, 1, 'c', 10)", "-U (1, 2, 2, 10, 1, 'c', 10)",
                "+U (1, 2, 2, 11, 2, 'c', 11)"}));
}

group_aggregate_spec count_spec() {
  auto result = spec_of({key_column}, true);
  result.calls.resize(1);
  return result;
}

TEST(group_aggregate, says_each_change_once_a_batch) {
  auto rows = make_changes(stream_layout(), {{change::insert, {1, "a", 1, 0}},
                                             {change::insert, {2, "a", 1, 0}},
                                             {change::insert, {1, "a", 1, 0}},
                                             {change::remove, {1, "a", 1, 0}},
                                             {change::remove, {1, "a", 1, 0}},
                                             {change::insert, {2, "a", 1, 0}}});
  auto spec = count_spec();
  spec.emit_update_before = true;
  auto layout = std::make_shared<schema>(*output_layout({key_column}, true));
  layout->fields.resize(2);
  auto run = [&](std::int64_t batch_rows) {
    auto job = make_job({{stream_layout(), -1, 0, spec.keys}}, spec, layout, 1);
    local_runner runner(std::move(job), {{0, {rows}}}, {1, batch_rows});
    EXPECT_EQ(runner.open(), absl::OkStatus());
    EXPECT_EQ(runner.run(), absl::OkStatus());
    return print_rows(runner.results());
  };
  using lines = std::vector<std::string>;
  EXPECT_EQ(run(1), (lines{"+I (1, 1)", "+I (2, 1)", "-U (1, 1)", "+U (1, 2)",
                           "-U (1, 2)", "+U (1, 1)", "-D (1, 1)", "-U (2, 1)",
                           "+U (2, 2)"}));
  EXPECT_EQ(run(6), (lines{"+I (2, 2)"}));
  spec.emit_update_before = false;
  EXPECT_EQ(run(1), (lines{"+I (1, 1)", "+I (2, 1)", "+U (1, 2)", "+U (1, 1)",
                           "-D (1, 1)", "+U (2, 2)"}));
}

TEST(group_aggregate, frees_the_memory_of_groups_that_are_gone) {
  auto spec = spec_of({key_column}, true);
  std::vector<stream_event> events;
  for (std::int64_t i = 0; i < 20'000; ++i) {
    literal_values row{{bigint_type(), i},
                       {stream_layout()->fields[1].type, std::string("t")},
                       {bigint_type(), i},
                       {time_type(), i}};
    events.push_back({change::insert, row, i, 0});
    events.push_back({change::remove, row, i, 0});
  }
  local_runner runner(group_job(spec, 1),
                      {{0, splits_of(stream_layout(), events, 1)}}, {1, 101});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  // Ids are given again: room for the groups of one batch, not for 20,000.
  EXPECT_LT(runner.state_bytes(), 200'000);
}

} // namespace
} // namespace herald::testing
