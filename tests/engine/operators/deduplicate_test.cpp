#include "tests/engine/operators/order_model.hpp"

#include <map>

#include <fmt/format.h>

// One row a key: the first or the last by time, or by arrival.

namespace herald::testing {
namespace {

/// The rows that stay; `events` are in order of arrival.
std::vector<std::string> one_a_key(const std::vector<stream_event>& events,
                                   const deduplicate_spec& spec) {
  std::map<std::string, literal_values> kept;
  for (const auto& x : events) {
    literal_values key;
    for (const auto k : spec.keys)
      key.push_back(x.values[static_cast<std::size_t>(k)]);
    const auto [at, is_new] = kept.try_emplace(line_of(key), x.values);
    if (is_new)
      continue;
    const auto was = time_of(at->second);
    const auto now = time_of(x.values);
    const bool replaces = spec.processing_time ? spec.keep_last
                          : spec.keep_last     ? now >= was
                                               : now < was;
    if (replaces)
      at->second = x.values;
  }
  std::vector<std::string> result;
  for (const auto& [name, row] : kept)
    result.push_back(line_of(row));
  return result;
}

/// The first row by event time needs a watermark.
job_graph dedup_job(const deduplicate_spec& spec, int parallelism) {
  const bool in_time = !spec.keep_last && !spec.processing_time;
  return make_job({{stream_layout(), in_time ? time_column_index : -1,
                    stream_options().disorder_ms, spec.keys}},
                  spec, stream_layout(), parallelism);
}

struct shape {
  std::vector<int> keys;
  bool keep_last;
  bool processing_time;
};

class deduplication : public ::testing::TestWithParam<shape> {};

TEST_P(deduplication, keeps_one_row_a_key) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    random_data data(seed);
    stream_options options;
    options.keys = 60;
    auto events = random_stream(data, options);
    deduplicate_spec spec;
    spec.keys = GetParam().keys;
    spec.time_column = time_column_index;
    spec.keep_last = GetParam().keep_last;
    spec.processing_time = GetParam().processing_time;
    expect_table([&](int p) { return dedup_job(spec, p); },
                 {{0, splits_of(stream_layout(), events, options.splits)}},
                 one_a_key(events, spec), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, deduplication,
    ::testing::Values(shape{{key_column}, true, false},
                      shape{{key_column}, false, false},
                      shape{{key_column, text_column}, true, false},
                      shape{{key_column}, true, true},
                      shape{{key_column}, false, true}));

std::vector<std::string> run(const deduplicate_spec& spec,
                             std::int64_t batch_rows) {
  auto rows = make_rows(
      stream_layout(),
      {{1, "a", 1, 5}, {2, "b", 1, 5}, {1, "c", 1, 4}, {1, "d", 1, 6}});
  local_runner runner(dedup_job(spec, 1), {{0, {rows}}}, {1, batch_rows});
  EXPECT_EQ(runner.open(), absl::OkStatus());
  EXPECT_EQ(runner.run(), absl::OkStatus());
  auto result = print_rows(runner.results());
  for (auto& line : result)
    line = line.substr(0, line.find(", 1970")) + ")";
  return result;
}

using lines = std::vector<std::string>;

TEST(deduplicate, updates_what_it_said_before) {
  deduplicate_spec spec{{key_column}, time_column_index, true, false, true, {}};
  EXPECT_EQ(run(spec, 1), (lines{"(1, 'a', 1)", "(2, 'b', 1)", "-U (1, 'a', 1)",
                                 "+U (1, 'd', 1)"}));
  EXPECT_EQ(run(spec, 4), (lines{"(1, 'd', 1)", "(2, 'b', 1)"}));
  spec.keep_last = false;
  EXPECT_EQ(run(spec, 1), (lines{"(1, 'c', 1)", "(2, 'b', 1)"}));
  spec.processing_time = true;
  EXPECT_EQ(run(spec, 1), (lines{"(1, 'a', 1)", "(2, 'b', 1)"}));
}

TEST(deduplicate, keeps_only_keys_and_times_when_nobody_needs_old_rows) {
  deduplicate_spec spec{
      {key_column}, time_column_index, true, false, false, {}};
  EXPECT_EQ(run(spec, 1),
            (lines{"(1, 'a', 1)", "(2, 'b', 1)", "+U (1, 'd', 1)"}));
  random_data data(1);
  stream_options options;
  options.rows = 20'000;
  options.keys = 1'000'000;
  auto events = random_stream(data, options);
  const auto bytes = [&](bool update_before) {
    spec.emit_update_before = update_before;
    local_runner runner(
        dedup_job(spec, 1),
        {{0, splits_of(stream_layout(), events, options.splits)}}, {1, 500});
    EXPECT_EQ(runner.open(), absl::OkStatus());
    EXPECT_EQ(runner.run(), absl::OkStatus());
    return runner.state_bytes();
  };
  EXPECT_LT(bytes(false) * 3, bytes(true) * 2);
}

/// What reaches the end, and the watermarks between.
class collected final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    for (auto& line : print_rows(*rows))
      lines.push_back(line.substr(0, line.find(", 1970")) + ")");
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    lines.emplace_back("watermark");
    return absl::OkStatus();
  }

