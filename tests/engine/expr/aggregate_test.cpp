#include "tests/engine/expr/support.hpp"

#include <limits>
#include <numeric>
#include <string>

#include <gtest/gtest.h>

namespace herald::test {
namespace {

std::string run(std::string_view name, bool distinct, const batch_ptr& rows,
                bool retractable = false,
                const std::vector<std::int8_t>& changes = {}) {
  std::vector<expr_ptr> args;
  if (!rows->columns.empty() && name != "COUNT(*)")
    args.push_back(col(rows, 0));
  auto call = make_aggregate(name == "COUNT(*)" ? "COUNT" : name, args,
                             distinct, nullptr, true);
  if (!call.ok())
    return std::string(message_of(call.status()));
  auto state = make_accumulator(*call, retractable);
  state->resize(1);
  std::vector<std::int32_t> groups(static_cast<std::size_t>(rows->rows), 0);
  std::vector<column_ptr> inputs;
  if (!args.empty())
    inputs.push_back(evaluate_column(*call->args[0], *rows, {}).value());
  EXPECT_TRUE(state
                  ->add(inputs, nullptr, groups,
                        changes.empty() ? nullptr : changes.data())
                  .ok());
  std::vector<std::int32_t> all{0};
  return to_string(value_at(*state->result(all), 0));
}

TEST(aggregate, counts_sums_and_averages) {
  auto rows = make_rows(
      {data_type::of(kind::integer)},
      {{std::int64_t{1}}, {{}}, {std::int64_t{4}}, {std::int64_t{4}}});
  EXPECT_EQ(run("COUNT(*)", false, rows), "4");
  EXPECT_EQ(run("COUNT", false, rows), "3");
  EXPECT_EQ(run("COUNT", true, rows), "2");
  EXPECT_EQ(run("SUM", false, rows), "9");
  EXPECT_EQ(run("SUM", true, rows), "5");
  EXPECT_EQ(run("AVG", false, rows), "3");
  EXPECT_EQ(run("MIN", false, rows), "1");
  EXPECT_EQ(run("MAX", false, rows), "4");
}

TEST(aggregate, measures_variance) {
  auto rows = make_rows({data_type::of(kind::integer)}, {{std::int64_t{1}},
                                                         {std::int64_t{2}},
                                                         {std::int64_t{3}},
                                                         {std::int64_t{4}},
                                                         {std::int64_t{5}},
                                                         {{}}});
  EXPECT_EQ(run("VAR_POP", false, rows), "2");
  EXPECT_EQ(run("VAR_SAMP", false, rows), "2");
  EXPECT_EQ(run("STDDEV_POP", false, rows), "1");
  auto real = make_rows({data_type::of(kind::float64)}, {{2.0},
                                                         {4.0},
                                                         {4.0},
                                                         {5.0},
                                                         {9.0},
                                                         {5.0},
                                                         {7.0},
                                                         {4.0},
                                                         {100.0},
                                                         {100.0}});
  std::vector<std::int8_t> changes{0, 0, 0, 0, 0, 0, 0, 0, 0, 3};
  // Taking a large value back leaves a rounding error.
  EXPECT_NEAR(std::stod(run("STDDEV_POP", false, real, true, changes)), 2.0,
              1e-9);
}

TEST(aggregate, keeps_values_in_order) {
  auto rows = make_rows({string_type()}, {{"a"}, {{}}, {"b"}, {"a"}, {"a"}});
  EXPECT_EQ(run("LISTAGG", false, rows), "a,b,a,a");
  EXPECT_EQ(run("LISTAGG", true, rows), "a,b");
  EXPECT_EQ(run("FIRST_VALUE", false, rows), "a");
  std::vector<std::int8_t> changes{0, 0, 0, 0, 3};
  EXPECT_EQ(run("LISTAGG", false, rows, true, changes), "b,a");
  EXPECT_EQ(run("FIRST_VALUE", false, rows, true, changes), "b");
  EXPECT_EQ(run("LAST_VALUE", false, rows, true, changes), "a");
  EXPECT_EQ(run("APPROX_COUNT_DISTINCT", false, rows), "2");
}

TEST(aggregate, counts_one_null_in_distinct_arrays) {
  auto rows
      = make_rows({string_type()}, {{"b"}, {{}}, {"a"}, {"b"}, {{}}, {"c"}});
  EXPECT_EQ(run("ARRAY_AGG", true, rows), "[b, NULL, a, c]");
  std::vector<std::int8_t> changes{0, 0, 0, 0, 3, 0};
  EXPECT_EQ(run("ARRAY_AGG", true, rows, true, changes), "[b, a, c]");
}

TEST(aggregate, counts_nested_values_once) {
  auto type = data_type::array(data_type::of(kind::float64));
  auto list = [&](std::vector<double> values) {
    std::vector<scalar> result;
    for (auto x : values)
      result.push_back({data_type::of(kind::float64), x});
    return result;
  };
  auto nan = std::numeric_limits<double>::quiet_NaN();
  auto rows = make_rows({type}, {{list({1, 2})},
                                 {list({1})},
                                 {list({1, 2})},
                                 {{}},
                                 {list({nan})},
                                 {list({-nan})},
                                 {list({})}});
  EXPECT_EQ(run("COUNT", true, rows), "4");
  EXPECT_EQ(run("SUM", true, rows), "SUM takes (number), not (ARRAY<DOUBLE>)");
}

TEST(aggregate, takes_rows_back) {
  auto rows = make_rows({string_type()}, {{"a"}, {"z"}, {"z"}, {"b"}});
  std::vector<std::int8_t> changes{0, 0, 3, 0};
  EXPECT_EQ(run("MAX", false, rows, true, changes), "b");
  EXPECT_EQ(run("COUNT", true, rows, true, changes), "2");
  EXPECT_EQ(run("SUM", false, rows), "SUM takes (number), not (STRING)");
}

} // namespace
} // namespace herald::test
