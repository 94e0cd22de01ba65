#include "engine/columnar/builder.hpp"
#include "engine/operators/pipeline.hpp"
#include "tests/engine/operators/session_model.hpp"

// When sessions that change give their results, and which.

namespace herald::testing {
namespace {

/// COUNT(*) by k, over sessions with a gap of 1.5 s; gives start and end.
class one_session {
public:
  explicit one_session(const emit_spec& emit, bool retracts,
                       bool update_before = true) {
    window_aggregate_spec spec;
    spec.keys = {key_column};
    spec.calls = {*make_aggregate("COUNT", {}, false, nullptr, true)};
    spec.window = session_window();
    spec.time_column = time_column_index;
    using output = window_aggregate_spec::window_output;
    spec.outputs = {output::start, output::end};
    spec.emit = emit;
    spec.input_retracts = retracts;
    spec.emit_update_before = update_before;
    auto layout = std::make_shared<schema>();
    layout->fields = {stream_layout()->fields[0],
                      {"n", bigint_type().with_nullable(false)},
                      {"window_start", time_type()},
                      {"window_end", time_type()}};
    work = make_operator(spec, {stream_layout()}, layout);
    EXPECT_EQ(work->open({}), absl::OkStatus());
  }

  std::vector<std::string> add(std::int64_t now_ms, event_time t,
                               change kind = change::insert) {
    work->set_time(now_ms);
    batch_builder rows(stream_layout());
    rows.append({scalar{bigint_type(), std::int64_t{1}},
                 scalar{stream_layout()->fields[1].type, std::string("a")},
                 scalar{bigint_type(), std::int64_t{1}},
                 scalar{time_type(), t}},
                kind);
    EXPECT_EQ(work->process(0, rows.finish(), out), absl::OkStatus());
    return take();
  }

  std::vector<std::string> advance(event_time t) {
    EXPECT_EQ(work->advance(t, out), absl::OkStatus());
    return take();
  }

  std::vector<std::string> at(std::int64_t now_ms) {
    work->set_time(now_ms);
    EXPECT_EQ(work->resume(out), absl::OkStatus());
    return take();
  }

  /// Without the date.
  std::vector<std::string> take() {
    auto result = out.take();
    // A batch of inserts has no changes.
    for (auto& line : result)
      if (line.starts_with('('))
        line = "+I " + line;
    constexpr std::string_view day = "1970-01-01 00:00:";
    for (auto& line : result)
      for (auto at = line.find(day); at != std::string::npos;
           at = line.find(day))
        line.erase(at, day.size());
    return result;
  }

