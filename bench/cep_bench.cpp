#include "cep/match_operator.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/common/check.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include <benchmark/benchmark.h>

// Events a second through one match_operator: rows like those of the shared
// CEP benchmark (sequences over a stream, payments by card), with a watermark
// behind each batch. Making the rows is not measured.

namespace herald {
namespace {

constexpr std::int64_t events = 1 << 20;
constexpr std::int64_t batch_rows = 4096;

class discard final : public output {
public:
  absl::Status emit(batch_ptr rows) override {
    benchmark::DoNotOptimize(rows);
    return absl::OkStatus();
  }

  absl::Status advance(event_time) override {
    return absl::OkStatus();
  }
};

struct workload {
  std::vector<batch_ptr> batches;
  std::vector<event_time> ends; ///< time of each batch's last row
  compiled_rule_ptr rule;
};

/// Batches of rows of `names` (BIGINT; the first is the time), made by
/// `next`, which fills one row.
template <class Next>
workload make_workload(const std::vector<std::string>& names,
                       const std::string& rule, Next next) {
  schema layout;
  for (const auto& name : names)
    layout.fields.push_back({name, data_type::of(type_kind::bigint)});
  layout.fields[0].type = data_type::timestamp(3);
  auto shared = std::make_shared<const schema>(layout);
  workload result;
  std::vector<std::int64_t> row(names.size());
  for (std::int64_t begin = 0; begin < events; begin += batch_rows) {
    std::vector<fixed_builder<std::int64_t>> builders;
    for (const auto& field : layout.fields)
      builders.emplace_back(field.type);
    for (std::int64_t i = begin; i < begin + batch_rows; ++i) {
      next(row);
      for (std::size_t k = 0; k < row.size(); ++k)
        builders[k].push(row[k]);
    }
    std::vector<column_ptr> columns;
    for (auto& builder : builders)
      columns.push_back(builder.finish());
    result.batches.push_back(
        make_batch(shared, std::move(columns), batch_rows));
    result.ends.push_back(row[0]);
  }
  auto parsed = parse_rule(rule);
  HERALD_CHECK(parsed.ok(), message_of(parsed.status()));
  auto compiled = compile_rule(*parsed, layout, 0);
  HERALD_CHECK(compiled.ok(), message_of(compiled.status()));
  result.rule = *compiled;
  return result;
}

/// A sequence of three types among noise, some 20,000 combinations in all
/// within `within_ms` events.
workload sequences(const std::string& mode, std::int64_t within_ms) {
  auto w = static_cast<double>(within_ms);
  auto p = std::cbrt(0.02 / ((w - 1) * (w - 2) / 2));
  return make_workload(
      {"ts", "type", "id", "price"},
      "name: w1\nversion: 1\nsource: s\nwithin: " + std::to_string(within_ms)
          + " ms\nsemantics: " + mode
          + "\npattern: |\n  a: type = 1\n  then b: type = 2\n  then c: type = "
            "3\nemit:\n  into: m\n  columns: {a: a.ts, b: b.ts, c: c.ts}\n",
      [p, random = std::mt19937_64(1),
       share = std::uniform_real_distribution<double>(),
       at = std::int64_t{0}](auto& row) mutable {
        auto u = share(random);
        row[0] = at++;
        row[1] = u < 3 * p ? 1 + static_cast<std::int64_t>(u / p) : 0;
        row[2] = at % 1000;
        row[3] = at % 10007;
      });
}

/// A small payment, then a large one of the same card, 10,000 cards.
workload payments(const std::string& more) {
  return make_workload(
      {"ts", "card", "amount"},
      "name: w2\nversion: 1\nsource: s\nkey: card\nwithin: 60 s\npattern: |\n"
      "  small: amount < 10\n  then large: amount > 500"
          + more
          + "\nemit:\n  into: m\n  columns: {small: small.amount, large: "
            "amount, card: card}\n",
      [random = std::mt19937_64(2), at = std::int64_t{0}](auto& row) mutable {
        at += 1 + static_cast<std::int64_t>(random() % 5);
        row[0] = at;
        row[1] = static_cast<std::int64_t>(random() % 10000);
        auto kind = random() % 100;
        auto rest = static_cast<std::int64_t>(random() % 491);
        row[2] = kind < 10 ? 1 + rest % 9 : kind < 95 ? 10 + rest : 501 + rest;
      });
}

/// `delay_ms`: how far the watermark stays behind the rows.
void run(benchmark::State& state, const workload& work,
         std::int64_t delay_ms = 0) {
  matcher_counters counters;
  for (auto _ : state) {
    match_operator matcher(work.rule);
    discard out;
    auto status = matcher.open({});
    for (std::size_t i = 0; i < work.batches.size(); ++i) {
      status.Update(matcher.process(0, work.batches[i], out));
      status.Update(matcher.advance(work.ends[i] - delay_ms, out));
    }
    HERALD_CHECK(status.ok(), message_of(status));
    counters = matcher.match_counters();
  }
  state.SetItemsProcessed(state.iterations() * events);
  state.counters["matches"] = static_cast<double>(counters.matches);
}

void sequence_next(benchmark::State& state) {
  run(state, sequences("next", state.range(0)));
}

void sequence_any(benchmark::State& state) {
  run(state, sequences("any", state.range(0)));
}

void keyed_fraud(benchmark::State& state) {
  run(state, payments(""), state.range(0));
}

void keyed_fraud_joint(benchmark::State& state) {
  run(state, payments(" and amount > small.amount * 100"));
}

BENCHMARK(sequence_next)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(sequence_any)->Arg(100)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(keyed_fraud)->Arg(0)->Arg(5000)->Unit(benchmark::kMillisecond);
BENCHMARK(keyed_fraud_joint)->Unit(benchmark::kMillisecond);

} // namespace
} // namespace herald
