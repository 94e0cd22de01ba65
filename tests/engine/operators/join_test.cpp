#include "engine/common/check.hpp"
#include "tests/engine/operators/job_support.hpp"

#include <fmt/format.h>

// Joins of two changelogs against two loops over the rows that are left.

namespace herald::testing {
namespace {

schema_ptr pair_layout() {
  auto result = std::make_shared<schema>(*stream_layout());
  for (const auto& x : stream_layout()->fields)
    result->fields.push_back({x.name + "2", x.type});
  return result;
}

/// left.v < right.v
expr_ptr smaller_value() {
  auto left = make_column(value_column, bigint_type(), "v");
  auto right = make_column(4 + value_column, bigint_type(), "v2");
  auto result = make_call("<", {left, right});
  HERALD_CHECK(result.ok(), result.status().ToString());
  return *result;
}

bool keys_meet(const join_spec& spec, const literal_values& left,
               const literal_values& right) {
  for (std::size_t i = 0; i < spec.left_keys.size(); ++i) {
    const auto& a = left[static_cast<std::size_t>(spec.left_keys[i])];
    const auto& b = right[static_cast<std::size_t>(spec.right_keys[i])];
    if (a.is_null() || b.is_null() || a.value != b.value)
      return false;
  }
  return true;
}

bool rows_meet(const join_spec& spec, const literal_values& left,
               const literal_values& right) {
  if (!keys_meet(spec, left, right))
    return false;
  if (spec.bound) {
    auto distance = time_of(right) - time_of(left);
    if (distance < spec.bound->lower_ms || distance > spec.bound->upper_ms)
      return false;
  }
  if (!spec.residual)
    return true;
  const auto& a = left[value_column];
  const auto& b = right[value_column];
  return !a.is_null() && !b.is_null()
         && std::get<std::int64_t>(a.value) < std::get<std::int64_t>(b.value);
}

std::vector<std::string>
join_by_hand(const join_spec& spec, const std::vector<literal_values>& left,
             const std::vector<literal_values>& right) {
  std::vector<std::string> result;
  for (const auto& a : left)
    for (const auto& b : right)
      if (rows_meet(spec, a, b)) {
        auto row = a;
        row.insert(row.end(), b.begin(), b.end());
        result.push_back(line_of(row));
      }
  return result;
}

job_graph join_job(const join_spec& spec, int parallelism,
                   std::int64_t disorder_ms) {
  return make_job(
      {{stream_layout(), time_column_index, disorder_ms, spec.left_keys},
       {stream_layout(), time_column_index, disorder_ms, spec.right_keys}},
      spec, pair_layout(), parallelism);
}

struct shape {
  std::vector<int> keys;
  std::optional<std::pair<std::int64_t, std::int64_t>> bound;
  bool residual = false;
  double retracted = 0;
  double hot_key = 0;
};

class joins : public ::testing::TestWithParam<shape> {};

TEST_P(joins, give_the_pairs_that_two_loops_give) {
  const auto& x = GetParam();
  join_spec spec;
  spec.left_keys = x.keys;
  spec.right_keys = x.keys;
  if (x.bound)
    spec.bound = time_bound{time_column_index, time_column_index,
                            x.bound->first, x.bound->second};
  if (x.residual)
    spec.residual = smaller_value();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    random_data data(seed);
    stream_options options;
    options.rows = 200;
    options.retracted = x.retracted;
    options.hot_key = x.hot_key;
    auto left = random_stream(data, options);
    options.rows = 150;
    auto right = random_stream(data, options);
    auto layout = stream_layout();
    expect_table([&](int p) { return join_job(spec, p, options.disorder_ms); },
                 {{0, splits_of(layout, left, options.splits)},
                  {1, splits_of(layout, right, options.splits)}},
                 join_by_hand(spec, rows_left(left), rows_left(right)), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, joins,
    ::testing::Values(
        shape{{key_column}, {}}, shape{{key_column}, {}, true, 0.7},
        shape{{key_column}, {}, false, 0.7, 0.7},
        shape{{key_column, text_column}, {}, false, 0.5},
        shape{{key_column}, {{-4'000, 2'000}}},
        shape{{key_column}, {{1'000, 9'000}}, false, 0.5},
        shape{{key_column}, {{-9'000, -500}}, true, 0.5},
        shape{{key_column}, {{0, 0}}, false, 0.3, 0.9},
        shape{{key_column, time_column_index}, {{0, 0}}, false, 0.3, 0.9},
        shape{{}, {{-100, 100}}}));

TEST(join, forgets_rows_that_nothing_can_meet_any_more) {
  random_data data(11);
  stream_options options;
  options.rows = 20'000;
  options.end_ms = 4'000'000;
  options.keys = 5'000;
  auto left = random_stream(data, options);
  auto right = random_stream(data, options);
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  spec.bound = time_bound{time_column_index, time_column_index, -5'000, 5'000};
  auto layout = stream_layout();
  split_rows input{{0, splits_of(layout, left, 2)},
                   {1, splits_of(layout, right, 2)}};
  local_runner runner(join_job(spec, 1, options.disorder_ms), input, {3, 64});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(runner.state_bytes(), 0);
  EXPECT_GT(runner.state_bytes_max(), 0);
}

TEST(join, of_times_within_a_bound_leaves_out_rows_without_a_time) {
  auto layout = std::make_shared<schema>(*stream_layout());
  layout->fields[time_column_index].type = data_type::timestamp(3);
  auto pairs = std::make_shared<schema>(*layout);
  for (const auto& x : layout->fields)
    pairs->fields.push_back(x);
  auto rows = make_rows(layout,
                        {{1, "a", 1, 0}, {1, "b", 1, null}, {1, "c", 1, 500}});
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  spec.bound = time_bound{time_column_index, time_column_index, 0, 1'000};
  auto job = make_job({{layout, time_column_index, 1'000, spec.left_keys},
                       {layout, time_column_index, 1'000, spec.right_keys}},
                      spec, pairs, 1);
  local_runner runner(std::move(job), {{0, {rows}}, {1, {rows}}}, {1, 2});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_EQ(table_of(runner.results()).size(), 3u); // aa, ac, cc
}

/// An unbounded join keeps what is there, not all that ever was.
TEST(join, frees_the_memory_of_rows_that_are_taken_back) {
  join_spec spec;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  std::vector<stream_event> left;
  for (std::int64_t i = 0; i < 30'000; ++i) {
    literal_values row{{bigint_type(), i % 7},
                       {stream_layout()->fields[1].type, std::string("text")},
                       {bigint_type(), i},
                       {time_type(), i}};
    left.push_back({change::update_after, row, i, 0});
    if (i % 1000 != 0)
      left.push_back({change::update_before, row, i, 0});
  }
  std::vector<stream_event> right{{change::insert, left[0].values, 0, 0}};
  auto layout = stream_layout();
  split_rows input{{0, splits_of(layout, left, 1)},
                   {1, splits_of(layout, right, 1)}};
  local_runner runner(join_job(spec, 1, 0), input, {3, 100});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  EXPECT_TRUE(same_bag(join_by_hand(spec, rows_left(left), rows_left(right)),
                       table_of(runner.results())));
  EXPECT_LT(runner.state_bytes_max(), 500'000);
}

} // namespace
} // namespace herald::testing
