#include "tests/engine/operators/order_model.hpp"

#include <algorithm>

#include <fmt/format.h>

// Top-N of changelogs: what is left of the rows at the end decides which have
// a rank. Window Top-N: each window once.

namespace herald::testing {
namespace {

schema_ptr ranked_layout(const schema_ptr& input, const top_n_spec& spec) {
  auto result = std::make_shared<schema>(*input);
  if (spec.rank_output)
    result->fields.push_back({"rank", bigint_type().with_nullable(false)});
  return result;
}

job_graph top_n_job(const top_n_spec& spec, int parallelism) {
  return make_job({{stream_layout(), -1, 0, spec.keys}}, spec,
                  ranked_layout(stream_layout(), spec), parallelism);
}

constexpr sort_key value_down{value_column, true, false};
constexpr sort_key value_down_nulls_first{value_column, true, true};
constexpr sort_key text_up_nulls_last{text_column, false, false};
constexpr sort_key time_up{time_column_index};

struct shape {
  std::vector<int> keys;
  std::vector<sort_key> order;
  rank_kind rank = rank_kind::row_number;
  std::int64_t first = 1;
  std::int64_t last = 1;
  bool rank_output = true;
};

top_n_spec spec_of(const shape& x, bool retracts) {
  top_n_spec result;
  result.keys = x.keys;
  result.order = x.order;
  result.ties = {time_up};
  result.rank = x.rank;
  result.first = x.first;
  result.last = x.last;
  result.rank_output = x.rank_output;
  result.input_retracts = retracts;
  return result;
}

class ranks : public ::testing::TestWithParam<shape> {};

TEST_P(ranks, follow_the_rows_that_are_left) {
  for (const auto retracted : {0.0, 0.8}) {
    SCOPED_TRACE(fmt::format("{} of the rows taken back", retracted));
    random_data data(11);
    stream_options options;
    options.retracted = retracted;
    options.rows = 400;
    auto events = random_stream(data, options);
    auto input = splits_of(stream_layout(), events, options.splits);
    auto spec = spec_of(GetParam(), retracted > 0);
    expect_table([&](int p) { return top_n_job(spec, p); }, {{0, input}},
                 top_n_by_hand(rows_left(events), spec), data);
  }
}

using kind = rank_kind;

INSTANTIATE_TEST_SUITE_P(
    shapes, ranks,
    ::testing::Values(
        shape{{key_column}, {value_down}},
        shape{{key_column}, {value_down}, kind::row_number, 1, 1, false},
        shape{{key_column}, {value_down}, kind::row_number, 1, 5},
        shape{{key_column}, {value_down}, kind::row_number, 1, 5, false},
        shape{{key_column},
              {text_up_nulls_last, value_down_nulls_first},
              kind::row_number,
              2,
              4},
        shape{{key_column, text_column},
              {time_up},
              kind::row_number,
              2,
              3,
              false},
        shape{{key_column}, {value_down}, kind::rank, 1, 4},
        shape{{key_column}, {value_down}, kind::rank, 2, 4, false},
        shape{{key_column}, {text_up_nulls_last}, kind::dense_rank, 1, 2},
        shape{{key_column}, {value_down}, kind::dense_rank, 1, 3, false},
        shape{{key_column}, {}, kind::row_number, 1, 3, false},
        shape{{key_column}, {time_up}, kind::row_number, 1, 1000}));

class top_n : public ::testing::Test {
protected:
  using lines = std::vector<std::string>;

