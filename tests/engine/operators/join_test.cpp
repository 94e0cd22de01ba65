#include "engine/common/check.hpp"
#include "tests/engine/operators/join_model.hpp"
#include "tests/support/seeds.hpp"

#include <fmt/format.h>

// Joins of two changelogs against two loops over the rows that are left.

namespace herald::testing {
namespace {

constexpr join_type all_types[]
    = {join_type::inner, join_type::left, join_type::right,
       join_type::full,  join_type::semi, join_type::anti};

struct shape {
  std::vector<int> keys;
  std::optional<std::pair<std::int64_t, std::int64_t>> bound = {};
  bool residual = false;
  double retracted = 0;
  double hot_key = 0;
  bool null_safe = false;
  bool everywhere = false;
};

class joins : public ::testing::TestWithParam<shape> {
protected:
  static join_spec spec_of(const shape& x, join_type type) {
    join_spec spec;
    spec.type = type;
    spec.left_keys = x.keys;
    spec.right_keys = x.keys;
    if (x.null_safe)
      spec.null_safe.assign(x.keys.size(), true);
    if (x.bound)
      spec.bound = time_bound{time_column_index, time_column_index,
                              x.bound->first, x.bound->second};
    if (x.residual)
      spec.residual = smaller_value();
    if (x.everywhere) {
      spec.place = join_place::right_everywhere;
      spec.left_spread = {text_column};
    }
    return planned(spec);
  }

