#include "engine/operators/pipeline.hpp"
#include "engine/operators/processing_time.hpp"
#include "tests/engine/operators/job_support.hpp"

#include <fmt/format.h>

// Windows by the clock, with a clock that the test sets.

namespace herald::testing {
namespace {

class collected final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    for (auto& line : print_rows(*rows))
      lines.push_back(std::move(line));
    return absl::OkStatus();
  }

  absl::Status advance(event_time t) override {
    watermarks.push_back(t);
    return absl::OkStatus();
  }

  std::vector<std::string> lines;
  std::vector<event_time> watermarks;
};

/// COUNT(*) by k, and when its window ended.
window_aggregate_spec count_spec(const window_spec& window) {
  window_aggregate_spec result;
  result.keys = {key_column};
  result.calls = {*make_aggregate("COUNT", {}, false, nullptr, true)};
  result.window = window;
  result.window.processing_time = true;
  result.time_column = time_column_index;
  result.outputs = {window_aggregate_spec::window_output::end};
  return result;
}

class clock_windows {
public:
  explicit clock_windows(const window_spec& window,
                         const emit_spec& emit = {}) {
    auto layout = std::make_shared<schema>();
    layout->fields = {stream_layout()->fields[0],
                      {"n", bigint_type().with_nullable(false)},
                      {"end", time_type()}};
    auto spec = count_spec(window);
    spec.emit = emit;
    work = make_operator(spec, {stream_layout()}, layout);
    EXPECT_EQ(work->open({}), absl::OkStatus());
  }

  /// Rows of key `k` at `now_ms`, whatever time they carry.
  void add(std::int64_t now_ms, std::int64_t k, int rows = 1) {
    work->set_time(now_ms);
    std::vector<literal_row> values(static_cast<std::size_t>(rows),
                                    literal_row{k, "a", 1, 77});
    EXPECT_EQ(work->process(0, make_rows(stream_layout(), values), out),
              absl::OkStatus());
  }

  void look(std::int64_t now_ms) {
    work->set_time(now_ms);
    EXPECT_EQ(work->resume(out), absl::OkStatus());
  }

  std::vector<std::string> take() {
    return std::exchange(out.lines, {});
  }

  std::unique_ptr<stream_operator> work;
  collected out;
};

using lines = std::vector<std::string>;

std::string line(std::int64_t k, std::int64_t n, std::string_view end) {
  return fmt::format("({}, {}, 1970-01-01 {})", k, n, end);
}