  collected out;
  std::unique_ptr<stream_operator> work;
};

using lines = std::vector<std::string>;

TEST(session_changes, fall_apart_when_what_joined_them_goes) {
  one_session x({}, true);
  x.add(1, 0);
  x.add(1, 1'000);
  x.add(1, 2'000);
  EXPECT_EQ(x.add(1, 1'000, change::remove), lines{});
  EXPECT_EQ(x.advance(1'499), lines{});
  EXPECT_EQ(x.advance(1'500), lines{"+I (1, 1, 00.000, 01.500)"});
  EXPECT_EQ(x.out.watermark, 1'499);
  EXPECT_EQ(x.advance(3'499), lines{});
  EXPECT_EQ(x.advance(3'500), lines{"+I (1, 1, 02.000, 03.500)"});
  EXPECT_EQ(x.work->state_bytes(), 0);
}

TEST(session_changes, that_end_earlier_come_with_the_next_watermark) {
  one_session x({}, true);
  x.add(1, 0);
  x.add(1, 1'000);
  EXPECT_EQ(x.advance(2'000), lines{});
  EXPECT_EQ(x.add(1, 1'000, change::remove), lines{});
  EXPECT_EQ(x.advance(2'001), lines{"+I (1, 1, 00.000, 01.500)"});
  // It is over: what would take its row back comes too late.
  EXPECT_EQ(x.add(1, 0, change::remove), lines{});
  EXPECT_EQ(x.work->counters().rows_late, 1);
}

TEST(session_changes, of_rows_that_are_all_taken_back_give_nothing) {
  one_session x({}, true);
  x.add(1, 0);
  x.add(1, 0, change::update_before);
  EXPECT_EQ(x.work->state_bytes(), 0);
  EXPECT_EQ(x.advance(time_max), lines{});
}

TEST(session_changes, fire_early_when_the_delay_is_over) {
  one_session x({100, 0, 0}, false);
  EXPECT_EQ(x.add(1'000, 0), lines{});
  EXPECT_EQ(x.add(1'050, 0), lines{});
  EXPECT_EQ(x.work->due_ms(), 1'100);
  EXPECT_EQ(x.at(1'100), lines{"+I (1, 2, 00.000, 01.500)"});
  EXPECT_EQ(x.work->due_ms(), std::nullopt);
  EXPECT_EQ(x.add(1'200, 0), lines{});
  EXPECT_EQ(x.at(1'300),
            (lines{"-U (1, 2, 00.000, 01.500)", "+U (1, 3, 00.000, 01.500)"}));
  // Bounds that move are another session.
  EXPECT_EQ(x.add(1'400, 500), lines{});
  EXPECT_EQ(x.at(1'500),
            (lines{"-D (1, 3, 00.000, 01.500)", "+I (1, 4, 00.000, 02.000)"}));
  EXPECT_EQ(x.advance(2'000), lines{});
  EXPECT_EQ(x.work->state_bytes(), 0);
}

TEST(session_changes, take_back_what_is_wrong_before_its_end_is_passed_on) {
  one_session x({60'000, 0, 0}, false);
  x.add(1, 0);
  EXPECT_EQ(x.at(60'001), lines{"+I (1, 1, 00.000, 01.500)"});
  EXPECT_EQ(x.add(60'002, 1'000), lines{});
  EXPECT_EQ(x.advance(1'499), lines{});
  EXPECT_EQ(x.advance(1'500),
            (lines{"-D (1, 1, 00.000, 01.500)", "+I (1, 2, 00.000, 02.500)"}));
  EXPECT_EQ(x.out.watermark, 1'499);
}

TEST(session_changes, join_and_leave_out_what_nobody_needs) {
  one_session x({0, 0, 0}, true, false);
  EXPECT_EQ(x.add(1, 0), lines{"+I (1, 1, 00.000, 01.500)"});
  EXPECT_EQ(x.add(1, 0), lines{"+U (1, 2, 00.000, 01.500)"});
  EXPECT_EQ(x.add(1, 3'000), lines{"+I (1, 1, 03.000, 04.500)"});
  EXPECT_EQ(x.add(1, 1'500),
            (lines{"-D (1, 2, 00.000, 01.500)", "-D (1, 1, 03.000, 04.500)",
                   "+I (1, 4, 00.000, 04.500)"}));
  EXPECT_EQ(x.add(1, 1'500, change::remove),
            (lines{"-D (1, 4, 00.000, 04.500)", "+I (1, 2, 00.000, 01.500)",
                   "+I (1, 1, 03.000, 04.500)"}));
  EXPECT_EQ(x.add(1, 3'000, change::remove),
            lines{"-D (1, 1, 03.000, 04.500)"});
}

TEST(session_changes, take_late_rows_for_the_lateness) {
  one_session x({{}, 5'000, 0}, false);
  EXPECT_EQ(x.add(1, 0), lines{});
  EXPECT_EQ(x.advance(1'500), lines{"+I (1, 1, 00.000, 01.500)"});
  EXPECT_EQ(x.out.watermark, -3'501);
  EXPECT_EQ(x.add(2, 0),
            (lines{"-U (1, 1, 00.000, 01.500)", "+U (1, 2, 00.000, 01.500)"}));
  // It goes on: its result comes when it is over.
  EXPECT_EQ(x.add(3, 500), lines{"-D (1, 2, 00.000, 01.500)"});
  EXPECT_EQ(x.advance(2'000), lines{"+I (1, 3, 00.000, 02.000)"});
  EXPECT_EQ(x.advance(6'999), lines{});
  EXPECT_EQ(x.add(4, 0),
            (lines{"-U (1, 3, 00.000, 02.000)", "+U (1, 4, 00.000, 02.000)"}));
  EXPECT_EQ(x.advance(7'000), lines{});
  EXPECT_EQ(x.out.watermark, 1'999);
  EXPECT_EQ(x.work->state_bytes(), 0);
  EXPECT_EQ(x.add(5, 500), lines{});
  EXPECT_EQ(x.work->counters().rows_late, 1);
}

TEST(session_changes, hold_late_changes_back_for_the_late_delay) {
  one_session x({{}, 5'000, 100}, true);
  x.add(1, 0);
  EXPECT_EQ(x.advance(1'500), lines{"+I (1, 1, 00.000, 01.500)"});
  EXPECT_EQ(x.add(1'000, 0), lines{});
  EXPECT_EQ(x.add(1'001, 0), lines{});
  EXPECT_EQ(x.work->due_ms(), 1'100);
  EXPECT_EQ(x.at(1'100),
            (lines{"-U (1, 1, 00.000, 01.500)", "+U (1, 3, 00.000, 01.500)"}));
  // What is still held back when the session is forgotten comes then.
  EXPECT_EQ(x.add(1'200, 0, change::remove), lines{});
  EXPECT_EQ(x.advance(20'000),
            (lines{"-U (1, 3, 00.000, 01.500)", "+U (1, 2, 00.000, 01.500)"}));
}

TEST(session_changes, keep_nothing_of_rows_that_come_and_go) {
  one_session x({60'000, 0, 0}, true);
  x.add(1, 0);
  const auto before = x.work->state_bytes();
  for (int i = 0; i < 20'000; ++i) {
    x.add(1, i % 50 * 1'000);
    x.add(1, i % 50 * 1'000, change::remove);
  }
  EXPECT_LT(x.work->state_bytes(), before + (256 << 10));
  EXPECT_EQ(x.advance(time_max), lines{"+I (1, 1, 00.000, 01.500)"});
  EXPECT_EQ(x.work->state_bytes(), 0);
}

} // namespace
} // namespace herald::testing
