#include "engine/operators/pipeline.hpp"
#include "tests/engine/operators/window_model.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

// Windows that give more than one result, against a list of rows for every
// window and key: whatever they gave on the way, the last counts.

namespace herald::testing {
namespace {

struct shape {
  window_spec window;
  emit_spec emit;
};

class changing_windows : public ::testing::TestWithParam<shape> {};

TEST_P(changing_windows, end_as_lists_of_rows_do) {
  const auto& [window, emit] = GetParam();
  for (std::uint64_t seed = 21; seed < 21 + seed_count(2); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    const std::vector<int> keys
        = seed == 21 ? std::vector<int>{key_column}
                     : std::vector<int>{text_column, key_column};
    const auto events = random_stream(data, options);
    auto spec = spec_of(window, keys);
    spec.emit = emit;
    expect_table(
        [&](int p) { return window_job(spec, p, options.disorder_ms); },
        {{0, splits_of(stream_layout(), events, options.splits)}},
        aggregate_windows(values_of(events), window, keys), data);
  }
}

TEST_P(changing_windows, take_rows_back) {
  const auto& [window, emit] = GetParam();
  random_data data(23);
  stream_options options;
  options.retracted = 0.4;
  const auto events = random_stream(data, options);
  auto spec = spec_of(window, {key_column});
  spec.emit = emit;
  spec.input_retracts = true;
  expect_table([&](int p) { return window_job(spec, p, options.disorder_ms); },
               {{0, splits_of(stream_layout(), events, options.splits)}},
               aggregate_windows(rows_left(events), window, {key_column}),
               data);
}

TEST_P(changing_windows, drop_what_comes_after_the_lateness) {
  const auto& [window, emit] = GetParam();
  constexpr std::int64_t bound = 1'000; // less than rows are out of order
  constexpr int batch_rows = 7;
  random_data data(24);
  stream_options options;
  options.disorder_ms = 14'000;
  options.splits = 1;
  const auto events = random_stream(data, options);
  const auto closed = fired_before(events, batch_rows, bound, emit.lateness_ms);
  const auto late = rows_too_late(events, window, closed);
  ASSERT_GT(late.size(), 5U);
  auto spec = spec_of(window, {key_column});
  spec.emit = emit;
  const auto expected
      = aggregate_windows(values_of(events), window, spec.keys, closed);
  const auto input = splits_of(stream_layout(), events, 1);
  local_runner runner(window_job(spec, 1, bound), {{0, input}},
                      {7, batch_rows});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_TRUE(same_bag(expected, table_of(runner.results())));
  EXPECT_EQ(runner.rows_late(), static_cast<std::int64_t>(late.size()));
  EXPECT_EQ(runner.state_bytes(), 0);
  expect_moved(
      [&](int parallelism) { return window_job(spec, parallelism, bound); },
      input, batch_rows, expected);
}

TEST_P(changing_windows, leave_the_late_rows_to_their_table) {
  const auto& [window, emit] = GetParam();
  constexpr std::int64_t bound = 1'000;
  constexpr int batch_rows = 7;
  random_data data(25);
  stream_options options;
  options.disorder_ms = 14'000;
  options.splits = 1;
  const auto events = random_stream(data, options);
  std::vector<std::string> expected;
  const auto late = rows_too_late(
      events, window,
      fired_before(events, batch_rows, bound, emit.lateness_ms));
  for (const auto& row : late)
    expected.push_back(line_of(row));
  auto spec = spec_of(window, {key_column});
  spec.emit = emit;
  expect_late_rows([&](int p) { return window_job(spec, p, bound); }, events,
                   batch_rows, expected);
}

INSTANTIATE_TEST_SUITE_P(
    shapes, changing_windows,
    ::testing::Values(shape{{10'000, 10'000, 0}, {0, 0, 0}},
                      shape{{10'000, 10'000, 0}, {{}, 4'000, 0}},
                      shape{{10'000, 4'000, 0}, {30, 3'000, 20}},
                      shape{{7'000, 3'000, 1'500}, {{}, 2'000, 30}},
                      shape{cumulate(8'000, 2'000, -2'500), {20, 1'000, 0}}));

// -- when results come --------------------------------------------------------

class collected final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    for (auto& line : print_rows(*rows))
      lines.push_back(std::move(line));
    return absl::OkStatus();
  }

  absl::Status advance(event_time t) override {
    watermark = t;
    return absl::OkStatus();
  }

  std::vector<std::string> take() {
    return std::exchange(lines, {});
  }

  std::vector<std::string> lines;
  event_time watermark = time_min;
};

/// COUNT(*) by k over ten seconds.
class one_window {
public:
  explicit one_window(const emit_spec& emit, bool update_before = true) {
    window_aggregate_spec spec;
    spec.keys = {key_column};
    spec.calls = {*make_aggregate("COUNT", {}, false, nullptr, true)};
    spec.window = {10'000, 10'000, 0};
    spec.time_column = time_column_index;
    spec.emit = emit;
    spec.emit_update_before = update_before;
    auto layout = std::make_shared<schema>();
    layout->fields = {stream_layout()->fields[0],
                      {"n", bigint_type().with_nullable(false)}};
    work = make_operator(spec, {stream_layout()}, layout);
    EXPECT_EQ(work->open({}), absl::OkStatus());
  }

  /// A row of key `k` that comes at `now_ms`.
  std::vector<std::string> add(std::int64_t now_ms, std::int64_t k,
                               event_time t) {
    work->set_time(now_ms);
    auto rows = make_rows(stream_layout(), {literal_row{k, "a", 1, t}});
    EXPECT_EQ(work->process(0, rows, out), absl::OkStatus());
    return out.take();
  }

  std::vector<std::string> advance(event_time t) {
    EXPECT_EQ(work->advance(t, out), absl::OkStatus());
    return out.take();
  }

  std::vector<std::string> at(std::int64_t now_ms) {
    work->set_time(now_ms);
    EXPECT_EQ(work->resume(out), absl::OkStatus());
    return out.take();
  }

  collected out;
  std::unique_ptr<stream_operator> work;
};

using lines = std::vector<std::string>;

TEST(window_changes, fire_early_when_the_delay_is_over) {
  one_window x({100, 0, 0});
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
  EXPECT_EQ(x.add(1'000, 1, 5'000), lines{});
  EXPECT_EQ(x.add(1'050, 1, 6'000), lines{});
  EXPECT_EQ(x.work->due_ms(), 1'100);
  EXPECT_EQ(x.at(1'099), lines{});
  EXPECT_EQ(x.at(1'100), lines{"+I (1, 2)"});
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
  EXPECT_EQ(x.add(1'300, 1, 7'000), lines{});
  EXPECT_EQ(x.add(1'301, 2, 7'000), lines{});
  // The end does not wait; what gave all that it has is silent.
  EXPECT_EQ(x.advance(9'999), (lines{"-U (1, 2)", "+U (1, 3)", "+I (2, 1)"}));
  EXPECT_EQ(x.out.watermark, 9'999);
  EXPECT_EQ(x.work->state_bytes(), 0);
  EXPECT_EQ(x.add(1'400, 1, 8'000), lines{});
  EXPECT_EQ(x.work->counters().rows_late, 1);
}

TEST(window_changes, give_nothing_before_the_end_unless_asked) {
  one_window x({{}, 5'000, 0});
  EXPECT_EQ(x.add(1, 1, 5'000), lines{});
  EXPECT_EQ(x.advance(9'998), lines{});
  EXPECT_EQ(x.advance(9'999), lines{"+I (1, 1)"});
  EXPECT_EQ(x.out.watermark, 4'999);
  EXPECT_EQ(x.add(2, 1, 9'000), (lines{"-U (1, 1)", "+U (1, 2)"}));
  EXPECT_EQ(x.add(3, 2, 9'000), lines{"+I (2, 1)"});
  EXPECT_EQ(x.advance(14'998), lines{});
  EXPECT_EQ(x.add(4, 2, 9'000), (lines{"-U (2, 1)", "+U (2, 2)"}));
  EXPECT_EQ(x.advance(14'999), lines{});
  EXPECT_EQ(x.out.watermark, 9'999);
  EXPECT_EQ(x.work->state_bytes(), 0);
  EXPECT_EQ(x.add(5, 2, 9'000), lines{});
  EXPECT_EQ(x.work->counters().rows_late, 1);
}

TEST(window_changes, hold_late_changes_back_for_the_late_delay) {
  one_window x({{}, 5'000, 100}, false);
  EXPECT_EQ(x.add(1, 1, 5'000), lines{});
  EXPECT_EQ(x.advance(9'999), lines{"+I (1, 1)"});
  EXPECT_EQ(x.add(1'000, 1, 9'000), lines{});
  EXPECT_EQ(x.add(1'001, 1, 9'000), lines{});
  EXPECT_EQ(x.work->due_ms(), 1'100);
  EXPECT_EQ(x.at(1'100), lines{"+U (1, 3)"});
  // What is still held back when the window is forgotten comes then.
  EXPECT_EQ(x.add(1'200, 1, 9'000), lines{});
  EXPECT_EQ(x.advance(20'000), lines{"+U (1, 4)"});
}

} // namespace
} // namespace herald::testing
