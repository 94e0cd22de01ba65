#include "tests/engine/operators/aggregate_model.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

// Sessions against rows that are sorted and cut at gaps.

namespace herald::testing {
namespace {

using output_kind = window_aggregate_spec::window_output;

constexpr std::int64_t gap = 1'500;

window_spec session_window() {
  window_spec result;
  result.size_ms = gap;
  result.kind = window_kind::session;
  return result;
}

schema_ptr with_bounds(schema layout) {
  for (const auto* name : {"window_start", "window_end", "window_time"})
    layout.fields.push_back({name, time_type()});
  return std::make_shared<schema>(std::move(layout));
}

schema_ptr output_layout(const std::vector<int>& keys) {
  schema result;
  for (auto key : keys)
    result.fields.push_back(
        stream_layout()->fields[static_cast<std::size_t>(key)]);
  for (auto& x : result_fields())
    result.fields.push_back(x);
  return with_bounds(std::move(result));
}

window_aggregate_spec spec_of(std::vector<int> keys) {
  window_aggregate_spec result;
  result.keys = std::move(keys);
  result.calls = model_calls();
  result.window = session_window();
  result.time_column = time_column_index;
  result.outputs = {output_kind::start, output_kind::end, output_kind::time};
  return result;
}

literal_values key_of(const literal_values& row, const std::vector<int>& keys) {
  literal_values result;
  for (auto key : keys)
    result.push_back(row[static_cast<std::size_t>(key)]);
  return result;
}

using row_group = std::vector<literal_values>;

/// The rows of each session of each key.
std::vector<row_group> sessions_of(std::vector<literal_values> rows,
                                   const std::vector<int>& keys) {
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return time_of(a) < time_of(b);
  });
  std::map<std::string, std::vector<row_group>> by_key;
  for (auto& row : rows) {
    auto& sessions = by_key[line_of(key_of(row, keys))];
    if (sessions.empty()
        || time_of(row) - time_of(sessions.back().back()) > gap)
      sessions.emplace_back();
    sessions.back().push_back(std::move(row));
  }
  std::vector<row_group> result;
  for (auto& [key, sessions] : by_key)
    for (auto& x : sessions)
      result.push_back(std::move(x));
  return result;
}

void add_bounds(literal_values& line, const row_group& session) {
  const auto end = time_of(session.back()) + gap;
  for (auto t : {time_of(session.front()), end, end - 1})
    line.push_back({time_type(), t});
}

std::vector<std::string> aggregate_sessions(std::vector<literal_values> rows,
                                            const std::vector<int>& keys) {
  std::vector<std::string> result;
  for (const auto& session : sessions_of(std::move(rows), keys)) {
    auto line = key_of(session[0], keys);
    for (auto& value : aggregate_by_hand(session))
      line.push_back(value);
    add_bounds(line, session);
    result.push_back(line_of(line));
  }
  return result;
}

std::vector<literal_values> values_of(const std::vector<stream_event>& x) {
  std::vector<literal_values> result;
  for (const auto& event : x)
    result.push_back(event.values);
  return result;
}

job_graph session_job(const std::vector<int>& keys, int parallelism,
                      std::int64_t disorder_ms) {
  return make_job({{stream_layout(), time_column_index, disorder_ms, keys}},
                  spec_of(keys), output_layout(keys), parallelism);
}

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
    expect_table([&](int p) { return session_job(keys, p, disorder_ms); },
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

/// The table function by itself.
TEST(session_rows, come_out_with_the_bounds_of_their_session) {
  for (std::int64_t disorder_ms : {2'000, 20'000}) {
    random_data data(4);
    stream_options options;
    options.disorder_ms = disorder_ms;
    auto events = random_stream(data, options);
    const std::vector<int> keys{key_column};
    window_assign_spec spec{time_column_index, session_window(), keys};
    std::vector<std::string> expected;
    for (const auto& session : sessions_of(values_of(events), keys))
      for (auto row : session) {
        add_bounds(row, session);
        expected.push_back(line_of(row));
      }
    const auto layout = with_bounds(*stream_layout());
    expect_table(
        [&](int p) {
          return make_job(
              {{stream_layout(), time_column_index, disorder_ms, keys}}, spec,
              layout, p);
        },
        {{0, splits_of(stream_layout(), events, options.splits)}}, expected,
        data);
  }
}

std::vector<std::string> run(const std::vector<literal_row>& rows,
                             std::int64_t bound, std::int64_t batch_rows,
                             std::int64_t& late) {
  auto spec = spec_of({key_column});
  spec.calls.resize(1);
  auto layout = std::make_shared<schema>(*output_layout({key_column}));
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
  local_runner runner(session_job({key_column}, 1, options.disorder_ms),
                      {{0, splits_of(stream_layout(), events, options.splits)}},
                      {9, 64});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_LT(runner.state_bytes_max(), 2 << 20);
}

} // namespace
} // namespace herald::testing
