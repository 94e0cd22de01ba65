#include "engine/columnar/scalar.hpp"
#include "tests/support/rows.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace herald::testing {
namespace {

std::string print(type_kind kind, double x) {
  return to_string({data_type::of(kind), x});
}

TEST(scalar_text, writes_floats_as_java_does) {
  auto d = [](double x) { return print(type_kind::float64, x); };
  auto f = [](float x) { return print(type_kind::float32, x); };
  using limits = std::numeric_limits<double>;
  EXPECT_EQ(d(1), "1.0");
  EXPECT_EQ(d(0), "0.0");
  EXPECT_EQ(d(-0.0), "-0.0");
  EXPECT_EQ(d(100), "100.0");
  EXPECT_EQ(d(0.1), "0.1");
  EXPECT_EQ(d(-1.5), "-1.5");
  EXPECT_EQ(d(1e10), "1.0E10");
  EXPECT_EQ(d(9999999), "9999999.0");
  EXPECT_EQ(d(1e7), "1.0E7");
  EXPECT_EQ(d(12345678.9), "1.23456789E7");
  EXPECT_EQ(d(0.001), "0.001");
  EXPECT_EQ(d(0.00012), "1.2E-4");
  EXPECT_EQ(d(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(d(limits::max()), "1.7976931348623157E308");
  EXPECT_EQ(d(limits::denorm_min()), "5.0E-324");
  EXPECT_EQ(d(limits::infinity()), "Infinity");
  EXPECT_EQ(d(-limits::infinity()), "-Infinity");
  EXPECT_EQ(d(limits::quiet_NaN()), "NaN");
  EXPECT_EQ(f(0.1f), "0.1");
  EXPECT_EQ(f(16777216.0f), "1.6777216E7");
}

TEST(scalar_text, keeps_all_digits_of_decimals_and_times) {
  auto text = [](const data_type& type, const char* literal) {
    return to_string(cell(literal).as(type));
  };
  EXPECT_EQ(text(data_type::decimal(10, 2), "-0.05"), "-0.05");
  EXPECT_EQ(text(data_type::decimal(10, 2), "12"), "12.00");
  EXPECT_EQ(text(data_type::decimal(38, 0), "-99999999999999999999999999999"),
            "-99999999999999999999999999999");
  EXPECT_EQ(text(data_type::timestamp(3), "2026-11-21 01:42:50.2"),
            "2026-11-21 01:42:50.200");
  EXPECT_EQ(text(data_type::timestamp(0), "2026-11-21 01:42:50.9"),
            "2026-11-21 01:42:50");
  EXPECT_EQ(text(data_type::timestamp_ltz(9), "1969-12-31T23:59:59.5Z"),
            "1969-12-31 23:59:59.500000000");
  EXPECT_EQ(text(data_type::timestamp(7), "0001-01-01 00:00:00.1234567"),
            "0001-01-01 00:00:00.1234567");
  EXPECT_EQ(text(data_type::of(type_kind::date), "0001-01-01"), "0001-01-01");
  EXPECT_EQ(text(data_type::of(type_kind::time), "23:59:59"), "23:59:59");
}

TEST(scalar_text, writes_the_rest_of_the_types) {
  auto text = [](const data_type& type, const cell& literal) {
    return to_string(literal.as(type));
  };
  auto number = data_type::of(type_kind::integer);
  auto words = data_type::of(type_kind::varchar);
  EXPECT_EQ(text(number, null), "NULL");
  EXPECT_EQ(text(data_type::of(type_kind::boolean), true), "TRUE");
  EXPECT_EQ(text(data_type::of(type_kind::tinyint), -128), "-128");
  EXPECT_EQ(text(words, "it's"), "it's");
  EXPECT_EQ(text(data_type::of(type_kind::interval_month), -14), "-1-02");
  EXPECT_EQ(text(data_type::of(type_kind::interval_day), 93'784'567),
            "+1 02:03:04.567");
  EXPECT_EQ(text(data_type::array(number), {1, null, 3}), "[1, NULL, 3]");
  EXPECT_EQ(text(data_type::map(words, number), {"a", 1, "b", 2}),
            "{a=1, b=2}");
  EXPECT_EQ(text(data_type::row({{"x", number}, {"y", words}}), {1, "b"}),
            "(1, b)");
}

} // namespace
} // namespace herald::testing
