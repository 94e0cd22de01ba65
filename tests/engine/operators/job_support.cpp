#include "tests/engine/operators/job_support.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/check.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::testing {

data_type bigint_type() {
  return data_type::of(type_kind::bigint);
}

data_type time_type() {
  return data_type::timestamp(3).with_nullable(false);
}

schema_ptr stream_layout() {
  static const auto layout
      = make_schema({{"k", bigint_type()},
                     {"s", data_type::text(type_kind::varchar, length_max)},
                     {"v", bigint_type()},
                     {"ts", time_type()}});
  return layout;
}

namespace {

stream_event random_event(random_data& data, const stream_options& options) {
  stream_event result;
  scalar key{bigint_type(), {}};
  if (data.chance(options.hot_key))
    key.value = std::int64_t{0};
  else if (!data.chance(options.null_keys))
    key.value = data.number(0, options.keys);
  scalar text{stream_layout()->fields[1].type, {}};
  if (!data.chance(0.1))
    text.value = data.chance(0.5)
                     ? fmt::format("t{}", data.number(0, 3))
                     : fmt::format("a text that is long {}", data.number(0, 3));
  scalar value{bigint_type(), {}};
  if (!data.chance(0.2))
    value.value = data.number(-20, 20);
  auto time = data.number(options.begin_ms, options.end_ms);
  result.arrival = time + data.number(0, options.disorder_ms);
  auto split = key.is_null() ? 0 : std::get<std::int64_t>(key.value);
  result.split = static_cast<int>(split % options.splits);
  result.values = {key, text, value, scalar{time_type(), time}};
  return result;
}

} // namespace

