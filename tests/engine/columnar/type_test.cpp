#include "engine/columnar/type.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/seeds.hpp"

#include <gtest/gtest.h>

namespace herald::testing {
namespace {

TEST(types, print_as_flink_does) {
  auto text = data_type::of(type_kind::varchar);
  auto row = data_type::row(
      {{"a", data_type::of(type_kind::integer).with_nullable(false)},
       {"b`c", text}});
  EXPECT_EQ(text.to_string(), "VARCHAR(2147483647)");
  EXPECT_EQ(text.to_short_string(), "STRING");
  EXPECT_EQ(data_type::of(type_kind::varbinary).to_short_string(), "BYTES");
  EXPECT_EQ(data_type::decimal(10, 2).with_nullable(false).to_string(),
            "DECIMAL(10, 2) NOT NULL");
  EXPECT_EQ(data_type::decimal(10, 2).with_nullable(false).to_short_string(),
            "DECIMAL(10, 2)");
  EXPECT_EQ(row.to_string(),
            "ROW<`a` INT NOT NULL, `b``c` VARCHAR(2147483647)>");
  EXPECT_EQ(row.to_short_string(), "ROW<`a` INT, `b``c` STRING>");
  EXPECT_EQ(data_type::map(text, data_type::array(row)).to_short_string(),
            "MAP<STRING, ARRAY<ROW<`a` INT, `b``c` STRING>>>");
  EXPECT_EQ(data_type::timestamp_ltz(3).to_string(), "TIMESTAMP_LTZ(3)");
  EXPECT_EQ(data_type{}.to_string(), "NULL");
}

TEST(types, have_the_documented_defaults) {
  EXPECT_EQ(data_type::of(type_kind::decimal), data_type::decimal(10, 0));
  EXPECT_EQ(data_type::of(type_kind::timestamp), data_type::timestamp(6));
  EXPECT_EQ(data_type::of(type_kind::character).precision(), 1);
  EXPECT_EQ(data_type::of(type_kind::time).precision(), 0);
}

TEST(types, know_their_ticks) {
  EXPECT_EQ(data_type::timestamp(0).ticks_per_second(), 1'000);
  EXPECT_EQ(data_type::timestamp(3).ticks_per_second(), 1'000);
  EXPECT_EQ(data_type::timestamp(4).ticks_per_second(), 1'000'000);
  EXPECT_EQ(data_type::timestamp(7).ticks_per_second(), 1'000'000'000);
  EXPECT_EQ(data_type::timestamp(6).storage(), storage_kind::i64);
  EXPECT_EQ(data_type::timestamp_ltz(7).storage(), storage_kind::i128);
}

TEST(types, are_the_same_kind_up_to_nullability_at_every_depth) {
  auto number = data_type::of(type_kind::integer);
  auto a = data_type::array(number);
  auto b = data_type::array(number.with_nullable(false)).with_nullable(false);
  EXPECT_NE(a, b);
  EXPECT_TRUE(a.same_kind(b));
  EXPECT_FALSE(a.same_kind(data_type::array(data_type::decimal(3, 1))));
  EXPECT_FALSE(data_type::decimal(3, 1).same_kind(data_type::decimal(3, 2)));
}

TEST(types, are_equal_to_copies_that_share_nothing) {
  for (std::uint64_t seed = 0; seed < seed_count(50); ++seed)
    EXPECT_EQ(random_data{seed}.type(), random_data{seed}.type());
}

TEST(types_death, refuse_what_sql_does_not_know) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(data_type::decimal(39, 0), "check failed");
  EXPECT_DEATH(data_type::decimal(5, 6), "check failed");
  EXPECT_DEATH(data_type::timestamp(10), "check failed");
  EXPECT_DEATH(data_type::of(type_kind::array), "check failed");
}

} // namespace
} // namespace herald::testing