TEST(processing_time, ends_windows_when_the_clock_has_passed_them) {
  clock_windows x({10'000, 10'000, 0, window_kind::slide});
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
  x.add(1'000, 1, 2);
  x.add(9'999, 1);
  EXPECT_EQ(x.work->due_ms(), 10'000);
  x.look(9'999);
  EXPECT_EQ(x.take(), lines{});
  x.look(10'000);
  EXPECT_EQ(x.take(), (lines{line(1, 3, "00:00:10.000")}));
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
  // Rows themselves show that a window is over.
  x.add(15'000, 2);
  x.add(31'000, 2);
  EXPECT_EQ(x.take(), (lines{line(2, 1, "00:00:20.000")}));
  EXPECT_EQ(x.work->due_ms(), 40'000);
  EXPECT_EQ(x.work->advance(time_max, x.out), absl::OkStatus());
  EXPECT_EQ(x.take(), (lines{line(2, 1, "00:00:40.000")}));
  EXPECT_EQ(x.out.watermarks, (std::vector<event_time>{time_max}));
}

TEST(processing_time, lays_windows_over_local_time) {
  constexpr std::int64_t hour = 3'600'000;
  window_spec window{24 * hour, 24 * hour, 0, window_kind::slide};
  window.zone = "Asia/Shanghai";
  clock_windows x(window);
  x.add(15 * hour, 1);
  EXPECT_EQ(x.work->due_ms(), 16 * hour);
  x.add(16 * hour, 1);
  EXPECT_EQ(x.take(), (lines{"(1, 1, 1970-01-02 00:00:00.000)"}));
  EXPECT_EQ(x.work->due_ms(), 40 * hour);
  x.look(40 * hour - 1);
  EXPECT_EQ(x.take(), lines{});
  x.look(40 * hour);
  EXPECT_EQ(x.take(), (lines{"(1, 1, 1970-01-03 00:00:00.000)"}));
}

// On 1970-10-25 at 06:00 UTC the clock goes from 02:00 back to 01:00.
TEST(processing_time, ends_windows_of_a_repeated_hour_the_second_time) {
  constexpr std::int64_t hour = 3'600'000;
  constexpr std::int64_t change = 297 * 24 * hour + 6 * hour;
  window_spec window{hour / 2, hour / 2, 0, window_kind::slide};
  window.zone = "America/New_York";
  clock_windows x(window);
  x.add(change - hour + 10, 1);
  EXPECT_EQ(x.work->due_ms(), change + hour / 2);
  x.add(change - 10, 1);
  x.add(change + 10, 1);
  EXPECT_EQ(x.work->due_ms(), change + hour / 2);
  x.look(change + hour / 2);
  EXPECT_EQ(x.take(), (lines{"(1, 2, 1970-10-25 01:30:00.000)"}));
  EXPECT_EQ(x.work->due_ms(), change + hour);
  x.look(change + hour);
  EXPECT_EQ(x.take(), (lines{"(1, 1, 1970-10-25 02:00:00.000)"}));
}

TEST(processing_time, lets_event_time_pass) {
  clock_windows x({10'000, 10'000, 0, window_kind::slide});
  x.add(1'000, 1);
  EXPECT_EQ(x.work->advance(500'000, x.out), absl::OkStatus());
  EXPECT_EQ(x.out.watermarks, (std::vector<event_time>{500'000}));
  EXPECT_EQ(x.take(), lines{});
}

TEST(processing_time, slides_as_long_as_rows_are_in_windows) {
  clock_windows x({4'000, 2'000, 0, window_kind::slide});
  x.add(1'000, 1);
  x.look(2'000);
  EXPECT_EQ(x.take(), (lines{line(1, 1, "00:00:02.000")}));
  EXPECT_EQ(x.work->due_ms(), 4'000);
  x.look(4'100);
  EXPECT_EQ(x.take(), (lines{line(1, 1, "00:00:04.000")}));
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
}

TEST(processing_time, never_calls_a_row_late_when_the_clock_goes_back) {
  clock_windows x({10'000, 10'000, 0, window_kind::slide});
  x.add(25'000, 1);
  x.look(30'000);
  EXPECT_EQ(x.take().size(), 1u);
  x.add(12'000, 1);
  x.look(40'000);
  EXPECT_EQ(x.take(), (lines{line(1, 1, "00:00:40.000")}));
  EXPECT_EQ(x.work->counters().rows_late, 0);
}

TEST(processing_time, ends_sessions_after_their_gap) {
  clock_windows x({5'000, 0, 0, window_kind::session});
  x.add(1'000, 1);
  x.add(4'000, 1);
  x.look(6'500);
  EXPECT_EQ(x.take(), lines{});
  ASSERT_TRUE(x.work->due_ms().has_value());
  EXPECT_LE(*x.work->due_ms(), 12'000);
  x.look(12'000);
  EXPECT_EQ(x.take(), (lines{line(1, 2, "00:00:09.000")}));
}

TEST(processing_time, gives_sessions_early) {
  clock_windows x({5'000, 0, 0, window_kind::session}, {1'000, 0, 0});
  x.add(1'000, 1);
  x.add(1'500, 1);
  EXPECT_EQ(x.take(), lines{});
  EXPECT_LE(*x.work->due_ms(), 2'000);
  x.look(2'000);
  EXPECT_EQ(x.take(), (lines{line(1, 2, "00:00:06.500")}));
  x.add(4'000, 1);
  x.look(5'000);
  EXPECT_EQ(x.take(), (lines{"-D " + line(1, 2, "00:00:06.500"),
                             "+I " + line(1, 3, "00:00:09.000")}));
  x.look(12'000);
  EXPECT_EQ(x.take(), lines{});
  EXPECT_EQ(x.work->state_bytes(), 0);
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
}

} // namespace
} // namespace herald::testing
