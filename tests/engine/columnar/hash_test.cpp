#include "engine/columnar/builder.hpp"
#include "engine/columnar/hash.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"
#include "tests/support/seeds.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

namespace herald::testing {
namespace {

std::vector<std::uint64_t> hashes(const batch& x, std::vector<int> keys) {
  std::vector<std::uint64_t> result(static_cast<std::size_t>(x.rows), 42);
  hash_rows(x, keys, result);
  return result;
}

std::vector<int> all_columns(const batch& x) {
  std::vector<int> result;
  for (std::size_t i = 0; i < x.columns.size(); ++i)
    result.push_back(static_cast<int>(i));
  return result;
}

std::uint64_t hash_of(const data_type& type, const cell& value) {
  return hashes(*make_rows(make_schema({{"k", type}}), {{value}}), {0})[0];
}

data_type of(type_kind kind) {
  return data_type::of(kind);
}

TEST(hash_rows, gives_the_values_that_snapshots_depend_on) {
  EXPECT_EQ(hash_of(of(type_kind::bigint), 0), 0x3564b439cd1e1f16u);
  EXPECT_EQ(hash_of(of(type_kind::bigint), 1), 0x90865b806ef00fdbu);
  EXPECT_EQ(hash_of(of(type_kind::integer), -1), 0x492b8d6066c09227u);
  EXPECT_EQ(hash_of(of(type_kind::bigint), null), 0xbeeb8da1658eec67u);
  EXPECT_EQ(hash_of(of(type_kind::boolean), true), 0x90865b806ef00fdbu);
  EXPECT_EQ(hash_of(of(type_kind::float64), 1.5), 0xfd37434c56a25539u);
  EXPECT_EQ(hash_of(data_type::decimal(38, 0), "12345678901234567890123"),
            0x0a2c0f4cdf72a96au);
  EXPECT_EQ(hash_of(of(type_kind::varchar), ""), 0x610b7585ecf97a0eu);
  EXPECT_EQ(hash_of(of(type_kind::varchar), "twelve bytes"),
            0x3c32c88dd31de6dfu);
  EXPECT_EQ(hash_of(of(type_kind::varchar), "thirteen byte"),
            0x553cc699e00d6904u);
  EXPECT_EQ(hash_of(of(type_kind::varchar), std::string(100, 'x')),
            0x915bc6de03ae5ec7u);
  EXPECT_EQ(hash_of(data_type::array(of(type_kind::integer)), {1, null}),
            0x79d12b5a6fd8d8e2u);
  EXPECT_EQ(hash_of(data_type::row({{"a", of(type_kind::integer)}}), {7}),
            0xf9767f5e98c0f2a9u);
}

TEST(hash_rows, gives_zero_without_keys) {
  auto x = make_rows(make_schema({{"k", of(type_kind::bigint)}}), {{1}, {2}});
  EXPECT_EQ(hashes(*x, {}), (std::vector<std::uint64_t>{0, 0}));
}

TEST(hash_rows, does_not_depend_on_the_batching) {
  for (std::uint64_t seed = 0; seed < seed_count(150); ++seed) {
    SCOPED_TRACE(seed);
    random_data random{seed};
    auto layout = random.layout(4);
    auto x = random.rows(layout, 120);
    auto keys = all_columns(*x);
    auto whole = hashes(*x, keys);
    auto rows = random.some_rows(x->rows, 60);
    auto taken = hashes(*take(*x, rows), keys);
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(taken[i], whole[static_cast<std::size_t>(rows[i])]);
    auto begin = random.number(0, x->rows);
    auto part = hashes(*compact(slice(*x, begin, x->rows - begin)), keys);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + begin));
    batch_builder builder{layout};
    for (auto row : rows)
      builder.append_from(*x, row);
    EXPECT_EQ(hashes(*builder.finish(), keys), taken);
  }
}

TEST(hash_rows, tells_unequal_rows_apart) {
  for (std::uint64_t seed = 0; seed < seed_count(50); ++seed) {
    SCOPED_TRACE(seed);
    random_data random{seed};
    auto x = random.rows(random.layout(3), 150);
    auto lines = print_rows(*x);
    auto values = hashes(*x, all_columns(*x));
    std::map<std::uint64_t, std::string> seen;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      auto line = lines[i];
      // Zeros of either sign are one key.
      for (auto at = line.find("-0.0"); at != std::string::npos;
           at = line.find("-0.0", at + 1))
        if (at + 4 == line.size() || !std::isdigit(line[at + 4]))
          line.erase(at, 1);
      auto [entry, added] = seen.try_emplace(values[i], line);
      EXPECT_EQ(entry->second, line);
    }
  }
}

