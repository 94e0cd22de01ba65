#include "tests/engine/operators/session_model.hpp"
#include "tests/engine/operators/window_model.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

// Sessions against rows that are sorted and cut at gaps.

namespace herald::testing {
namespace {

struct shape {
  std::vector<int> keys;
  int distinct_keys;
  std::int64_t disorder_ms;
};

class sessions : public ::testing::TestWithParam<shape> {};

TEST_P(sessions, are_rows_cut_at_gaps_whatever_their_order) {
  const auto& [keys, distinct_keys, disorder_ms] = GetParam();
  for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    options.keys = distinct_keys;
    options.disorder_ms = disorder_ms;
    auto events = random_stream(data, options);
    expect_table(
        [&](int p) { return session_job(session_spec(keys), p, disorder_ms); },
        {{0, splits_of(stream_layout(), events, options.splits)}},
        aggregate_sessions(values_of(events), keys), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, sessions,
    ::testing::Values(shape{{key_column}, 10, 3'000},
                      shape{{key_column}, 40, 30'000}, // many open at a time
                      shape{{key_column}, 3, 20'000},  // many are joined
                      shape{{text_column, key_column}, 10, 3'000},
                      shape{{}, 10, 3'000}));

// -- the table function by itself ---------------------------------------------

void expect_rows_of_sessions(const stream_options& options, std::uint64_t seed,
                             const std::vector<int>& keys) {
  SCOPED_TRACE(
      fmt::format("seed {}, {} ms out of order", seed, options.disorder_ms));
  random_data data(seed);
  const auto events = random_stream(data, options);
  const window_assign_spec spec{time_column_index, session_window(), keys};
  std::vector<std::string> expected;
  for (const auto& session : sessions_of(rows_left(events), keys))
    for (auto row : session) {
      add_bounds(row, session);
      expected.push_back(line_of(row));
    }
  const auto layout = with_bounds(*stream_layout());
  expect_table(
      [&](int p) {
        return make_job(
            {{stream_layout(), time_column_index, options.disorder_ms, keys}},
            spec, layout, p);
      },
      {{0, splits_of(stream_layout(), events, options.splits)}}, expected,
      data);
}

TEST(session_rows, come_out_with_the_bounds_of_their_session) {
  for (std::int64_t disorder_ms : {2'000, 20'000}) {
    stream_options options;
    options.disorder_ms = disorder_ms;
    expect_rows_of_sessions(options, 4, {key_column});
  }
}

TEST(session_rows, that_are_taken_back_leave_their_session) {
  for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed)
    for (std::int64_t disorder_ms : {3'000, 20'000})
      for (const double retracted : {0.02, 0.5}) {
        stream_options options;
        options.disorder_ms = disorder_ms;
        options.retracted = retracted;
        expect_rows_of_sessions(options, seed, {key_column});
        expect_rows_of_sessions(options, seed, {});
      }
}

TEST(session_rows, that_are_not_there_are_taken_back_too_late) {
  const window_assign_spec spec{
      time_column_index, session_window(), {key_column}};
  std::vector<literal_change> rows;
  for (auto kind : {change::insert, change::remove, change::remove})
    rows.push_back({kind, {1, "a", 1, 5'000}});
  rows.push_back({change::insert, {1, "b", 1, 5'000}});
  rows.push_back({change::remove, {1, "c", 1, 5'000}});
  for (std::int64_t batch_rows : {1, 10}) {
    local_runner runner(
        make_job({{stream_layout(), time_column_index, 1'000, {key_column}}},
                 spec, with_bounds(*stream_layout()), 1),
        {{0, {make_changes(stream_layout(), rows)}}}, {1, batch_rows});
    ASSERT_EQ(runner.open(), absl::OkStatus());
    ASSERT_EQ(runner.run(), absl::OkStatus());
    EXPECT_EQ(runner.rows_late(), 2);
    EXPECT_EQ(print_rows(runner.results()),
              std::vector<std::string>{
                  "(1, 'b', 1, 1970-01-01 00:00:05.000, 1970-01-01 "
                  "00:00:05.000, 1970-01-01 00:00:06.500, 1970-01-01 "
                  "00:00:06.499)"});
  }
}

std::vector<std::string> run(const std::vector<literal_row>& rows,
                             std::int64_t bound, std::int64_t batch_rows,
                             std::int64_t& late) {
  auto spec = session_spec({key_column});
  spec.calls.resize(1);
  auto layout = std::make_shared<schema>(*session_layout({key_column}));
  layout->fields.erase(layout->fields.begin() + 2, layout->fields.end() - 3);
  local_runner runner(
      make_job({{stream_layout(), time_column_index, bound, {key_column}}},
               spec, layout, 1),
      {{0, {make_rows(stream_layout(), rows)}}}, {1, batch_rows});
  EXPECT_EQ(runner.open(), absl::OkStatus());
  EXPECT_EQ(runner.run(), absl::OkStatus());
  late = runner.rows_late();
  return print_rows(runner.results());
}

literal_row at(std::int64_t t, std::int64_t key = 1) {
  return {key, "a", 1, t};
}

TEST(session_aggregate, joins_rows_that_are_just_the_gap_apart) {
  std::int64_t late = 0;
  for (std::int64_t batch_rows : {1, 10}) {
    const auto result
        = run({at(0), at(1'500), at(4'500), at(3'000), at(10'000)}, 2'000,
              batch_rows, late);
    EXPECT_EQ(result.size(), 2u);
    EXPECT_EQ(result[0], "(1, 4, 1970-01-01 00:00:00.000, 1970-01-01 "
                         "00:00:06.000, 1970-01-01 00:00:05.999)");
    EXPECT_EQ(late, 0);
  }
}

TEST(session_aggregate, counts_rows_whose_session_is_over_as_late) {
  std::int64_t late = 0;
  // After the third row the watermark is at 9 s: the row of 8 s belongs to an
  // open session, that of 7.4 s would have ended at 8.9 s.
  const auto result = run({at(0), at(9'400), at(10'000), at(7'400, 2),
                           at(8'000), at(7'400), at(3'000)},
                          1'000, 1, late);
  EXPECT_EQ(result.size(), 2u);
  EXPECT_EQ(late, 2); // key 2's, and that of 3 s
}

TEST(session_aggregate, forgets_sessions_that_are_over) {
  random_data data(8);
  stream_options options;
  options.rows = 20'000;
  options.end_ms = 2'000'000;
  options.keys = 1'000;
  auto events = random_stream(data, options);
  local_runner runner(
      session_job(session_spec({key_column}), 1, options.disorder_ms),
      {{0, splits_of(stream_layout(), events, options.splits)}}, {9, 64});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_LT(runner.state_bytes_max(), 2 << 20);
}

} // namespace
} // namespace herald::testing
