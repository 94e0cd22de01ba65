#include "engine/expr/hyperloglog.hpp"
#include "engine/expr/roaring.hpp"
#include "tests/engine/expr/support.hpp"

#include <algorithm>
#include <random>
#include <set>

#include <gtest/gtest.h>

// Sets as values: BITMAPs as RoaringBitmap's bytes, and HyperLogLog.

namespace herald::test {
namespace {

std::string bytes_of(const value_set& values) {
  std::string result;
  append_roaring(result, values);
  return result;
}

std::string unhex(std::string_view hex) {
  std::string result;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    result += static_cast<char>(
        std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return result;
}

TEST(roaring, writes_the_portable_format) {
  EXPECT_EQ(bytes_of({}), unhex("3a30000000000000"));
  EXPECT_EQ(bytes_of({1, 2, 3}),
            unhex("3a300000010000000000020010000000010002000300"));
}

TEST(roaring, reads_back_what_it_wrote) {
  std::mt19937 random(7);
  for (std::uint32_t range : {10u, 5'000u, 70'000u, 4'000'000'000u})
    for (std::size_t count : {0, 1, 4096, 4097, 20'000}) {
      std::set<std::uint32_t> values;
      for (std::size_t i = 0; i < count; ++i)
        values.insert(static_cast<std::uint32_t>(random() % range));
      value_set sorted(values.begin(), values.end());
      auto bytes = bytes_of(sorted);
      ASSERT_EQ(read_roaring(bytes), sorted) << range << " " << count;
      EXPECT_EQ(roaring_cardinality(bytes),
                static_cast<std::int64_t>(sorted.size()));
      // Cut anywhere, it is malformed but does no harm.
      for (std::size_t cut = 0; cut < bytes.size(); cut += 1 + cut / 3)
        EXPECT_EQ(read_roaring(std::string_view(bytes).substr(0, cut)),
                  std::nullopt);
    }
}

TEST(roaring, reads_containers_of_runs) {
  // Cookie 12347 with one container, a flag that it has runs, key 1, five
  // values, two runs: 3 … 5 and 9 … 10.
  auto bytes = unhex("3b300000"
                     "01"
                     "01000400"
                     "0200"
                     "03000200"
                     "09000100");
  EXPECT_EQ(read_roaring(bytes),
            (value_set{65539, 65540, 65541, 65545, 65546}));
  EXPECT_EQ(roaring_cardinality(bytes), 5);
}

TEST(roaring, refuses_what_is_out_of_order) {
  EXPECT_EQ(read_roaring(unhex("3a3000000100000000000100100000000200"
                               "0100")),
            std::nullopt);
  EXPECT_EQ(read_roaring(unhex("00")), std::nullopt);
  EXPECT_EQ(read_roaring(unhex("3a300000ffffffff")), std::nullopt);
}

std::uint64_t hash_of(std::uint64_t x) {
  x *= 0x9e3779b97f4a7c15ull;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ull;
  return x ^ x >> 32;
}

TEST(hyperloglog, is_exact_until_it_is_a_sketch) {
  hyperloglog sketch;
  for (std::uint64_t i = 0; i < hyperloglog::exact_max; ++i) {
    sketch.add(hash_of(i));
    sketch.add(hash_of(i / 2));
  }
  EXPECT_EQ(sketch.estimate(),
            static_cast<std::int64_t>(hyperloglog::exact_max));
  EXPECT_LT(sketch.memory_bytes(), 32 * 1024);
}

TEST(hyperloglog, is_near_for_many_values) {
  hyperloglog sketch;
  std::uint64_t added = 0;
  for (std::uint64_t count : {2'000u, 50'000u, 1'000'000u}) {
    for (; added < count; ++added)
      sketch.add(hash_of(added));
    auto wanted = static_cast<double>(count);
    EXPECT_NEAR(static_cast<double>(sketch.estimate()), wanted, wanted * 0.03);
  }
  EXPECT_LT(sketch.memory_bytes(), 20 * 1024);
}

TEST(hyperloglog, merges_and_survives_being_written) {
  for (std::uint64_t size : {10u, 1'500u, 30'000u}) {
    hyperloglog whole;
    hyperloglog parts[2];
    for (std::uint64_t i = 0; i < size; ++i) {
      whole.add(hash_of(i));
      parts[i % 2].add(hash_of(i));
      parts[1].add(hash_of(i / 3));
    }
    std::string bytes;
    parts[1].write(bytes);
    hyperloglog restored;
    ASSERT_TRUE(restored.read(bytes));
    parts[0].merge(restored);
    EXPECT_EQ(parts[0].estimate(), whole.estimate());
  }
  hyperloglog other;
  EXPECT_FALSE(other.read(""));
  EXPECT_FALSE(other.read("r123"));
}

TEST(approximate_distinct, takes_rows_back_exactly) {
  auto call
      = make_aggregate("APPROX_COUNT_DISTINCT", {make_column(0, string_type())},
                       false, nullptr, true);
  ASSERT_TRUE(call.ok());
  auto state = make_accumulator(*call, true);
  state->resize(1);
  auto rows = make_rows({string_type()}, {{"a"}, {"b"}, {"a"}, {"b"}});
  std::int8_t changes[] = {0, 0, 0, 3};
  std::vector<std::int32_t> groups(4, 0);
  ASSERT_TRUE(state->add(rows->columns, nullptr, groups, changes).ok());
  EXPECT_EQ(to_string(value_at(*state->result(std::vector{0}), 0)), "1");
}

} // namespace
} // namespace herald::test
