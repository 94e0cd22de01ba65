#include "tests/engine/operators/join_model.hpp"
#include "tests/support/seeds.hpp"

#include <map>

#include <fmt/format.h>

// FOR SYSTEM_TIME AS OF against a look through all versions for each row.

namespace herald::testing {
namespace {

bool same_keys(const literal_values& a, const literal_values& b,
               const std::vector<int>& keys) {
  for (const int key : keys) {
    const auto i = static_cast<std::size_t>(key);
    if (a[i].is_null() || b[i].is_null() || a[i].value != b[i].value)
      return false;
  }
  return true;
}

/// The version of `right`, in order of arrival, that is valid at the time of
/// `row`; null: there is none.
const literal_values* version_of(const literal_values& row,
                                 const std::vector<stream_event>& right,
                                 const std::vector<int>& keys) {
  const literal_values* result = nullptr;
  for (const auto& x : right)
    if (same_keys(row, x.values, keys) && time_of(x.values) <= time_of(row)
        && (!result || time_of(x.values) >= time_of(*result)))
      result = &x.values;
  return result;
}

std::vector<std::string> as_of_by_hand(const join_spec& spec,
                                       const std::vector<stream_event>& left,
                                       const std::vector<stream_event>& right) {
  std::vector<std::string> result;
  for (const auto& x : left) {
    auto row = x.values;
    const auto* version = version_of(row, right, spec.left_keys);
    if (version && spec.residual) {
      join_spec rest;
      rest.residual = spec.residual;
      if (!rows_meet(rest, row, *version))
        version = nullptr;
    }
    if (!version && spec.type == join_type::inner)
      continue;
    for (std::size_t i = 0; i < stream_layout()->fields.size(); ++i)
      row.push_back(version ? (*version)[i]
                            : scalar{stream_layout()->fields[i].type, {}});
    result.push_back(line_of(row));
  }
  return result;
}

struct shape {
  std::vector<int> keys;
  join_type type = join_type::inner;
  bool residual = false;
  double hot_key = 0;
};

join_spec spec_of(const shape& x) {
  join_spec spec;
  spec.type = x.type;
  spec.left_keys = x.keys;
  spec.right_keys = x.keys;
  spec.versions = version_times{time_column_index, time_column_index};
  if (x.residual)
    spec.residual = smaller_value();
  return spec;
}

class temporal_joins : public ::testing::TestWithParam<shape> {};

TEST_P(temporal_joins, give_each_row_the_version_of_its_time) {
  for (std::uint64_t seed = 1; seed <= seed_count(3); ++seed) {
    SCOPED_TRACE(seed);
    const auto spec = spec_of(GetParam());
    random_data data(seed);
    stream_options options;
    options.rows = 200;
    options.hot_key = GetParam().hot_key;
    const auto left = random_stream(data, options);
    const auto right = random_stream(data, options);
    expect_table([&](int p) { return join_job(spec, p, options.disorder_ms); },
                 {{0, splits_of(stream_layout(), left, options.splits)},
                  {1, splits_of(stream_layout(), right, options.splits)}},
                 as_of_by_hand(spec, left, right), data);
  }
}

INSTANTIATE_TEST_SUITE_P(
    shapes, temporal_joins,
    ::testing::Values(shape{{key_column}}, shape{{key_column}, join_type::left},
                      shape{{key_column}, join_type::inner, true, 0.7},
                      shape{{key_column}, join_type::left, true, 0.7},
                      shape{{key_column, text_column}, join_type::left}));

TEST(temporal_join, keeps_one_version_a_key_behind_the_watermark) {
  random_data data(5);
  stream_options options;
  options.rows = 20'000;
  options.keys = 5;
  options.end_ms = 4'000'000;
  const auto left = random_stream(data, options);
  const auto right = random_stream(data, options);
  local_runner runner(join_job(spec_of({{key_column}, join_type::left}), 1,
                               options.disorder_ms),
                      {{0, splits_of(stream_layout(), left, options.splits)},
                       {1, splits_of(stream_layout(), right, options.splits)}},
                      {1, 64});
  ASSERT_EQ(runner.open(), absl::OkStatus());
  ASSERT_EQ(runner.run(), absl::OkStatus());
  // Five versions and what is too little to make the table anew.
  EXPECT_LT(runner.state_bytes(), 1 << 19);
}

/// What the program of these rows leaves; right rows come first.
std::vector<std::string> run(const batch_ptr& left, const batch_ptr& right) {
  local_runner runner(join_job(spec_of({{key_column}, join_type::left}), 1, 0),
                      {{0, {left}}, {1, {right}}}, {1, 1});
  EXPECT_EQ(runner.open(), absl::OkStatus());
  EXPECT_EQ(runner.run(), absl::OkStatus());
  return print_rows(runner.results());
}

TEST(temporal_join, finds_nothing_once_a_version_was_deleted) {
  const auto rows = make_rows(
      stream_layout(), {{1, "a", 1, 5}, {1, "b", 2, 9}, {1, "c", 3, 20}});
  const auto left = make_rows(stream_layout(), {{1, "x", 0, 12}});
  auto changes = allocate_buffer(3);
  const change kinds[] = {change::insert, change::insert, change::insert};
  std::memcpy(changes->mutable_data(), kinds, 3);
  const auto versions = make_batch(rows->layout, rows->columns, 3, changes);
  ASSERT_EQ(run(left, versions).size(), 1u);
  EXPECT_NE(run(left, versions)[0].find("'b'"), std::string::npos);
  changes = allocate_buffer(3);
  const change deleted[] = {change::insert, change::remove, change::insert};
  std::memcpy(changes->mutable_data(), deleted, 3);
  const auto gone = make_batch(rows->layout, rows->columns, 3, changes);
  ASSERT_EQ(run(left, gone).size(), 1u);
  EXPECT_NE(run(left, gone)[0].find("NULL, NULL, NULL, NULL"),
            std::string::npos);
}

} // namespace
} // namespace herald::testing
