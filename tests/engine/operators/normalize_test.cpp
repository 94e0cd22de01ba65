#include "tests/engine/operators/job_support.hpp"
#include "tests/support/seeds.hpp"

#include <map>

#include <fmt/format.h>

// Upserts made a changelog: the newest row of each key is left, whatever came
// before it.

namespace herald::testing {
namespace {

/// Upserts and deletions (which have only the key) of `keys` keys.
std::vector<stream_event> random_upserts(random_data& data, int rows,
                                         double deleted) {
  stream_options options;
  options.rows = rows;
  options.null_keys = 0;
  auto result = random_stream(data, options);
  for (auto& event : result) {
    event.kind = change::update_after;
    // Few values, so that some rows repeat what is there.
    event.values[time_column_index].value = std::int64_t{0};
    if (!data.chance(deleted))
      continue;
    event.kind = change::remove;
    for (std::size_t i = 1; i < event.values.size(); ++i)
      event.values[i].value = {};
  }
  return result;
}

std::vector<std::string> newest(const std::vector<stream_event>& events) {
  std::map<std::string, std::string> rows;
  for (const auto& x : events)
    if (retracts(x.kind))
      rows.erase(line_of({x.values[key_column]}));
    else
      rows[line_of({x.values[key_column]})] = line_of(x.values);
  std::vector<std::string> result;
  for (const auto& [key, row] : rows)
    result.push_back(row);
  return result;
}

job_graph normalize_job(int parallelism) {
  const normalize_spec spec{{key_column}};
  return make_job({{stream_layout(), -1, 0, spec.keys}}, spec, stream_layout(),
                  parallelism);
}

class upserts : public ::testing::TestWithParam<double> {};

TEST_P(upserts, leave_the_newest_row_of_each_key) {
  for (std::uint64_t seed = 1; seed <= seed_count(4); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    auto events = random_upserts(data, 800, GetParam());
    expect_table(normalize_job, {{0, splits_of(stream_layout(), events, 4)}},
                 newest(events), data);
  }
}

INSTANTIATE_TEST_SUITE_P(deletions, upserts, ::testing::Values(0.0, 0.2, 0.7));

std::vector<std::string> changes_of(const std::vector<stream_event>& events) {
  local_runner runner(normalize_job(1),
                      {{0, splits_of(stream_layout(), events, 1)}}, {});
  EXPECT_EQ(runner.open(), absl::OkStatus());
  EXPECT_EQ(runner.run(), absl::OkStatus());
  std::vector<std::string> result;
  for (const auto& x : runner.results())
    for (std::int64_t row = 0; row < x->rows; ++row)
      result.push_back(fmt::format(
          "{}{}", to_string(x->change_of(row)),
          x->columns[value_column]->is_null(row)
              ? "null"
              : std::to_string(
                  x->columns[value_column]
                      ->as<std::int64_t>()[static_cast<std::size_t>(row)])));
  return result;
}

stream_event event(change kind, std::optional<std::int64_t> value) {
  stream_event result;
  result.kind = kind;
  const auto& fields = stream_layout()->fields;
  result.values = {{fields[0].type, std::int64_t{1}},
                   {fields[1].type, {}},
                   {fields[2].type, {}},
                   {fields[3].type, std::int64_t{0}}};
  if (value)
    result.values[value_column].value = *value;
  return result;
}

TEST(normalize, takes_back_what_it_replaces) {
  const auto set = change::update_after;
  const auto gone = change::remove;
  const auto changes = changes_of(
      {event(gone, {}), event(set, 5), event(set, 5), event(set, 6),
       event(gone, {}), event(gone, {}), event(set, 7), event(set, {})});
  EXPECT_EQ(changes, (std::vector<std::string>{"+I5", "-U5", "+U6", "-D6",
                                               "+I7", "-U7", "+Unull"}));
}

TEST(normalize, forgets_rows_that_were_replaced) {
  std::vector<stream_event> events;
  for (std::int64_t i = 0; i < 20'000; ++i)
    events.push_back(event(change::update_after, i));
  local_runner runner(normalize_job(1),
                      {{0, splits_of(stream_layout(), events, 1)}}, {});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  const auto before = runner.run_to_barrier(1 << 20);
  ASSERT_EQ(before.status(), absl::OkStatus());
  std::size_t bytes = 0;
  for (const auto& [stage, streams] : before->streams)
    for (const auto& stream : streams)
      bytes += stream.size();
  EXPECT_LT(bytes, 4'000u);
}

} // namespace
} // namespace herald::testing