  std::vector<std::string> lines;
};

TEST(first_row, comes_when_the_watermark_has_come_to_it) {
  const deduplicate_spec spec{
      {key_column}, time_column_index, false, false, true, {}};
  const auto work = make_operator(spec, {stream_layout()}, stream_layout());
  ASSERT_EQ(work->open({}), absl::OkStatus());
  collected out;
  const auto give = [&](const std::vector<literal_row>& rows) {
    ASSERT_EQ(work->process(0, make_rows(stream_layout(), rows), out),
              absl::OkStatus());
  };
  const auto advance = [&](event_time t) {
    EXPECT_EQ(work->advance(t, out), absl::OkStatus());
    return std::exchange(out.lines, {});
  };
  give({{1, "a", 1, 10}, {2, "b", 1, 9}, {1, "c", 1, 8}, {1, "d", 1, 8}});
  EXPECT_EQ(advance(7), (lines{"watermark"}));
  EXPECT_EQ(advance(8), (lines{"(1, 'c', 1)", "watermark"}));
  // Behind the watermark; of a key that had its row; earlier than what waits.
  give({{3, "e", 1, 8}, {1, "f", 1, 9}, {2, "g", 1, 8}, {4, "h", 1, 20}});
  EXPECT_EQ(work->counters().rows_late, 2);
  EXPECT_EQ(advance(12), (lines{"(2, 'b', 1)", "watermark"}));
  EXPECT_EQ(advance(time_max), (lines{"(4, 'h', 1)", "watermark"}));
}

TEST(first_row, forgets_rows_that_others_came_before) {
  const deduplicate_spec spec{
      {key_column}, time_column_index, false, false, true, {}};
  const auto work = make_operator(spec, {stream_layout()}, stream_layout());
  ASSERT_EQ(work->open({}), absl::OkStatus());
  collected out;
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < 400; ++i) {
    std::vector<literal_row> rows;
    for (std::int64_t k = 0; k < 100; ++k)
      rows.push_back({k, std::string(100, 'x'), i, 1'000 - i});
    ASSERT_EQ(work->process(0, make_rows(stream_layout(), rows), out),
              absl::OkStatus());
    if (i == 50)
      most = work->state_bytes();
  }
  EXPECT_LE(work->state_bytes(), most + most / 4);
  ASSERT_EQ(work->advance(700, out), absl::OkStatus());
  ASSERT_EQ(out.lines.size(), 101U);
  EXPECT_EQ(out.lines[99].substr(0, 6), "(99, '");
}

} // namespace
} // namespace herald::testing
