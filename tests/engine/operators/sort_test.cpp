#include "tests/engine/operators/order_model.hpp"

#include <algorithm>

#include <fmt/format.h>

// ORDER BY and LIMIT. Order shows only in the sequence of the results, so
// these look at it and not at the table that it leads to.

namespace herald::testing {
namespace {

constexpr sort_key time_up{time_column_index};
constexpr sort_key value_down{value_column, true, false};
constexpr sort_key text_up{text_column};

constexpr std::int64_t plenty = 1 << 30;

job_graph sort_job(operator_spec spec) {
  return make_job({{stream_layout(), time_column_index, 3'000, {}}},
                  std::move(spec), stream_layout(), 1);
}

std::vector<std::string> lines_of(const std::vector<batch_ptr>& rows) {
  std::vector<std::string> result;
  for (const auto& x : rows) {
    EXPECT_EQ(x->changes, nullptr);
    for (const auto& row : rows_of(*x))
      result.push_back(line_of(row));
  }
  return result;
}

/// The results in one go, and of a run that stops half way and goes on.
std::vector<std::vector<std::string>> run(const operator_spec& spec,
                                          const std::vector<batch_ptr>& splits,
                                          random_data& data) {
  std::vector<std::vector<std::string>> result;
  for (const auto batch_rows : {1, 7, 4096}) {
    local_runner runner(sort_job(spec), {{0, splits}}, {5, batch_rows});
    EXPECT_EQ(runner.open(), absl::OkStatus());
    EXPECT_EQ(runner.run(), absl::OkStatus());
    result.push_back(lines_of(runner.results()));
  }
  local_runner first(sort_job(spec), {{0, splits}}, {6, 11});
  EXPECT_EQ(first.open(), absl::OkStatus());
  const auto snapshot
      = first.run_to_barrier(static_cast<int>(data.number(1, 60)));
  EXPECT_EQ(snapshot.status(), absl::OkStatus());
  local_runner second(sort_job(spec), {{0, splits}}, {7, 13});
  EXPECT_EQ(second.open(*snapshot), absl::OkStatus());
  EXPECT_EQ(second.run(), absl::OkStatus());
  result.push_back(lines_of(first.results()));
  for (auto& line : lines_of(second.results()))
    result.back().push_back(std::move(line));
  return result;
}

std::vector<std::string> sorted_by_hand(std::vector<literal_values> rows,
                                        std::vector<sort_key> order,
                                        const sort_spec& spec) {
  for (int i = 0; spec.input_retracts && i < 4; ++i)
    order.push_back({i});
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    return compare_rows(a, b, order) < 0;
  });
  std::vector<std::string> result;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    if (place >= spec.offset
        && (!spec.limit || place < spec.offset + *spec.limit))
      result.push_back(line_of(rows[i]));
  }
  return result;
}

struct shape {
  std::vector<sort_key> order;
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit = {};
};

class sort_at_the_end : public ::testing::TestWithParam<shape> {};

TEST_P(sort_at_the_end, gives_all_rows_in_order) {
  for (const auto retracted : {0.0, 0.8}) {
    random_data data(4);
    stream_options options;
    options.rows = 300;
    options.retracted = retracted;
    options.splits = 1;
    const auto events = random_stream(data, options);
    sort_spec spec;
    spec.order = GetParam().order;
    spec.at_end = true;
    spec.offset = GetParam().offset;
    spec.limit = GetParam().limit;
    spec.input_retracts = retracted > 0;
    spec.memory_bytes_max = plenty;
    const auto expected = sorted_by_hand(rows_left(events), spec.order, spec);
    for (const auto& lines :
         run(spec, splits_of(stream_layout(), events, 1), data))
      EXPECT_EQ(lines, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, sort_at_the_end,
    ::testing::Values(shape{{value_down, text_up}}, shape{{text_up}},
                      shape{{time_up}, 5, 20}, shape{{value_down}, 0, 1},
                      shape{{value_down}, 290, 100}, shape{{}, 3, 4}));

TEST(time_sort, gives_rows_in_order_as_the_watermark_passes) {
  random_data data(8);
  stream_options options;
  options.splits = 1;
  const auto events = random_stream(data, options);
  sort_spec spec;
  spec.order = {time_up, value_down};
  const auto expected
      = sorted_by_hand(rows_left(events), spec.order, sort_spec{});
  for (const auto& lines :
       run(spec, splits_of(stream_layout(), events, 1), data))
    EXPECT_EQ(lines, expected);
}

TEST(sort, fails_at_its_limit_of_memory_but_not_with_a_limit_of_rows) {
  random_data data(2);
  stream_options options;
  options.rows = 30'000;
  const auto events = random_stream(data, options);
  sort_spec spec;
  spec.order = {value_down};
  spec.at_end = true;
  spec.memory_bytes_max = 1 << 20;
  const auto run_once = [&] {
    local_runner runner(
        sort_job(spec),
        {{0, splits_of(stream_layout(), events, options.splits)}}, {1, 100});
    EXPECT_EQ(runner.open(), absl::OkStatus());
    return runner.run();
  };
  const auto status = run_once();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(message_of(status).find("more than 1 MiB"), std::string::npos)
      << status;
  spec.limit = 50;
  EXPECT_EQ(run_once(), absl::OkStatus());
}

TEST(limit, passes_a_stretch_of_the_rows) {
  random_data data(3);
  stream_options options;
  options.splits = 1;
  const auto events = random_stream(data, options);
  sort_spec stretch;
  stretch.offset = 40;
  stretch.limit = 100;
  const auto expected = sorted_by_hand(rows_left(events), {}, stretch);
  for (const auto& lines :
       run(limit_spec{40, 100}, splits_of(stream_layout(), events, 1), data))
    EXPECT_EQ(lines, expected);
}

} // namespace
} // namespace herald::testing
