#include "tests/engine/operators/window_model.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

// Windowed aggregation against a list of rows for every window and key.

namespace herald::testing {
namespace {

class windows : public ::testing::TestWithParam<window_spec> {};

TEST_P(windows, give_the_same_in_two_phases) {
  for (std::uint64_t seed = 11; seed < 11 + seed_count(3); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    options.hot_key = seed == 11 ? 0.8 : 0;
    options.null_keys = seed == 12 ? 0 : 0.1;
    const auto keys = seed == 13 ? std::vector<int>{text_column, key_column}
                                 : std::vector<int>{key_column};
    const auto events = random_stream(data, options);
    const auto spec = spec_of(GetParam(), keys);
    expect_table(
        [&](int p) { // state moves between one phase and two
          auto job = window_job(spec, p, options.disorder_ms);
          return p == 1 && seed == 12 ? job : in_two_phases(std::move(job));
        },
        {{0, splits_of(stream_layout(), events, options.splits)}},
        aggregate_windows(values_of(events), GetParam(), keys), data);
  }
}

TEST_P(windows, give_what_lists_of_rows_give) {
  for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    std::vector<int> keys{key_column};
    if (seed == 2)
      keys = {text_column, key_column};
    if (seed == 3) { // the plain layout of keys: no NULLs
      options.null_keys = 0;
      options.rows = 900;
    }
    auto events = random_stream(data, options);
    // Keys of several columns may meet from any split: that is fine here,
    // for windows do not ask for an order.
    auto input = splits_of(stream_layout(), events, options.splits);
    auto spec = spec_of(GetParam(), keys);
    expect_table(
        [&](int p) { return window_job(spec, p, options.disorder_ms); },
        {{0, input}}, aggregate_windows(values_of(events), GetParam(), keys),
        data);
  }
}

INSTANTIATE_TEST_SUITE_P(shapes, windows,
                         ::testing::Values(window_spec{10'000, 10'000, 0},
                                           window_spec{10'000, 2'000, 0},
                                           window_spec{10'000, 4'000,
                                                       0}, // does not divide
                                           window_spec{7'000, 3'000, 1'500},
                                           window_spec{5'000, 5'000, -1'200},
                                           cumulate(12'000, 3'000, 0),
                                           cumulate(8'000, 1'000, -2'500)));

/// Rows with their windows, as a window table function gives them.
class windowed_rows : public ::testing::TestWithParam<window_spec> {};

TEST_P(windowed_rows, give_what_lists_of_rows_give) {
  random_data data(4);
  const auto window = GetParam();
  stream_options options;
  auto events = random_stream(data, options);
  auto assigned = std::make_shared<schema>(*stream_layout());
  for (const auto* name : {"window_start", "window_end", "window_time"})
    assigned->fields.push_back({name, time_type()});
  auto spec = spec_of(window, {key_column});
  spec.time_column.reset();
  spec.window_start_column = 4;
  spec.window_end_column = 5;
  auto job = [&](int p) {
    auto result = window_job(spec, p, options.disorder_ms);
    auto& scan = result.stages[0];
    stage_operator assign;
    assign.spec = window_assign_spec{time_column_index, window};
    assign.layout = assigned;
    assign.targets = scan.scan->targets;
    scan.scan->targets = {{target::kind::operation, 0, 0}};
    scan.operators.push_back(std::move(assign));
    result.edges[0].layout = assigned;
    return result;
  };
  expect_table(job, {{0, splits_of(stream_layout(), events, options.splits)}},
               aggregate_windows(values_of(events), window, {key_column}),
               data);
}

INSTANTIATE_TEST_SUITE_P(shapes, windowed_rows,
                         ::testing::Values(window_spec{10'000, 4'000, 0},
                                           cumulate(9'000, 3'000, 500)));

TEST(window_aggregate, keeps_one_group_when_there_is_no_key) {
  random_data data(5);
  window_spec window{5'000, 5'000, 0};
  stream_options options;
  auto events = random_stream(data, options);
  auto spec = spec_of(window, {});
  for (const bool two : {false, true})
    expect_table(
        [&](int p) {
          auto job = window_job(spec, p, options.disorder_ms);
          return two ? in_two_phases(std::move(job)) : job;
        },
        {{0, splits_of(stream_layout(), events, options.splits)}},
        aggregate_windows(values_of(events), window, {}), data);
}

/// Rows without a time have no pane: those behind count them.
TEST(window_aggregate, counts_rows_without_a_time_in_two_phases) {
  auto layout = std::make_shared<schema>(*stream_layout());
  auto& time = layout->fields[static_cast<std::size_t>(time_column_index)].type;
  time = time.with_nullable(true);
  const auto rows = make_rows(layout, {{1, "a", 1, 1'000},
                                       {1, "a", 1, null},
                                       {1, "a", 2, 2'000},
                                       {2, "a", 1, null},
                                       {1, "a", 3, 6'000},
                                       {1, "a", 1, null}});
  auto job = window_job(spec_of({5'000, 5'000, 0}, {key_column}), 1, 0);
  job.stages[0].scan->layout = layout;
  local_runner runner(in_two_phases(std::move(job)), {{0, {rows}}}, {1, 6});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(runner.rows_late(), 3);
  ASSERT_EQ(runner.results().size(), 2u);
}

/// Rows of a batch; whether they are combined before.
class late_arrivals
    : public ::testing::TestWithParam<std::pair<std::int64_t, bool>> {};

TEST_P(late_arrivals, are_dropped_and_counted) {
  const auto [batch_rows, two] = GetParam();
  const auto job
      = [&](const window_aggregate_spec& spec, int p, std::int64_t bound) {
          auto result = window_job(spec, p, bound);
          return two ? in_two_phases(std::move(result)) : result;
        };
  for (const auto& window :
       {window_spec{4'000, 4'000, 0}, window_spec{5'000, 2'000, 0},
        cumulate(6'000, 1'500, 0)}) {
    random_data data(6);
    stream_options options;
    options.disorder_ms = 8'000;
    options.splits = 1;
    auto events = random_stream(data, options);
    std::int64_t bound = 1'000; // less than the rows are out of order
    auto fired = fired_before(events, batch_rows, bound);
    const auto late = static_cast<std::int64_t>(
        rows_too_late(events, window, fired).size());
    ASSERT_GT(late, 10);
    auto spec = spec_of(window, {key_column});
    auto expected
        = aggregate_windows(values_of(events), window, spec.keys, fired);
    auto input = splits_of(stream_layout(), events, 1);
    local_runner runner(job(spec, 1, bound), {{0, input}}, {7, batch_rows});
    ASSERT_EQ(runner.open(), absl::OkStatus());
    ASSERT_EQ(runner.run(), absl::OkStatus());
    EXPECT_TRUE(same_bag(expected, table_of(runner.results())));
    EXPECT_EQ(runner.rows_late(), late);
    // And when it stops half way.
    for (int rounds : {20, 60, 150}) {
      SCOPED_TRACE(fmt::format("stopped after {} rounds", rounds));
      local_runner first(job(spec, 1, bound), {{0, input}}, {7, batch_rows});
      ASSERT_EQ(first.open(), absl::OkStatus());
      auto snapshot = first.run_to_barrier(rounds);
      ASSERT_EQ(snapshot.status(), absl::OkStatus());
      local_runner second(job(spec, 3, bound), {{0, input}}, {8, batch_rows});
      ASSERT_EQ(second.open(*snapshot), absl::OkStatus());
      ASSERT_EQ(second.run(), absl::OkStatus());
      auto all = first.results();
      all.insert(all.end(), second.results().begin(), second.results().end());
      EXPECT_TRUE(same_bag(expected, table_of(all)));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(batches, late_arrivals,
                         ::testing::Values(std::pair{1, false},
                                           std::pair{7, false},
                                           std::pair{1, true},
                                           std::pair{7, true}));

/// A job that stopped when no window was open still knows which have fired.
TEST(window_aggregate, fires_no_window_again_after_a_restart) {
  auto row = [](std::int64_t t) { return literal_row{1, "a", 1, t}; };
  auto rows = make_rows(stream_layout(), {row(1'000), row(60'000), row(2'000),
                                          row(61'000), row(62'000)});
  auto spec = spec_of({10'000, 10'000, 0}, {key_column});
  // The first watermark closes every window of the rows before it.
  auto job = [&](int p) { return window_job(spec, p, -20'000); };
  absl::StatusOr<job_snapshot> snapshot = absl::UnknownError("");
  for (int rounds = 1;; ++rounds) { // until just the first poll has happened
    local_runner again(job(1), {{0, {rows}}}, {1, 2});
    ASSERT_EQ(again.open(), absl::OkStatus());
    snapshot = again.run_to_barrier(rounds);
    ASSERT_EQ(snapshot.status(), absl::OkStatus());
    if (snapshot->positions.at(0).at(0).next == 2)
      break;
    ASSERT_LT(rounds, 100);
  }
  local_runner second(job(3), {{0, {rows}}}, {1, 1});
  ASSERT_EQ(second.open(*snapshot), absl::OkStatus());
  ASSERT_EQ(second.run(), absl::OkStatus());
  EXPECT_EQ(second.rows_late(), 3);
  EXPECT_TRUE(second.results().empty());
}

TEST(window_aggregate, forgets_windows_that_are_over) {
  random_data data(8);
  stream_options options;
  options.rows = 20'000;
  options.end_ms = 2'000'000;
  options.keys = 1'000;
  auto events = random_stream(data, options);
  auto spec = spec_of({10'000, 2'000, 0}, {key_column});
  local_runner runner(window_job(spec, 1, options.disorder_ms),
                      {{0, splits_of(stream_layout(), events, options.splits)}},
                      {9, 64});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(runner.state_bytes(), 0);
  // Some windows of rows at a time, not two million milliseconds of them.
  EXPECT_GT(runner.state_bytes_max(), 0);
  EXPECT_LT(runner.state_bytes_max(), 1 << 20);
}

} // namespace
} // namespace herald::testing
