#include "engine/connectors/registry.hpp"
#include "engine/formats/json_encoder.hpp"
#include "tests/engine/connectors/scans.hpp"

#include <benchmark/benchmark.h>

// What the ends of a task cost on one core: JSON into columns and back, and
// the generator by the columns that a query reads. Items are events.

namespace herald {
namespace {

constexpr std::int64_t batch_rows = 4096;

const char* const suite_columns
    = "event_type INT, "
      "person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard "
      "STRING, city STRING, state STRING, dateTime TIMESTAMP(3), extra "
      "STRING>, "
      "auction ROW<id BIGINT, itemName STRING, description STRING, initialBid "
      "BIGINT, reserve BIGINT, dateTime TIMESTAMP(3), expires TIMESTAMP(3), "
      "seller BIGINT, category BIGINT, extra STRING>, "
      "bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, "
      "url STRING, dateTime TIMESTAMP(3), extra STRING>";

using paths = std::vector<std::string>;

/// What the queries q0 and q1, q5, and q7 read of a bid.
const paths q1_paths{"bid.auction", "bid.bidder", "bid.price", "bid.dateTime",
                     "bid.extra"};
const paths q5_paths{"bid.auction", "bid.dateTime"};
const paths q7_paths{"bid.auction", "bid.price", "bid.bidder", "bid.dateTime"};
const paths all_paths{"event_type", "person", "auction", "bid"};

scan_spec scan(option_map options, const paths& wanted, bool bids_only) {
  options["connector"] = "nexmark";
  auto result = test::scan_of(test::table_of(suite_columns, std::move(options)),
                              wanted);
  if (bids_only)
    result.pushed.push_back(
        {{"event_type"}, {data_type::of(type_kind::integer), std::int64_t{2}}});
  return result;
}

batch_ptr first_batch(scan_spec from) {
  auto context = test::context_of(std::move(from));
  auto reader = *(*find_connector(*context.scan.table))->make_reader(context);
  auto status = reader->open([] {});
  HERALD_CHECK(status.ok(), message_of(status));
  return std::get<source_rows>(*reader->poll(batch_rows)).rows;
}

/// Events of one poll as JSON documents, as the suite's file has them.
documents sample() {
  auto batch = first_batch(scan({}, all_paths, false));
  const auto& rows = *batch;
  json_encoder encode(rows.layout, {timestamp_standard::sql, true});
  documents result;
  std::string text;
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    text.clear();
    encode.encode(rows, row, text);
    result.append(text);
  }
  return result;
}

void decode_events(benchmark::State& state, const paths& wanted,
                   bool bids_only) {
  auto input = sample();
  auto from = scan({}, wanted, bids_only);
  decoder_spec spec;
  for (const auto& x : from.table->columns)
    spec.fields.push_back({x.name, x.type});
  spec.paths = from.paths;
  spec.layout = from.layout;
  spec.pushed = from.pushed;
  auto decode = *make_decoder("json", std::move(spec));
  for (auto _ : state)
    benchmark::DoNotOptimize(decode->decode(input));
  state.SetItemsProcessed(state.iterations() * batch_rows);
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(input.bytes()));
}

BENCHMARK_CAPTURE(decode_events, bids_q1, q1_paths, true);
BENCHMARK_CAPTURE(decode_events, bids_q5, q5_paths, true);
BENCHMARK_CAPTURE(decode_events, bids_q7, q7_paths, true);
BENCHMARK_CAPTURE(decode_events, all_columns, all_paths, false);
BENCHMARK_CAPTURE(decode_events, persons_only, paths{"person.id"}, false);

void generate_events(benchmark::State& state, const paths& wanted,
                     bool bids_only) {
  auto context = test::context_of(scan({}, wanted, bids_only));
  auto reader = *(*find_connector(*context.scan.table))->make_reader(context);
  if (!reader->open([] {}).ok())
    return state.SkipWithError("open");
  for (auto _ : state)
    benchmark::DoNotOptimize(reader->poll(batch_rows));
  state.SetItemsProcessed(reader->counters().records);
}

BENCHMARK_CAPTURE(generate_events, bids_q1, q1_paths, true);
BENCHMARK_CAPTURE(generate_events, bids_q5, q5_paths, true);
BENCHMARK_CAPTURE(generate_events, bids_q7, q7_paths, true);
BENCHMARK_CAPTURE(generate_events, all_columns, all_paths, false);

void encode_rows(benchmark::State& state) {
  auto batch = first_batch(scan({}, q1_paths, true));
  const auto& rows = *batch;
  json_encoder encode(rows.layout);
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (std::int64_t row = 0; row < rows.rows; ++row)
      encode.encode(rows, row, out);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * rows.rows);
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(out.size()));
}

BENCHMARK(encode_rows);

} // namespace
} // namespace herald