  static void check(const shape& x, join_type type, std::uint64_t seed) {
    SCOPED_TRACE(fmt::format("type {}, seed {}", static_cast<int>(type), seed));
    const auto spec = spec_of(x, type);
    random_data data(seed);
    stream_options options;
    options.rows = 120;
    options.retracted = x.retracted;
    options.hot_key = x.hot_key;
    const auto left = random_stream(data, options);
    options.rows = 100;
    const auto right = random_stream(data, options);
    const auto layout = stream_layout();
    expect_table(
        [&](int p) { return join_job(spec, p, options.disorder_ms); },
        {{0, splits_of(layout, left, options.splits)},
         {1, splits_of(layout, right, options.splits)}},
        join_by_hand(
            type,
            [&](const auto& a, const auto& b) { return rows_meet(spec, a, b); },
            rows_left(left), rows_left(right)),
        data);
  }
};

TEST_P(joins, give_the_pairs_that_two_loops_give) {
  for (const auto type : all_types)
    for (std::uint64_t seed = 1; seed <= seed_count(2); ++seed)
      if (!GetParam().everywhere || !keeps_right(type))
        check(GetParam(), type, seed);
}

INSTANTIATE_TEST_SUITE_P(
    shapes, joins,
    ::testing::Values(
        shape{{key_column}}, shape{{key_column}, {}, true, 0.7},
        shape{{key_column}, {}, false, 0.7, 0.7},
        shape{{key_column, text_column}, {}, false, 0.5},
        shape{{key_column, text_column}, {}, true, 0.5, 0, true},
        shape{{key_column}, {{-4'000, 2'000}}},
        shape{{key_column}, {{1'000, 9'000}}, false, 0.5},
        shape{{key_column}, {{-9'000, -500}}, true, 0.5},
        shape{{key_column}, {{0, 0}}, false, 0.3, 0.9},
        shape{{key_column, time_column_index}, {{0, 0}}, false, 0.3, 0.9},
        shape{{}, {{-100, 100}}}, shape{{}, {}, true, 0.5},
        shape{{}, {}, true, 0.5, 0, false, true},
        shape{{key_column}, {}, false, 0.5, 0.3, false, true}));

/// Streams that are only inserted to, and a right side of which only whether
/// a key is there counts.
TEST(join, of_type_semi_and_anti_needs_no_retractions_to_be_right) {
  for (const auto type : {join_type::semi, join_type::anti})
    for (const bool left_retracts : {false, true})
      for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed) {
        SCOPED_TRACE(fmt::format("{} {} seed {}", static_cast<int>(type),
                                 left_retracts, seed));
        join_spec spec;
        spec.type = type;
        spec.left_keys = {value_column};
        spec.right_keys = {value_column};
        spec.left_retracts = left_retracts;
        random_data data(seed);
        stream_options options;
        options.retracted = left_retracts ? 0.5 : 0;
        const auto left = random_stream(data, options);
        options.retracted = 0;
        options.rows = 30;
        const auto right = random_stream(data, options);
        expect_table(
            [&](int p) { return join_job(spec, p, options.disorder_ms); },
            {{0, splits_of(stream_layout(), left, options.splits)},
             {1, splits_of(stream_layout(), right, options.splits)}},
            join_by_hand(
                type,
                [&](const auto& a, const auto& b) {
                  return rows_meet(spec, a, b);
                },
                rows_left(left), rows_left(right)),
            data);
      }
}

// -- limits of their own ------------------------------------------------------

/// `stream_layout` and a column until TIMESTAMP(3).
schema_ptr until_layout() {
  auto result = std::make_shared<schema>(*stream_layout());
  result->fields.push_back({"until", data_type::timestamp(3)});
  return result;
}

/// right.ts in [left.ts, left.until], as in the auctions of Nexmark.
join_spec until_spec(join_type type) {
  join_spec spec;
  spec.type = type;
  spec.left_keys = {key_column};
  spec.right_keys = {key_column};
  spec.bound = time_bound{time_column_index, time_column_index, 0, {}};
  const auto until = make_column(4, data_type::timestamp(3), "until");
  const auto time = make_column(5 + time_column_index, time_type(), "ts2");
  auto condition = make_call("<=", {time, until});
  HERALD_CHECK(condition.ok(), condition.status().ToString());
  spec.residual = *condition;
  spec.left_life = row_life{4, 0};
  spec.right_life = row_life{time_column_index, 0};
  return spec;
}

bool within_until(const literal_values& left, const literal_values& right) {
  if (left[0].is_null() || left[0].value != right[0].value || left[4].is_null())
    return false;
  return time_of(right) >= time_of(left) && time_of(right) <= time_of(left, 4);
}

std::vector<stream_event> with_until(random_data& data,
                                     std::vector<stream_event> events) {
  for (auto& x : events) {
    scalar until{data_type::timestamp(3), {}};
    if (!data.chance(0.1))
      until.value = time_of(x.values) + data.number(-2'000, 20'000);
    x.values.push_back(until);
  }
  return events;
}

TEST(join, up_to_a_column_gives_each_lonely_row_once_and_forgets_all) {
  for (const auto type : all_types)
    for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed) {
      SCOPED_TRACE(fmt::format("{} seed {}", static_cast<int>(type), seed));
      random_data data(seed);
      stream_options options;
      options.rows = 150;
      const auto left = with_until(data, random_stream(data, options));
      const auto right = random_stream(data, options);
      const split_rows input{
          {0, splits_of(until_layout(), left, options.splits)},
          {1, splits_of(stream_layout(), right, options.splits)}};
      const auto job = [&](int p) {
        return join_job(until_spec(type), p, options.disorder_ms,
                        until_layout());
      };
      expect_table(
          job, input,
          join_by_hand(type, within_until, rows_left(left), rows_left(right)),
          data);
      local_runner runner(job(2), input, {seed, 16});
      ASSERT_EQ(runner.open(), absl::OkStatus());
      ASSERT_EQ(runner.run(), absl::OkStatus());
      EXPECT_EQ(runner.state_bytes(), 0);
      for (const auto& rows : runner.results())
        EXPECT_EQ(rows->changes, nullptr);
    }
}

TEST(join, forgets_rows_that_nothing_can_meet_any_more) {
  random_data data(11);
  stream_options options;
  options.rows = 20'000;
  options.end_ms = 4'000'000;
  options.keys = 5'000;
  auto left = random_stream(data, options);
  auto right = random_stream(data, options);
  for (const auto type : all_types) {
    join_spec spec;
    spec.type = type;
    spec.left_keys = {key_column};
    spec.right_keys = {key_column};
    spec.bound
        = time_bound{time_column_index, time_column_index, -5'000, 5'000};
    auto layout = stream_layout();
    split_rows input{{0, splits_of(layout, left, 2)},
                     {1, splits_of(layout, right, 2)}};
    local_runner runner(join_job(planned(spec), 1, options.disorder_ms), input,
                        {3, 64});
    ASSERT_EQ(runner.open(), absl::OkStatus());
    ASSERT_EQ(runner.run(), absl::OkStatus());
    EXPECT_EQ(runner.state_bytes(), 0);
    EXPECT_GT(runner.state_bytes_max(), 0);
    EXPECT_LT(runner.state_bytes_max(), 1'500'000);
  }
}

TEST(join, of_times_within_a_bound_leaves_out_rows_without_a_time) {
  auto layout = std::make_shared<schema>(*stream_layout());
  layout->fields[time_column_index].type = data_type::timestamp(3);
  auto rows = make_rows(layout,
                        {{1, "a", 1, 0}, {1, "b", 1, null}, {1, "c", 1, 500}});
  for (const auto& [type, count] : {std::pair{join_type::inner, 3u},
                                    {join_type::left, 4u},
                                    {join_type::full, 5u},
                                    {join_type::semi, 2u},
                                    {join_type::anti, 1u}}) {
    join_spec spec;
    spec.type = type;
    spec.left_keys = {key_column};
    spec.right_keys = {key_column};
    spec.bound = time_bound{time_column_index, time_column_index, 0, 1'000};
    local_runner runner(join_job(planned(spec), 1, 1'000, layout, layout),
                        {{0, {rows}}, {1, {rows}}}, {1, 2});
    ASSERT_EQ(runner.open(), absl::OkStatus());
    ASSERT_EQ(runner.run(), absl::OkStatus());
    EXPECT_EQ(table_of(runner.results()).size(), count); // aa, ac, cc
  }
}

} // namespace
} // namespace herald::testing
