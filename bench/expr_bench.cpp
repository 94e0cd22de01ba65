#include "engine/columnar/builder.hpp"
#include "engine/expr/aggregate.hpp"
#include "engine/expr/expr.hpp"

#include <random>

#include <benchmark/benchmark.h>

// Expressions and accumulators over batches of 4,096 rows. `ns_row` is the
// time a row.

namespace herald {
namespace {

constexpr std::int64_t batch_rows = 4096;

/// BIGINT price, TIMESTAMP(3), STRING channel, STRING url.
const batch& rows() {
  static const auto result = [] {
    auto layout = std::make_shared<schema>();
    layout->fields = {{"price", data_type::of(type_kind::bigint)},
                      {"time", data_type::timestamp(3)},
                      {"channel", data_type::of(type_kind::varchar)},
                      {"url", data_type::of(type_kind::varchar)}};
    std::mt19937_64 random(1);
    const char* channels[]
        = {"apple", "google", "facebook", "baidu", "channel-1234"};
    batch_builder builder(layout);
    auto text = data_type::of(type_kind::varchar);
    for (std::int64_t i = 0; i < batch_rows; ++i)
      builder.append(
          {{layout->fields[0].type,
            static_cast<std::int64_t>(random() % 10'000'000)},
           {layout->fields[1].type, 1'600'000'000'000 + i * 997},
           {text, std::string(channels[random() % 5])},
           {text, "https://www.nexmark.com/abc/def_ghi/item.htm?query=1"
                      + std::string("&channel_id=")
                      + std::to_string(random() % 1'000'000)}});
    return builder.finish();
  }();
  return *result;
}

expr_ptr col(int index) {
  return make_column(
      index, rows().layout->fields[static_cast<std::size_t>(index)].type);
}

expr_ptr integer(std::int64_t x) {
  return make_literal({data_type::of(type_kind::integer), x});
}

expr_ptr text(std::string x) {
  auto length = static_cast<int>(x.size());
  return make_literal(
      {data_type::text(type_kind::character, length), std::move(x)});
}

expr_ptr decimal(int128 x, int precision, int scale) {
  return make_literal({data_type::decimal(precision, scale), x});
}

expr_ptr call(std::string_view name, std::vector<expr_ptr> args) {
  return fold_constants(make_call(name, std::move(args)).value());
}

void per_row(benchmark::State& state) {
  state.counters["ns_row"]
      = benchmark::Counter(static_cast<double>(batch_rows) * 1e-9,
                           benchmark::Counter::kIsIterationInvariantRate
                               | benchmark::Counter::kInvert);
}

void run(benchmark::State& state, const expr_ptr& x) {
  for (auto _ : state)
    benchmark::DoNotOptimize(evaluate(*x, rows(), {}));
  per_row(state);
}

void compare_with_constant(benchmark::State& state) {
  run(state, call(">", {col(0), integer(5'000'000)}));
}

BENCHMARK(compare_with_constant);

void text_equals_constant(benchmark::State& state) {
  run(state, call("=", {col(2), text("apple")}));
}

BENCHMARK(text_equals_constant);

void decimal_times_bigint(benchmark::State& state) {
  run(state, call("*", {decimal(908, 3, 3), col(0)}));
}

BENCHMARK(decimal_times_bigint);

void decimal_compare(benchmark::State& state) {
  run(state,
      call(">", {call("*", {decimal(908, 3, 3), col(0)}), integer(1'000'000)}));
}

BENCHMARK(decimal_compare);

void mod_equals(benchmark::State& state) {
  run(state, call("=", {call("MOD", {col(0), integer(123)}), integer(0)}));
}

BENCHMARK(mod_equals);

void case_of_hours(benchmark::State& state) {
  auto hour = call("HOUR", {col(1)});
  run(state, call("CASE", {call("AND", {call(">=", {hour, integer(8)}),
                                        call("<=", {hour, integer(18)})}),
                           text("dayTime"),
                           call("OR", {call("<=", {hour, integer(6)}),
                                       call(">=", {hour, integer(20)})}),
                           text("nightTime"), text("otherTime")}));
}

BENCHMARK(case_of_hours);

void select_half(benchmark::State& state) {
  auto x = call(">", {col(0), integer(5'000'000)});
  for (auto _ : state)
    benchmark::DoNotOptimize(select_rows(*x, rows(), {}));
  per_row(state);
}

BENCHMARK(select_half);

void lower_text(benchmark::State& state) {
  run(state, call("LOWER", {col(2)}));
}

BENCHMARK(lower_text);

void in_list_of_texts(benchmark::State& state) {
  run(state, call("IN", {col(2), text("apple"), text("google"),
                         text("facebook"), text("baidu")}));
}

BENCHMARK(in_list_of_texts);

void split_index(benchmark::State& state) {
  run(state, call("SPLIT_INDEX", {col(3), text("/"), integer(4)}));
}

BENCHMARK(split_index);

void regexp_extract(benchmark::State& state) {
  run(state, call("REGEXP_EXTRACT",
                  {col(3), text("(&|^)channel_id=([^&]*)"), integer(2)}));
}

BENCHMARK(regexp_extract);

void date_format(benchmark::State& state) {
  run(state, call("DATE_FORMAT", {col(1), text("yyyy-MM-dd")}));
}

BENCHMARK(date_format);

void add(benchmark::State& state, const char* name, bool distinct,
         std::int64_t groups_used, bool with_argument = true) {
  std::vector<expr_ptr> args;
  std::vector<column_ptr> inputs;
  if (with_argument) {
    args.push_back(col(0));
    inputs.push_back(rows().columns[0]);
  }
  auto total = make_aggregate(name, args, distinct, nullptr, true).value();
  auto accumulator = make_accumulator(total, false);
  accumulator->resize(groups_used);
  std::vector<std::int32_t> groups;
  std::mt19937 random(2);
  for (std::int64_t i = 0; i < batch_rows; ++i)
    groups.push_back(static_cast<std::int32_t>(
        random() % static_cast<std::uint32_t>(groups_used)));
  for (auto _ : state)
    benchmark::DoNotOptimize(
        accumulator->add(inputs, nullptr, groups, nullptr));
  per_row(state);
}

BENCHMARK_CAPTURE(add, count_star, "COUNT", false, 1000, false);
BENCHMARK_CAPTURE(add, sum, "SUM", false, 1000);
BENCHMARK_CAPTURE(add, max, "MAX", false, 1000);
BENCHMARK_CAPTURE(add, avg, "AVG", false, 1000);
BENCHMARK_CAPTURE(add, count_distinct, "COUNT", true, 1000);

} // namespace
} // namespace herald