  static lines run(const top_n_spec& spec, const batch_ptr& rows,
                   std::int64_t batch_rows) {
    local_runner runner(top_n_job(spec, 1), {{0, {rows}}}, {1, batch_rows});
    EXPECT_EQ(runner.open(), absl::OkStatus());
    EXPECT_EQ(runner.run(), absl::OkStatus());
    return print_rows(runner.results());
  }
};

TEST_F(top_n, says_what_changes_at_each_rank) {
  auto rows = make_rows(stream_layout(), {{1, "a", 5, 0},
                                          {1, "b", 7, 1},
                                          {1, "c", 6, 2},
                                          {1, "d", 1, 3},
                                          {1, "b", 7, 1}});
  auto spec
      = spec_of({{key_column}, {value_down}, kind::row_number, 1, 2}, false);
  auto line = [](std::string_view op, std::string_view row, int rank) {
    return fmt::format("{} ({}, {})", op, row, rank);
  };
  const std::string a = "1, 'a', 5, 1970-01-01 00:00:00.000";
  const std::string b = "1, 'b', 7, 1970-01-01 00:00:00.001";
  const std::string c = "1, 'c', 6, 1970-01-01 00:00:00.002";
  EXPECT_EQ(run(spec, rows, 1),
            (lines{"(" + a + ", 1)", line("-U", a, 1), line("+U", b, 1),
                   line("+I", a, 2), line("-U", a, 2), line("+U", c, 2),
                   line("-U", c, 2), line("+U", b, 2)}));
  EXPECT_EQ(run(spec, rows, 5), (lines{"(" + b + ", 1)", "(" + b + ", 2)"}));
  spec.rank_output = false;
  EXPECT_EQ(run(spec, rows, 2),
            (lines{"(" + b + ")", "(" + a + ")", "-D (" + a + ")",
                   "+I (" + c + ")", "-D (" + c + ")", "+I (" + b + ")"}));
  spec.last = 1;
  spec.emit_update_before = false;
  EXPECT_EQ(run(spec, rows, 1), (lines{"(" + a + ")", "+U (" + b + ")"}));
}

TEST_F(top_n, keeps_no_more_rows_than_ranks) {
  random_data data(3);
  stream_options options;
  options.rows = 30'000;
  options.keys = 4;
  auto events = random_stream(data, options);
  auto spec
      = spec_of({{key_column}, {value_down}, kind::row_number, 1, 3}, false);
  local_runner runner(top_n_job(spec, 1),
                      {{0, splits_of(stream_layout(), events, options.splits)}},
                      {1, 500});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_LT(runner.state_bytes(), 300'000);
}

// -- windows ------------------------------------------------------------------

constexpr std::int64_t window_ms = 5'000;
constexpr int window_end_column = 4;

schema_ptr windowed_layout() {
  static const auto layout = [] {
    auto result = std::make_shared<schema>(*stream_layout());
    result->fields.push_back({"window_end", time_type()});
    return result;
  }();
  return layout;
}

class window_ranks : public ::testing::TestWithParam<shape> {};

TEST_P(window_ranks, leave_once_when_the_window_is_over) {
  random_data data(5);
  stream_options options;
  auto events = random_stream(data, options);
  for (auto& x : events) {
    const auto time = time_of(x.values);
    const auto start = time - ((time % window_ms) + window_ms) % window_ms;
    x.values.push_back({time_type(), start + window_ms});
  }
  auto spec = spec_of(GetParam(), false);
  spec.keys.push_back(window_end_column);
  spec.window_end = window_end_column;
  const auto job = [&](int p) {
    return make_job({{windowed_layout(), time_column_index, options.disorder_ms,
                      spec.keys}},
                    spec, ranked_layout(windowed_layout(), spec), p);
  };
  const split_rows input
      = {{0, splits_of(windowed_layout(), events, options.splits)}};
  expect_table(job, input, top_n_by_hand(rows_left(events), spec), data);
  local_runner runner(job(2), input, {1, 7});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  for (const auto& x : runner.results())
    EXPECT_EQ(x->changes, nullptr);
  EXPECT_EQ(runner.state_bytes(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    shapes, window_ranks,
    ::testing::Values(
        shape{{key_column}, {value_down}, kind::row_number, 1, 3},
        shape{{}, {value_down}, kind::rank, 1, 5},
        shape{{key_column}, {time_up}, kind::row_number, 1, 1, false}));

TEST(window_top_n, counts_rows_of_windows_that_are_over_as_late) {
  auto spec = spec_of({{key_column}, {value_down}}, false);
  spec.keys.push_back(window_end_column);
  spec.window_end = window_end_column;
  auto rows = make_rows(windowed_layout(), {{1, "a", 1, 100, 5'000},
                                            {1, "a", 1, 9'000, 10'000},
                                            {1, "b", 2, 200, 5'000}});
  local_runner runner(
      make_job({{windowed_layout(), time_column_index, 0, spec.keys}}, spec,
               ranked_layout(windowed_layout(), spec), 1),
      {{0, {rows}}}, {1, 1});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(runner.rows_late(), 1);
  EXPECT_EQ(print_rows(runner.results()).size(), 2u);
}

} // namespace
} // namespace herald::testing
