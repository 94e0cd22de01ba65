#include "tests/engine/expr/support.hpp"
#include "tests/support/seeds.hpp"

#include <random>

#include <gtest/gtest.h>

// Every kernel over a random batch with NULLs must give, row by row, what the
// same call gives for that row alone as literals: loops, constants on either
// side, subsets and folding agree.

namespace herald::test {
namespace {

struct operation {
  std::string name;
  std::vector<data_type> types;
};

std::vector<operation> operations() {
  auto of = [](kind x) { return data_type::of(x); };
  auto text = string_type();
  std::vector<operation> result;
  std::vector<data_type> numbers{
      of(kind::tinyint),         of(kind::smallint),        of(kind::integer),
      of(kind::bigint),          of(kind::float32),         of(kind::float64),
      data_type::decimal(10, 2), data_type::decimal(38, 18)};
  std::vector<data_type> others{text, of(kind::boolean), of(kind::date),
                                data_type::timestamp(3)};
  for (const auto* name : {"=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM",
                           "IS NOT DISTINCT FROM", "GREATEST", "LEAST"}) {
    for (const auto& a : numbers)
      for (const auto& b : numbers)
        result.push_back({name, {a, b}});
    for (const auto& a : others)
      result.push_back({name, {a, a}});
  }
  for (const auto* name : {"+", "-", "*", "NULLIF", "COALESCE"})
    for (const auto& a : numbers)
      for (const auto& b : numbers)
        result.push_back({name, {a, b}});
  for (const auto* name : {"AND", "OR"})
    result.push_back({name, {of(kind::boolean), of(kind::boolean)}});
  for (const auto* name : {"NOT", "IS TRUE", "IS NOT FALSE", "IS UNKNOWN"})
    result.push_back({name, {of(kind::boolean)}});
  for (const auto& a : numbers) {
    result.push_back({"CASE", {of(kind::boolean), a, a}});
    result.push_back({"ABS", {a}});
    result.push_back({"IN", {a, a, a}});
    result.push_back({"IS NULL", {a}});
  }
  for (const auto& a : others) {
    result.push_back({"CASE", {of(kind::boolean), a, a}});
    result.push_back({"COALESCE", {a, a}});
    result.push_back({"BETWEEN", {a, a, a}});
  }
  for (const auto* name : {"UPPER", "LOWER", "TRIM", "REVERSE", "CHAR_LENGTH",
                           "INITCAP", "MD5", "HEX"})
    result.push_back({name, {text}});
  for (const auto* name : {"||", "CONCAT_WS", "POSITION", "STARTSWITH", "LIKE",
                           "BTRIM", "REGEXP_EXTRACT"})
    result.push_back({name, {text, text}});
  result.push_back({"SUBSTRING", {text, of(kind::integer), of(kind::integer)}});
  result.push_back({"SPLIT_INDEX", {text, text, of(kind::integer)}});
  result.push_back({"REPLACE", {text, text, text}});
  result.push_back({"RPAD", {text, of(kind::integer), text}});
  result.push_back({"HOUR", {data_type::timestamp(3)}});
  result.push_back({"YEAR", {of(kind::date)}});
  return result;
}

scalar random_value(const data_type& type, std::mt19937_64& random) {
  static const std::vector<std::string> texts{
      "",
      "a",
      "b",
      "A long text that lies in the heap",
      "ÄÖ日本語😀",
      "a,b,,c",
      "A long text that lies in the heap too",
      "  a "};
  if (random() % 4 == 0)
    return null_of(type);
  auto number = static_cast<std::int64_t>(random() % 9) - 4;
  switch (type.storage()) {
  case storage_kind::bit:
    return {type, number > 0};
  case storage_kind::f32:
  case storage_kind::f64:
    return {type, static_cast<double>(number) / 2};
  case storage_kind::i128: {
    int128 value = number;
    for (int i = 0; i < type.scale(); ++i)
      value *= 10;
    return {type, random() % 2 == 0 ? value : value / 3};
  }
  case storage_kind::text:
    return {type, texts[random() % texts.size()]};
  default:
    return {type, type.is_timestamp() ? number * 12'345'678'901 : number};
  }
}

class kernel_property : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(kernel_property, rows_of_a_batch_agree_with_single_rows) {
  std::mt19937_64 random{GetParam()};
  for (const auto& x : operations()) {
    auto count = 1 + random() % 150;
    std::vector<std::vector<scalar>> rows(count);
    std::vector<std::vector<scalar::value_type>> values(count);
    // Some arguments are the same literal in every row.
    std::vector<bool> constant;
    std::vector<expr_ptr> args;
    for (std::size_t i = 0; i < x.types.size(); ++i) {
      constant.push_back(random() % 3 == 0);
      auto fixed = random_value(x.types[i], random);
      for (std::size_t row = 0; row < count; ++row) {
        rows[row].push_back(constant[i] ? fixed
                                        : random_value(x.types[i], random));
        values[row].push_back(rows[row][i].value);
      }
      args.push_back(constant[i]
                         ? make_literal(fixed)
                         : make_column(static_cast<int>(i), x.types[i]));
    }
    auto input = make_rows(x.types, values);
    auto call = make_call(x.name, args);
    ASSERT_TRUE(call.ok()) << x.name << ": " << call.status();
    auto result = evaluate_column(**call, *input, {});
    ASSERT_TRUE(result.ok()) << x.name << ": " << result.status();
    ASSERT_EQ((*result)->length, input->rows) << x.name;
    EXPECT_TRUE((*result)->type.same_kind((*call)->type)) << x.name;
    std::int64_t nulls = 0;
    for (std::size_t row = 0; row < count; ++row) {
      std::vector<expr_ptr> literals;
      for (auto& value : rows[row])
        literals.push_back(make_literal(value));
      auto single = make_call(x.name, literals);
      ASSERT_TRUE(single.ok()) << single.status();
      auto at = static_cast<std::int64_t>(row);
      nulls += (*result)->is_null(at);
      ASSERT_EQ(to_string(value_at(**result, at)),
                value_of(fold_constants(*single)))
          << "row " << row << " of " << to_string(**call) << ", as "
          << to_string(**single);
    }
    EXPECT_EQ((*result)->null_count, nulls) << x.name;
    if ((*call)->type.kind() == kind::boolean) {
      auto taken = select_rows(**call, *input, {});
      row_list wanted;
      for (std::int32_t row = 0; row < input->rows; ++row)
        if (!(*result)->is_null(row) && (*result)->bit(row))
          wanted.push_back(row);
      EXPECT_EQ(*taken, wanted) << x.name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(seeds, kernel_property,
                         ::testing::Range(std::uint64_t{1},
                                          1 + herald::testing::seed_count(6)));

} // namespace
} // namespace herald::test
