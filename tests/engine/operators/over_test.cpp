#include "tests/engine/operators/over_model.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

// OVER against a model that looks at every row of the partition for every
// row: all modes, frames and functions.

namespace herald::testing {
namespace {

using bound = over_bound;
using bound_kind = over_bound::kind_type;
using shape = over_shape;

constexpr sort_key time_up{time_column_index};
constexpr sort_key value_down{value_column, true, false};
constexpr sort_key value_up{value_column};
constexpr sort_key text_up{text_column, false, false};

bound preceding(std::int64_t x) {
  return {bound_kind::preceding, {bigint_type(), x}};
}

bound following(std::int64_t x) {
  return {bound_kind::following, {bigint_type(), x}};
}

const bound from_start{bound_kind::unbounded_preceding, {}};
const bound to_end{bound_kind::unbounded_following, {}};
const bound current{bound_kind::current_row, {}};

// -- the cases ----------------------------------------------------------------

over_spec spec_of(const shape& s, over_mode mode, bool retracts,
                  const std::vector<over_model_call>& calls) {
  over_spec result;
  result.keys = {key_column};
  result.order = s.order;
  for (const auto& call : calls)
    result.calls.push_back(call.call);
  result.mode = mode;
  result.input_retracts = retracts;
  result.memory_bytes_max = 1 << 30;
  return result;
}

schema_ptr output_layout(const over_spec& spec) {
  auto result = std::make_shared<schema>(*stream_layout());
  for (const auto& x : spec.calls)
    result->fields.push_back(
        {fmt::format("f{}", result->fields.size()), x.call.type});
  return result;
}

struct mode_case {
  over_mode mode;
  double retracted;
};

void check(const shape& s, const mode_case& m, std::uint64_t seed, int keys) {
  SCOPED_TRACE(fmt::format("mode {}, {} taken back, seed {}",
                           static_cast<int>(m.mode), m.retracted, seed));
  random_data data(seed);
  stream_options options;
  options.rows = 250;
  options.keys = keys;
  options.retracted = m.retracted;
  auto events = random_stream(data, options);
  const bool in_time
      = m.mode == over_mode::with_watermark || m.mode == over_mode::on_arrival;
  const auto calls = over_model_calls(s, !in_time);
  const auto spec = spec_of(s, m.mode, m.retracted > 0, calls);
  auto total
      = m.mode == over_mode::on_arrival ? std::vector<sort_key>{} : s.order;
  for (int i = 0; m.retracted > 0 && i < 4; ++i)
    total.push_back({i});
  const auto job = [&](int p) {
    return make_job(
        {{stream_layout(), time_column_index, options.disorder_ms, spec.keys}},
        spec, output_layout(spec), p);
  };
  expect_table(job, {{0, splits_of(stream_layout(), events, options.splits)}},
               over_by_hand(rows_left(events), s, total, spec.keys, calls),
               data);
}

const over_frame rows_so_far{true, from_start, current};
const over_frame range_so_far{false, from_start, current};

class backward : public ::testing::TestWithParam<shape> {};

TEST_P(backward, frames_are_as_by_hand_with_the_watermark) {
  for (std::uint64_t seed = 1; seed <= seed_count(2); ++seed)
    check(GetParam(), {over_mode::with_watermark, 0}, seed, 8);
  check(GetParam(), {over_mode::with_watermark, 0}, 3, 1);
}

INSTANTIATE_TEST_SUITE_P(
    shapes, backward,
    ::testing::Values(
        shape{"rows", {time_up}, rows_so_far},
        shape{"range", {time_up}, range_so_far},
        shape{"last3", {time_up}, {true, preceding(2), current}},
        shape{"before", {time_up}, {true, preceding(3), preceding(1)}},
        shape{"far", {time_up}, {true, preceding(60), current}},
        shape{"lagging", {time_up}, {true, from_start, preceding(2)}},
        shape{"seconds", {time_up}, {false, preceding(5'000), current}},
        shape{"past", {time_up}, {false, preceding(9'000), preceding(2'000)}},
        shape{"two", {time_up, value_down}, {true, preceding(2), current}}),
    [](const auto& x) { return x.param.name; });

class any_order : public ::testing::TestWithParam<shape> {};

TEST_P(any_order, frames_are_as_by_hand_with_changes_and_at_the_end) {
  for (const auto mode : {over_mode::changing, over_mode::at_end})
    for (const auto retracted : {0.0, 0.8})
      check(GetParam(), {mode, retracted}, 5, 8);
}

INSTANTIATE_TEST_SUITE_P(
    shapes, any_order,
    ::testing::Values(
        shape{"rows", {value_down, time_up}, rows_so_far},
        shape{"range", {value_up}, range_so_far},
        shape{"around", {time_up}, {true, preceding(1), following(1)}},
        shape{"ahead", {text_up, time_up}, {true, following(1), following(3)}},
        shape{"near", {value_down}, {false, preceding(5), following(2)}},
        shape{"nulls_first", {value_up}, {false, preceding(3), current}},
        shape{"rest", {time_up}, {false, current, to_end}},
        shape{"from_near", {value_up}, {false, preceding(4), to_end}},
        shape{"all", {}, {false, from_start, to_end}}),
    [](const auto& x) { return x.param.name; });

TEST(over, counts_as_rows_arrive) {
  for (const auto& frame :
       {rows_so_far, over_frame{true, preceding(4), current}})
    check({"arrival", {time_up}, frame}, {over_mode::on_arrival, 0}, 9, 8);
}

TEST(over, drops_rows_behind_the_watermark) {
  const shape s{"rows", {time_up}, rows_so_far};
  const auto calls = over_model_calls(s, false);
  const auto spec = spec_of(s, over_mode::with_watermark, false, calls);
  auto rows = make_rows(
      stream_layout(),
      {{1, "a", 1, 100}, {1, "b", 1, 5'000}, {1, "late", 1, 4'000}});
  local_runner runner(
      make_job({{stream_layout(), time_column_index, 0, spec.keys}}, spec,
               output_layout(spec), 1),
      {{0, {rows}}}, {1, 1});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(runner.rows_late(), 1);
  EXPECT_EQ(print_rows(runner.results()).size(), 2u);
}

TEST(over, forgets_partitions_that_no_frame_sees_any_more) {
  const shape s{"seconds", {time_up}, {false, preceding(1'000), current}};
  auto calls = over_model_calls(s, false);
  calls.resize(1);
  const auto spec = spec_of(s, over_mode::with_watermark, false, calls);
  std::vector<stream_event> events;
  for (std::int64_t i = 0; i < 50'000; ++i)
    events.push_back({change::insert,
                      {{bigint_type(), i},
                       {stream_layout()->fields[1].type, std::string("t")},
                       {bigint_type(), i},
                       {time_type(), i * 10}},
                      i,
                      0});
  local_runner runner(
      make_job({{stream_layout(), time_column_index, 0, spec.keys}}, spec,
               output_layout(spec), 1),
      {{0, splits_of(stream_layout(), events, 1)}}, {1, 100});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_LT(runner.state_bytes_max(), 1'000'000);
}

TEST(over, fails_at_its_limit_of_memory) {
  const shape s{"rows", {value_up}, rows_so_far};
  const auto calls = over_model_calls(s, true);
  auto spec = spec_of(s, over_mode::at_end, false, calls);
  spec.memory_bytes_max = 1 << 20;
  random_data data(1);
  stream_options options;
  options.rows = 20'000;
  auto events = random_stream(data, options);
  local_runner runner(make_job({{stream_layout(), -1, 0, spec.keys}}, spec,
                               output_layout(spec), 1),
                      {{0, splits_of(stream_layout(), events, options.splits)}},
                      {1, 100});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  const auto status = runner.run();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_NE(message_of(status).find("more than 1 MiB"), std::string::npos)
      << status;
}

} // namespace
} // namespace herald::testing