TEST(hash_rows, takes_equal_numbers_for_equal) {
  EXPECT_EQ(hash_of(of(type_kind::float64), 0.0),
            hash_of(of(type_kind::float64), -0.0));
  EXPECT_EQ(hash_of(of(type_kind::float64), std::nan("1")),
            hash_of(of(type_kind::float64), -std::nan("2")));
  EXPECT_EQ(hash_of(of(type_kind::integer), -5),
            hash_of(of(type_kind::bigint), -5));
}

TEST(hash_rows, depends_on_the_order_of_keys_and_on_where_a_null_stands) {
  auto layout = make_schema(
      {{"a", of(type_kind::bigint)}, {"b", of(type_kind::bigint)}});
  auto x = make_rows(layout, {{1, 2}, {2, 1}, {null, 1}, {1, null}});
  auto values = hashes(*x, {0, 1});
  EXPECT_EQ(std::set(values.begin(), values.end()).size(), 4u);
  EXPECT_EQ(hashes(*x, {1, 0})[0], values[1]);
}

/// Every input bit should flip every output bit in about half of the cases.
TEST(hash_rows, avalanches) {
  random_data random{1};
  constexpr int samples = 400;
  std::array<std::array<int, 64>, 64> flips{};
  fixed_builder<std::int64_t> builder{of(type_kind::bigint)};
  for (int sample = 0; sample < samples; ++sample) {
    auto x = random.number(std::numeric_limits<std::int64_t>::min(),
                           std::numeric_limits<std::int64_t>::max());
    builder.push(x);
    for (int bit = 0; bit < 64; ++bit)
      builder.push(static_cast<std::int64_t>(static_cast<std::uint64_t>(x)
                                             ^ std::uint64_t{1} << bit));
  }
  auto layout = make_schema({{"k", of(type_kind::bigint)}});
  auto values
      = hashes(*make_batch(layout, {builder.finish()}, samples * 65), {0});
  for (std::size_t sample = 0; sample < samples; ++sample)
    for (std::size_t in = 0; in < 64; ++in) {
      auto change = values[sample * 65] ^ values[sample * 65 + 1 + in];
      for (std::size_t out = 0; out < 64; ++out)
        flips[in][out] += static_cast<int>(change >> out & 1);
    }
  for (const auto& row : flips)
    for (auto count : row) {
      EXPECT_GT(count, samples * 35 / 100);
      EXPECT_LT(count, samples * 65 / 100);
    }
}

/// Chi-squared of key groups and of the lowest 7 bits, for keys as they come:
/// counted up, in steps, as texts.
TEST(hash_rows, spreads_keys_over_groups_and_slots) {
  constexpr std::int64_t rows = 12'800;
  auto layout = make_schema(
      {{"n", of(type_kind::bigint)}, {"t", of(type_kind::varchar)}});
  for (std::int64_t step : {std::int64_t{1}, std::int64_t{1'000},
                            std::int64_t{4'096}, std::int64_t{1} << 40})
    for (int key : {0, 1}) {
      std::vector<literal_row> table;
      for (std::int64_t i = 0; i < rows; ++i)
        table.push_back({i * step, fmt::format("user-{:08}", i * step)});
      std::array<double, 128> groups{};
      std::array<double, 128> slots{};
      for (auto hash : hashes(*make_rows(layout, table), {key})) {
        ++groups[static_cast<std::size_t>(key_group_of(hash))];
        ++slots[hash & 127];
      }
      double expected = rows / 128.0;
      double chi_groups = 0;
      double chi_slots = 0;
      for (std::size_t i = 0; i < 128; ++i) {
        chi_groups += std::pow(groups[i] - expected, 2) / expected;
        chi_slots += std::pow(slots[i] - expected, 2) / expected;
      }
      // 127 degrees of freedom: 196 is passed by chance once in 10,000.
      EXPECT_LT(chi_groups, 196) << step << " key " << key;
      EXPECT_LT(chi_slots, 196) << step << " key " << key;
    }
}

TEST(key_groups, belong_to_exactly_one_subtask) {
  for (int parallelism = 1; parallelism <= key_groups; ++parallelism)
    for (int group = 0; group < key_groups; ++group) {
      auto owner = owner_of(group, parallelism);
      for (int index = 0; index < parallelism; ++index)
        ASSERT_EQ(range_of(index, parallelism).contains(group), index == owner);
    }
}

} // namespace
} // namespace herald::testing
