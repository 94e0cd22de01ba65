#include "engine/columnar/ticks.hpp"
#include "tests/engine/operators/aggregate_model.hpp"
#include "tests/engine/operators/order_model.hpp"

#include <algorithm>
#include <map>
#include <set>

// Timestamps of nanoseconds from year 1 to 9999, of which 64 bits hold few: as
// keys, in order and as values, in state that is saved and restored half way.

namespace herald::testing {
namespace {

constexpr int key = 0;
constexpr int time = 1;
constexpr int splits = 3;

schema_ptr layout() {
  static const auto result = make_schema({{"k", data_type::timestamp(9)},
                                          {"t", data_type::timestamp_ltz(9)},
                                          {"id", bigint_type()}});
  return result;
}

/// One of few times, which lie at the ends of what there is and a nanosecond
/// beyond the ends of 64 bits.
scalar random_time(const data_type& type, random_data& data) {
  static const std::vector<std::string> texts{
      "0001-01-01 00:00:00",           "1677-09-21 00:12:43.145224191",
      "1677-09-21 00:12:43.145224192", "1969-12-31 23:59:59.9999999",
      "1970-01-01 00:00:00",           "2262-04-11 23:47:16.854775807",
      "2262-04-11 23:47:16.854775808", "9999-12-31 23:59:59.999999999"};
  if (data.chance(0.1))
    return {type, {}};
  const auto pick = data.number(0, static_cast<std::int64_t>(texts.size()));
  return cell(texts[static_cast<std::size_t>(pick)]).as(type);
}

std::vector<stream_event> random_events(random_data& data) {
  std::vector<stream_event> result;
  std::vector<stream_event> open;
  for (std::int64_t id = 0; id < 400; ++id) {
    if (!open.empty() && data.chance(0.4)) {
      const auto at = static_cast<std::ptrdiff_t>(
          data.number(0, static_cast<std::int64_t>(open.size())));
      auto taken_back = open[static_cast<std::size_t>(at)];
      open.erase(open.begin() + at);
      taken_back.kind = change::remove;
      result.push_back(std::move(taken_back));
      continue;
    }
    stream_event x;
    const auto& fields = layout()->fields;
    x.values = {random_time(fields[0].type, data),
                random_time(fields[1].type, data), scalar{bigint_type(), id}};
    const auto name = line_of({x.values[key]});
    x.split = static_cast<int>(std::hash<std::string>{}(name) % splits);
    open.push_back(x);
    result.push_back(std::move(x));
  }
  return result;
}

aggregate_call call_of(std::string_view name, bool distinct = false) {
  auto column = make_column(time, layout()->fields[time].type, "t");
  return *make_aggregate(name, {column}, distinct, nullptr, true);
}

/// The keys, and of each MIN(t), MAX(t) and COUNT(DISTINCT t).
std::vector<std::string>
aggregated_by_hand(const std::vector<literal_values>& rows) {
  std::map<std::string, std::vector<literal_values>> groups;
  for (const auto& row : rows)
    groups[line_of({row[key]})].push_back(row);
  std::vector<std::string> result;
  for (auto& [name, group] : groups) {
    auto least = group[0][time];
    auto most = least;
    std::set<std::string> distinct;
    for (const auto& row : group) {
      const auto& x = row[time];
      if (x.is_null())
        continue;
      if (least.is_null() || compare_scalars(x, least) < 0)
        least = x;
      if (most.is_null() || compare_scalars(x, most) > 0)
        most = x;
      distinct.insert(to_string(x));
    }
    const scalar count{bigint_type(),
                       static_cast<std::int64_t>(distinct.size())};
    result.push_back(line_of({group[0][key], least, most, count}));
  }
  return result;
}

TEST(wide_times, are_keys_and_values_of_an_aggregation) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    random_data data(seed);
    const auto events = random_events(data);
    group_aggregate_spec spec;
    spec.keys = {key};
    spec.calls = {call_of("MIN"), call_of("MAX"), call_of("COUNT", true)};
    spec.input_retracts = true;
    const auto& fields = layout()->fields;
    const auto results
        = make_schema({fields[key],
                       {"least", fields[time].type},
                       {"most", fields[time].type},
                       {"n", bigint_type().with_nullable(false)}});
    expect_table(
        [&](int parallelism) {
          return make_job({{layout(), -1, 0, spec.keys}}, spec, results,
                          parallelism);
        },
        {{0, splits_of(layout(), events, splits)}},
        aggregated_by_hand(rows_left(events)), data);
  }
}

TEST(wide_times, have_ranks) {
  for (const bool descending : {false, true}) {
    random_data data(descending ? 5 : 4);
    const auto events = random_events(data);
    top_n_spec spec;
    spec.keys = {key};
    spec.order = {{time, descending, !descending}};
    spec.ties = {{2}};
    spec.last = 3;
    spec.input_retracts = true;
    auto ranked = std::make_shared<schema>(*layout());
    ranked->fields.push_back({"rank", bigint_type().with_nullable(false)});
    expect_table(
        [&](int parallelism) {
          return make_job({{layout(), -1, 0, spec.keys}}, spec, ranked,
                          parallelism);
        },
        {{0, splits_of(layout(), events, splits)}},
        top_n_by_hand(rows_left(events), spec), data);
  }
}

} // namespace
} // namespace herald::testing
