#include "tests/engine/operators/window_model.hpp"

#include <gtest/gtest.h>

// What operators do with rows that come behind the watermark: they give them
// away, each once, and keep the others. Windows: window_changes_test.cpp.

namespace herald::testing {
namespace {

constexpr std::int64_t bound = 1'000;
constexpr int batch_rows = 7;

std::vector<stream_event> disordered(std::uint64_t seed) {
  random_data data(seed);
  stream_options options;
  options.disorder_ms = 14'000;
  options.splits = 1;
  return random_stream(data, options);
}

job_graph job_of(const operator_spec& spec, const schema_ptr& layout, int p) {
  return make_job({{stream_layout(), time_column_index, bound, {key_column}}},
                  spec, layout, p);
}

/// The rows whose time the watermark has passed when they come.
std::vector<std::string> behind(const std::vector<stream_event>& events) {
  const auto passed = fired_before(events, batch_rows, bound);
  std::vector<std::string> result;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (time_of(events[i].values) < passed[i])
      result.push_back(line_of(events[i].values));
  return result;
}

TEST(late_rows, first_rows_give_away_what_the_watermark_passed) {
  const auto events = disordered(31);
  deduplicate_spec spec;
  spec.keys = {key_column};
  spec.time_column = time_column_index;
  spec.ttl_ms = 0;
  const auto expected = behind(events);
  ASSERT_GT(expected.size(), 10u);
  expect_late_rows([&](int p) { return job_of(spec, stream_layout(), p); },
                   events, batch_rows, expected);
}

TEST(late_rows, over_gives_away_what_the_watermark_passed) {
  const auto events = disordered(32);
  over_spec spec;
  spec.keys = {key_column};
  spec.order = {{time_column_index}};
  over_function number;
  number.kind = over_function::kind_type::row_number;
  number.call.type = bigint_type();
  spec.calls = {number};
  spec.mode = over_mode::with_watermark;
  spec.ttl_ms = 0;
  auto layout = std::make_shared<schema>(*stream_layout());
  layout->fields.push_back({"n", bigint_type()});
  expect_late_rows([&](int p) { return job_of(spec, layout, p); }, events,
                   batch_rows, behind(events));
}

TEST(late_rows, an_order_of_time_gives_away_what_the_watermark_passed) {
  const auto events = disordered(33);
  sort_spec spec;
  spec.order = {{time_column_index}};
  const auto job = [&](int) {
    return make_job({{stream_layout(), time_column_index, bound, {}}}, spec,
                    stream_layout(), 1);
  };
  expect_late_rows(job, events, batch_rows, behind(events));
}

/// Here a row's time is the end of its window, which is over a millisecond
/// before.
TEST(late_rows, windowed_top_n_gives_away_rows_of_windows_that_are_over) {
  const auto events = disordered(34);
  top_n_spec spec;
  spec.keys = {key_column, time_column_index};
  spec.order = {{value_column}};
  spec.window_end = time_column_index;
  spec.rank_output = false;
  const auto passed = fired_before(events, batch_rows, bound);
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < events.size(); ++i)
    if (time_of(events[i].values) <= passed[i])
      expected.push_back(line_of(events[i].values));
  expect_late_rows([&](int p) { return job_of(spec, stream_layout(), p); },
                   events, batch_rows, expected);
}

/// Which rows are late depends on the others of their session: what is known
/// is that each row is either counted or given away.
TEST(late_rows, sessions_count_or_give_away_each_row) {
  const auto events = disordered(35);
  window_spec window;
  window.kind = window_kind::session;
  window.size_ms = 400;
  auto spec = spec_of(window, {key_column});
  std::int64_t counted = 0;
  std::vector<std::string> late;
  for (const bool wants_late : {false, true}) {
    auto job = with_one_source(window_job(spec, 3, bound));
    if (wants_late)
      job = giving_late_rows(std::move(job));
    local_runner runner(std::move(job),
                        {{0, splits_of(stream_layout(), events, 1)}},
                        {7, batch_rows});
    ASSERT_EQ(runner.open(), absl::OkStatus());
    ASSERT_EQ(runner.run(), absl::OkStatus());
    if (wants_late) {
      late = table_of(runner.results());
      continue;
    }
    for (const auto& rows : runner.results())
      for (const auto count : rows->columns[1]->as<std::int64_t>())
        counted += count;
  }
  EXPECT_GT(late.size(), 10u);
  EXPECT_EQ(counted + static_cast<std::int64_t>(late.size()),
            static_cast<std::int64_t>(events.size()));
}

} // namespace
} // namespace herald::testing
