#include "tests/engine/expr/support.hpp"

#include <gtest/gtest.h>

namespace herald::test {
namespace {

TEST(expr, compares_a_column_with_a_constant) {
  auto rows = make_rows({data_type::of(kind::bigint)},
                        {{std::int64_t{1}}, {{}}, {std::int64_t{5}}});
  EXPECT_EQ(values_of(call(">", {col(rows, 0), lit(4)}), rows),
            "FALSE NULL TRUE");
  auto taken = select_rows(*call(">", {col(rows, 0), lit(0)}), *rows, {});
  EXPECT_EQ(*taken, (row_list{0, 2}));
}

TEST(expr, multiplies_decimals_as_flink_types_them) {
  auto rows
      = make_rows({data_type::of(kind::bigint)}, {{std::int64_t{1000}}, {{}}});
  auto x = call("*", {dec("0.908"), col(rows, 0)});
  EXPECT_EQ(x->type.to_string(), "DECIMAL(23, 3)");
  EXPECT_EQ(values_of(x, rows), "908.000 NULL");
  auto y = call("<", {x, lit(1000000)});
  EXPECT_EQ(values_of(y, rows), "TRUE NULL");
}

TEST(expr, divides_decimals_half_up) {
  auto x = call("/", {as(lit("1"), data_type::decimal(10, 2)), dec("7.000")});
  EXPECT_EQ(x->type.to_string(), "DECIMAL(18, 7) NOT NULL");
  EXPECT_EQ(value_of(x), "0.1428571");
  EXPECT_EQ(value_of(call("%", {dec("0.222"), dec("0.1")})), "0.022");
}

TEST(expr, fails_on_division_by_zero_unless_case_keeps_it_away) {
  auto rows = make_rows({data_type::of(kind::integer)},
                        {{std::int64_t{0}}, {std::int64_t{5}}});
  auto quotient = call("/", {lit(10), col(rows, 0)});
  EXPECT_EQ(values_of(quotient, rows),
            "error: division by zero (NULLIF(…, 0) gives NULL)");
  auto guarded
      = call("CASE", {call("<>", {col(rows, 0), lit(0)}), quotient, lit(-1)});
  EXPECT_EQ(values_of(guarded, rows), "-1 2");
  auto both = call("AND", {call("<>", {col(rows, 0), lit(0)}),
                           call(">", {quotient, lit(1)})});
  EXPECT_EQ(values_of(both, rows), "FALSE TRUE");
  auto either = call(
      "OR", {call("=", {col(rows, 0), lit(0)}), call(">", {quotient, lit(1)})});
  EXPECT_EQ(values_of(either, rows), "TRUE TRUE");
}

TEST(expr, casts_texts) {
  EXPECT_EQ(value_of(as(lit("12.9"), data_type::of(kind::integer))), "12");
  EXPECT_EQ(value_of(as(lit(" 1.5 "), data_type::decimal(5, 2))), "1.50");
  auto bad = make_cast(lit("abc"), data_type::of(kind::integer));
  EXPECT_EQ(value_of(*bad),
            "error: cannot read 'abc' as INT (TRY_CAST gives NULL)");
  auto lenient = make_cast(lit("abc"), data_type::of(kind::integer), true);
  EXPECT_EQ(value_of(*lenient), "NULL");
  EXPECT_EQ(value_of(as(dbl(1e7), string_type())), "1.0E7");
  EXPECT_EQ(value_of(as(dbl(0.001), string_type())), "0.001");
  EXPECT_EQ(value_of(as(lit(12345), data_type::text(kind::character, 8))),
            "12345   ");
}

TEST(expr, names_the_nearest_function) {
  EXPECT_EQ(error_of("COALESC", {lit(1)}),
            "unknown function COALESC (did you mean COALESCE?)");
  EXPECT_EQ(error_of("NOT", {lit(1)}), "NOT takes (BOOLEAN), not (INT)");
}

TEST(expr, finds_values_in_lists) {
  auto rows = make_rows({string_type()}, {{"apple"}, {{}}, {"pear"}});
  EXPECT_EQ(
      values_of(call("IN", {col(rows, 0), lit("apple"), lit("fig")}), rows),
      "TRUE NULL FALSE");
  EXPECT_EQ(
      values_of(call("IN", {col(rows, 0), lit("apple"), null_lit()}), rows),
      "TRUE NULL NULL");
  EXPECT_EQ(
      values_of(call("NOT IN", {col(rows, 0), lit("apple"), null_lit()}), rows),
      "FALSE NULL NULL");
}

TEST(expr, adds_intervals_to_times) {
  auto type = data_type::timestamp(3);
  auto time = as(lit("2020-01-31 12:00:00"), type);
  auto day = make_literal(
      {data_type::of(kind::interval_day), std::int64_t{86'400'000}});
  auto month
      = make_literal({data_type::of(kind::interval_month), std::int64_t{1}});
  EXPECT_EQ(value_of(call("-", {time, day})), "2020-01-30 12:00:00.000");
  EXPECT_EQ(value_of(call("+", {time, month})), "2020-02-29 12:00:00.000");
  EXPECT_EQ(value_of(call("*", {day, lit(2)})), "+2 00:00:00.000");
}

} // namespace
} // namespace herald::test