std::vector<stream_event> random_stream(random_data& data,
                                        const stream_options& options) {
  std::vector<stream_event> result;
  for (int i = 0; i < options.rows; ++i) {
    auto event = random_event(data, options);
    auto taken_back = data.chance(options.retracted);
    auto latest = time_of(event.values) + options.disorder_ms;
    if (taken_back && event.arrival + 1 < latest) {
      auto other = event;
      other.kind = data.chance(0.5) ? change::remove : change::update_before;
      other.arrival = data.number(event.arrival + 1, latest);
      result.push_back(std::move(other));
    }
    if (taken_back && data.chance(0.5))
      event.kind = change::update_after;
    result.push_back(std::move(event));
  }
  std::stable_sort(
      result.begin(), result.end(),
      [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  return result;
}

std::vector<batch_ptr> splits_of(const schema_ptr& layout,
                                 const std::vector<stream_event>& events,
                                 int splits) {
  std::vector<batch_ptr> result;
  for (int i = 0; i < splits; ++i) {
    batch_builder builder(layout);
    for (const auto& x : events)
      if (x.split == i)
        builder.append(x.values, x.kind);
    result.push_back(builder.finish());
  }
  return result;
}

std::vector<literal_values> rows_left(const std::vector<stream_event>& events) {
  std::vector<literal_values> result;
  for (const auto& x : events) {
    if (!retracts(x.kind)) {
      result.push_back(x.values);
      continue;
    }
    auto at = std::find(result.begin(), result.end(), x.values);
    HERALD_CHECK(at != result.end(), "a row is there before it is taken back");
    result.erase(at);
  }
  return result;
}

std::int64_t time_of(const literal_values& row, int column) {
  return std::get<std::int64_t>(row[static_cast<std::size_t>(column)].value);
}

std::string line_of(const literal_values& row) {
  std::string result = "(";
  for (const auto& x : row)
    result += (result.size() > 1 ? ", " : "") + describe(x);
  return result + ")";
}

namespace {

expr_ptr watermark_of(const job_input& input) {
  const auto& field
      = input.layout->fields[static_cast<std::size_t>(input.time_column)];
  auto time = make_column(input.time_column, field.type, field.name);
  auto bound = make_literal(
      {data_type::of(type_kind::interval_day), input.disorder_ms});
  auto result = make_call("-", {time, bound});
  HERALD_CHECK(result.ok(), result.status().ToString());
  return *result;
}

} // namespace

job_graph make_job(const std::vector<job_input>& inputs, operator_spec spec,
                   schema_ptr layout, int parallelism) {
  job_graph result;
  auto last = static_cast<int>(inputs.size());
  stage work;
  work.name = "work";
  work.parallelism = parallelism;
  for (int i = 0; i < last; ++i) {
    const auto& input = inputs[static_cast<std::size_t>(i)];
    stage from;
    from.name = "scan";
    from.parallelism = parallelism;
    from.scan.emplace();
    from.scan->layout = input.layout;
    if (input.time_column >= 0)
      from.scan->watermark = watermark_of(input);
    from.scan->targets = {{target::kind::edge, i, 0}};
    result.stages.push_back(std::move(from));
    result.edges.push_back({i, last, i, input.kind, input.keys, input.layout});
    work.inputs.push_back({{target::kind::operation, 0, i}});
  }
  stage_operator operation;
  operation.spec = std::move(spec);
  operation.layout = layout;
  operation.inputs = last;
  operation.targets = {{target::kind::sink, 0, 0}};
  work.operators.push_back(std::move(operation));
  work.sink = sink_spec{nullptr, layout, true};
  result.stages.push_back(std::move(work));
  return result;
}

job_graph with_one_source(job_graph job) {
  for (auto& x : job.stages)
    if (x.scan)
      x.parallelism = 1;
  return job;
}

job_graph giving_late_rows(job_graph job) {
  auto& work = job.stages.back();
  auto& x = work.operators[0];
  x.late = late_output{{0, 1, 2, 3}, stream_layout(), std::move(x.targets)};
  x.targets.clear();
  work.sink = sink_spec{nullptr, stream_layout(), false};
  return with_one_source(std::move(job));
}

void expect_moved(const std::function<job_graph(int)>& job,
                  const std::vector<batch_ptr>& input, int batch_rows,
                  const std::vector<std::string>& expected) {
  for (int rounds : {0, 20, 60, 150}) {
    SCOPED_TRACE(fmt::format("stopped after {} rounds", rounds));
    local_runner first(job(1), {{0, input}}, {7, batch_rows});
    ASSERT_EQ(first.open(), absl::OkStatus());
    auto snapshot = first.run_to_barrier(rounds);
    ASSERT_EQ(snapshot.status(), absl::OkStatus());
    local_runner second(job(3), {{0, input}}, {8, batch_rows});
    ASSERT_EQ(second.open(*snapshot), absl::OkStatus());
    ASSERT_EQ(second.run(), absl::OkStatus());
    auto all = first.results();
    all.insert(all.end(), second.results().begin(), second.results().end());
    EXPECT_TRUE(same_bag(expected, table_of(all)));
  }
}

void expect_late_rows(const std::function<job_graph(int)>& job,
                      const std::vector<stream_event>& events, int batch_rows,
                      const std::vector<std::string>& expected) {
  expect_moved(
      [&](int parallelism) { return giving_late_rows(job(parallelism)); },
      splits_of(stream_layout(), events, 1), batch_rows, expected);
}

namespace {

void expect_at_once(const std::function<job_graph(int)>& job,
                    const split_rows& input,
                    const std::vector<std::string>& expected,
                    random_data& data) {
  for (auto batch_rows : {1, 7, 4096})
    for (auto parallelism : {1, 3}) {
      SCOPED_TRACE(
          fmt::format("batches of {}, {} subtasks", batch_rows, parallelism));
      local_runner runner(
          job(parallelism), input,
          {static_cast<std::uint64_t>(data.number(0, 1 << 30)), batch_rows});
      ASSERT_EQ(runner.open(), absl::OkStatus());
      ASSERT_EQ(runner.run(), absl::OkStatus());
      EXPECT_TRUE(same_bag(expected, table_of(runner.results())));
      EXPECT_EQ(runner.rows_late(), 0);
    }
}

void expect_in_two(const std::function<job_graph(int)>& job,
                   const split_rows& input,
                   const std::vector<std::string>& expected, random_data& data,
                   int before, int after) {
  SCOPED_TRACE(fmt::format("{} subtasks, then {}", before, after));
  auto batch_rows = data.number(1, 40);
  auto seed = static_cast<std::uint64_t>(data.number(0, 1 << 30));
  local_runner first(job(before), input, {seed, batch_rows});
  ASSERT_EQ(first.open(), absl::OkStatus());
  auto snapshot = first.run_to_barrier(static_cast<int>(data.number(0, 120)));
  ASSERT_EQ(snapshot.status(), absl::OkStatus());
  local_runner second(job(after), input, {seed + 1, 13});
  ASSERT_EQ(second.open(*snapshot), absl::OkStatus());
  ASSERT_EQ(second.run(), absl::OkStatus());
  auto changelog = first.results();
  changelog.insert(changelog.end(), second.results().begin(),
                   second.results().end());
  EXPECT_TRUE(same_bag(expected, table_of(changelog)));
}

} // namespace

void expect_table(const std::function<job_graph(int)>& job,
                  const split_rows& input,
                  const std::vector<std::string>& expected, random_data& data) {
  expect_at_once(job, input, expected, data);
  expect_in_two(job, input, expected, data, 1, 3);
  expect_in_two(job, input, expected, data, 3, 1);
  expect_in_two(job, input, expected, data, 3, 2);
}

} // namespace herald::testing
