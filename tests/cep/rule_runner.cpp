#include "tests/cep/rule_runner.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/exchange.hpp"
#include "engine/operators/filter.hpp"
#include "engine/plan/bind_type.hpp"
#include "engine/sql/parser.hpp"
#include "tests/support/rows.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

namespace herald::testing {

namespace {

void must(const absl::Status& status) {
  HERALD_CHECK(status.ok(), message_of(status));
}

} // namespace

schema_ptr layout_of(const std::string& columns) {
  auto parsed = sql::parse_type("ROW<" + columns + ">");
  must(parsed.status());
  auto type = bind_type(*parsed);
  must(type.status());
  return make_schema(type->fields());
}

absl::StatusOr<compiled_rule_ptr> make_rule(std::string_view yaml,
                                            const schema& layout) {
  HERALD_ASSIGN(auto parsed, parse_rule(yaml));
  return compile_rule(parsed, layout, static_cast<int>(*layout.find("ts")));
}

compiled_rule_ptr rule_of(std::string_view yaml, const schema& layout) {
  auto result = make_rule(yaml, layout);
  must(result.status());
  return *result;
}

std::vector<event_time> times_of(const batch& rows, const schema& layout) {
  return herald::times_of(*rows.columns[*layout.find("ts")]);
}

rule_task::rule_task(compiled_rule_ptr rule, int parallelism,
                     matcher_limits limits)
    : keys_(rule->source_keys) {
  for (int i = 0; i < parallelism; ++i) {
    subtasks_.push_back(std::make_unique<match_operator>(rule, limits));
    operator_context context;
    context.subtask = i;
    context.parallelism = parallelism;
    must(subtasks_.back()->open(context));
  }
}

void rule_task::process(const batch_ptr& rows) {
  auto parts = divide(rows, keys_, static_cast<int>(subtasks_.size()));
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i])
      must(subtasks_[i]->process(0, parts[i], out));
}

void rule_task::advance(event_time t) {
  for (auto& x : subtasks_)
    must(x->advance(t, out));
}

void rule_task::write(memory_state& to) const {
  for (const auto& x : subtasks_)
    must(x->write(to));
}

void rule_task::read(const memory_state& from) {
  for (auto& x : subtasks_)
    must(x->read(from));
}

void rule_task::replace(const compiled_rule_ptr& rule) {
  keys_ = rule->source_keys;
  for (auto& x : subtasks_)
    must(x->replace(rule));
}

matcher_counters rule_task::counters() const {
  matcher_counters result;
  for (const auto& x : subtasks_) {
    auto one = x->match_counters();
    result.events += one.events;
    result.matches += one.matches;
    result.partial_matches += one.partial_matches;
    result.late += one.late;
    result.dropped += one.dropped;
  }
  return result;
}

std::vector<std::string> rule_task::lines() const {
  return print_rows(out.batches);
}

batch_ptr arrivals(const batch_ptr& events, const run_options& options) {
  if (options.disorder_ms == 0)
    return events;
  std::mt19937_64 random(options.seed);
  std::uniform_int_distribution<std::int64_t> delay(0, options.disorder_ms);
  std::map<event_time, event_time> arrival; // of each event time
  auto times = times_of(*events, *events->layout);
  for (auto t : times)
    arrival.emplace(t, t + delay(random));
  row_list order(times.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) {
    return arrival[times[static_cast<std::size_t>(a)]]
           < arrival[times[static_cast<std::size_t>(b)]];
  });
  return take(*events, order);
}

std::vector<std::string>
run_rule(const compiled_rule_ptr& rule, const batch_ptr& events,
         const run_options& options,
         const std::function<void(std::unique_ptr<rule_task>&)>& half_way) {
  auto rows = arrivals(events, options);
  auto task
      = std::make_unique<rule_task>(rule, options.parallelism, options.limits);
  auto times = times_of(*rows, *rows->layout);
  std::vector<std::string> result;
  auto latest = time_min;
  auto half_done = !half_way;
  for (std::int64_t begin = 0; begin < rows->rows;
       begin += options.batch_rows) {
    auto count = std::min(options.batch_rows, rows->rows - begin);
    task->process(slice(*rows, begin, count));
    for (auto i = begin; i < begin + count; ++i)
      latest = std::max(latest, times[static_cast<std::size_t>(i)]);
    task->advance(latest - options.disorder_ms - 1);
    if (half_done || 2 * (begin + count) < rows->rows)
      continue;
    half_done = true;
    result = task->lines();
    half_way(task);
  }
  task->advance(time_max);
  HERALD_CHECK_EQ(task->counters().late, std::int64_t{0});
  auto rest = task->lines();
  result.insert(result.end(), rest.begin(), rest.end());
  return result;
}

} // namespace herald::testing
