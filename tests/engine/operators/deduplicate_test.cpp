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

job_graph dedup_job(const deduplicate_spec& spec, int parallelism) {
  return make_job({{stream_layout(), -1, 0, spec.keys}}, spec, stream_layout(),
                  parallelism);
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
  EXPECT_EQ(run(spec, 1), (lines{"(1, 'a', 1)", "(2, 'b', 1)", "-U (1, 'a', 1)",
                                 "+U (1, 'c', 1)"}));
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

} // namespace
} // namespace herald::testing
