#include "engine/columnar/arrow_bridge.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/columnar/civil.hpp"
#include "engine/columnar/hash.hpp"

#include <random>
#include <string>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

// Costs of the kernels that every row passes, in batches of a stream's usual
// size. Items are rows.

namespace {

using namespace herald;

constexpr std::int64_t rows = 4'096;

batch_ptr make_input(data_type type) {
  auto layout = std::make_shared<schema>(schema{{{"x", type}}});
  batch_builder builder{layout};
  for (std::int64_t i = 0; i < rows; ++i) {
    scalar value{type, i * 7};
    if (type.storage() == storage_kind::text)
      value.value = i % 2 == 0
                        ? fmt::format("{}", i)
                        : fmt::format("a text that is not inlined, {}", i);
    else if (type.storage() == storage_kind::i128)
      value.value = int128{i};
    builder.append({value});
  }
  return builder.finish();
}

batch_ptr with_nulls(const batch& x) {
  batch_builder builder{x.layout};
  for (std::int64_t i = 0; i < x.rows; ++i)
    if (i % 5 == 0)
      builder.append({scalar{x.layout->fields[0].type, std::monostate{}}});
    else
      builder.append_from(x, i);
  return builder.finish();
}

/// The inputs of the benchmarks of one column, by number.
batch_ptr input(std::int64_t number) {
  switch (number) {
  case 0:
    return make_input(data_type::of(type_kind::bigint));
  case 1:
    return with_nulls(*make_input(data_type::of(type_kind::bigint)));
  case 2:
    return make_input(data_type::decimal(20, 0));
  default:
    return make_input(data_type::of(type_kind::varchar));
  }
}

constexpr const char* input_names[]{"bigint", "bigint with NULLs", "decimal",
                                    "text"};

void count_rows(benchmark::State& state, std::int64_t per_round) {
  state.SetItemsProcessed(state.iterations() * per_round);
  state.SetLabel(input_names[state.range(0)]);
}

void take_half(benchmark::State& state) {
  auto x = input(state.range(0));
  std::mt19937 random{1};
  row_list chosen;
  for (std::int32_t i = 0; i < rows; ++i)
    if (random() % 2 == 0)
      chosen.push_back(i);
  for (auto _ : state)
    benchmark::DoNotOptimize(take(*x, chosen));
  count_rows(state, static_cast<std::int64_t>(chosen.size()));
}

void hash(benchmark::State& state) {
  auto x = input(state.range(0));
  std::vector<std::uint64_t> out(rows);
  std::vector<int> keys{0};
  for (auto _ : state) {
    hash_rows(*x, keys, out);
    benchmark::DoNotOptimize(out.data());
  }
  count_rows(state, rows);
}

void concat_eight(benchmark::State& state) {
  std::vector<batch_ptr> parts(8, input(state.range(0)));
  parts[3] = input(state.range(0)); // with heaps of its own
  for (auto _ : state)
    benchmark::DoNotOptimize(concat(parts));
  count_rows(state, 8 * rows);
}

void ipc(benchmark::State& state) {
  auto x = input(state.range(0));
  for (auto _ : state)
    benchmark::DoNotOptimize(decode_ipc(encode_ipc(*x)));
  count_rows(state, rows);
}

void build_bigints(benchmark::State& state) {
  fixed_builder<std::int64_t> builder{data_type::of(type_kind::bigint)};
  for (auto _ : state) {
    for (std::int64_t i = 0; i < rows; ++i)
      builder.push(i);
    benchmark::DoNotOptimize(builder.finish());
  }
  state.SetItemsProcessed(state.iterations() * rows);
}

void build_texts(benchmark::State& state) {
  text_builder builder{data_type::of(type_kind::varchar)};
  std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  for (auto _ : state) {
    for (std::int64_t i = 0; i < rows; ++i)
      builder.push(text);
    benchmark::DoNotOptimize(builder.finish());
  }
  state.SetItemsProcessed(state.iterations() * rows);
}

void parse_timestamps(benchmark::State& state) {
  std::string text = "2026-11-21 01:42:50.289";
  for (auto _ : state) {
    benchmark::DoNotOptimize(text.data());
    benchmark::DoNotOptimize(parse_timestamp(text, 1'000));
  }
  state.SetItemsProcessed(state.iterations());
}

void print_timestamps(benchmark::State& state) {
  std::string text;
  for (auto _ : state) {
    text.clear();
    append_timestamp(text, 1'795'225'370'289, 1'000, 3);
    benchmark::DoNotOptimize(text.data());
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(take_half)->DenseRange(0, 3);
BENCHMARK(hash)->DenseRange(0, 3);
BENCHMARK(concat_eight)->DenseRange(0, 3);
BENCHMARK(ipc)->DenseRange(0, 3);
BENCHMARK(build_bigints);
BENCHMARK(build_texts)->Arg(8)->Arg(40);
BENCHMARK(parse_timestamps);
BENCHMARK(print_timestamps);

} // namespace
