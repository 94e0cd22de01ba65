#include "tests/engine/expr/support.hpp"

#include <numeric>

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
    inputs.push_back(rows->columns[0]);
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

TEST(aggregate, takes_rows_back) {
  auto rows = make_rows({string_type()}, {{"a"}, {"z"}, {"z"}, {"b"}});
  std::vector<std::int8_t> changes{0, 0, 3, 0};
  EXPECT_EQ(run("MAX", false, rows, true, changes), "b");
  EXPECT_EQ(run("COUNT", true, rows, true, changes), "2");
  EXPECT_EQ(run("SUM", false, rows), "SUM takes (number), not (STRING)");
}

} // namespace
} // namespace herald::test
