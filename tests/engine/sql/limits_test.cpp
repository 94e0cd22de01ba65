#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace herald::sql {
namespace {

std::string repeat(std::string_view text, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += text;
  return result;
}

/// Returns the error of a script, without its place, or "".
std::string error_of(std::string_view sql) {
  auto status = parse_script(sql).status();
  auto text = std::string(message_of(status));
  return text.substr(text.find(": ") == text.npos ? 0 : text.find(": ") + 2);
}

const std::string too_deep
    = "nested more than 256 levels deep (split it into views)";

TEST(sql_limits, a_hundred_thousand_brackets_of_any_kind_are_an_error) {
  constexpr std::size_t many = 100000;
  for (std::string_view opening : {"(",
                                   "f(",
                                   "a[",
                                   "- ",
                                   "+",
                                   "NOT ",
                                   "CASE WHEN ",
                                   "CAST(",
                                   "ARRAY[",
                                   "a IN (",
                                   "EXISTS(SELECT ",
                                   "(SELECT ",
                                   "INTERVAL ",
                                   "f(a => ",
                                   "1 - (",
                                   "a AND (",
                                   "ROW(",
                                   "EXISTS (SELECT * FROM (",
                                   "f() FILTER (WHERE ",
                                   "f() OVER (ORDER BY ",
                                   "JSON_ARRAY("}) {
    EXPECT_EQ(error_of("SELECT " + repeat(opening, many)), too_deep) << opening;
  }
  for (std::string_view opening : {"(", "(SELECT * FROM ",
                                   "LATERAL (SELECT 1, "
                                   "(SELECT 1 FROM "}) {
    EXPECT_EQ(error_of("SELECT * FROM " + repeat(opening, many)), too_deep)
        << opening;
  }
  EXPECT_EQ(error_of(repeat("(", many)), too_deep);
  EXPECT_EQ(error_of(repeat("WITH a AS (", many)), too_deep);
  EXPECT_EQ(error_of("SELECT CAST(a AS " + repeat("ARRAY<", many)), too_deep);
  EXPECT_EQ(error_of("SELECT CAST(a AS " + repeat("ROW<a ", many)), too_deep);
  EXPECT_EQ(
      error_of("SELECT 1 FROM t GROUP BY " + repeat("GROUPING SETS (", many)),
      too_deep);
  EXPECT_EQ(
      error_of("SELECT * FROM t MATCH_RECOGNIZE (PATTERN " + repeat("(", many)),
      too_deep);
}

TEST(sql_limits, trees_that_grow_to_the_left_are_as_low_as_others) {
  constexpr std::size_t many = 10000;
  for (std::string_view more : {"[1]", ".b", " IS NULL", " = 1", " + 1 - 1",
                                " IN (1)", " LIKE 'x'", " BETWEEN 1 AND 2"}) {
    EXPECT_EQ(error_of("SELECT (a)" + repeat(more, many)), too_deep) << more;
  }
  EXPECT_EQ(error_of("SELECT CAST(a AS INT" + repeat(" ARRAY", many)),
            too_deep);
  EXPECT_EQ(
      error_of("SELECT 1" + repeat(" UNION SELECT 1 EXCEPT SELECT 1", many)),
      too_deep);
  EXPECT_EQ(error_of("SELECT * FROM t" + repeat(" CROSS JOIN t", many)),
            too_deep);
  EXPECT_EQ(error_of("SELECT * FROM t" + repeat(", t", many)), too_deep);
  // chains in brackets in chains: no sum of heights gets by
  auto chain = repeat("+1-1", 60);
  EXPECT_EQ(
      error_of("SELECT " + repeat("(", 200) + "a" + repeat(chain + ")", 200)),
      too_deep);
}

TEST(sql_limits, nesting_up_to_the_limit_parses_and_prints) {
  auto nested = [](std::size_t levels) { // the innermost is one, too
    return repeat("f(", levels - 1) + "1" + repeat(")", levels - 1);
  };
  constexpr auto most = (max_nesting - 1) / 2; // a call takes two
  auto parsed = parse_expression(nested(most));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(to_sql(**parsed), nested(most));
  EXPECT_FALSE(parse_expression(nested(most + 2)).ok());
}

TEST(sql_limits, chains_of_one_operator_have_no_limit) {
  constexpr std::size_t many = 50000;
  for (std::string_view op : {" + ", " - ", " * ", " || ", " AND ", " OR "}) {
    auto sql = "a" + repeat(fmt::format("{}a", op), many);
    auto parsed = parse_expression(sql);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ((*parsed)->as<operation>()->args.size(), many + 1);
    EXPECT_EQ(to_sql(**parsed), sql);
  }
  auto unions = "SELECT 1" + repeat(" UNION ALL SELECT 1", 10000);
  EXPECT_EQ(error_of(unions), "");
}

TEST(sql_limits, a_statement_has_at_most_a_mebibyte) {
  auto text = [](std::size_t bytes) {
    return "SELECT '" + repeat("x", bytes - 9) + "'";
  };
  EXPECT_EQ(error_of(text(statement_bytes_max)), "");
  EXPECT_EQ(error_of(text(statement_bytes_max + 1)),
            "this statement has more than 1048576 bytes (keep data in a file "
            "and read it as a table)");
  // of two statements each counts by itself
  EXPECT_EQ(
      error_of(text(statement_bytes_max) + ";" + text(statement_bytes_max)),
      "");
}

TEST(sql_limits, a_statement_has_at_most_so_many_tokens) {
  auto list = [](std::size_t tokens) {
    return "SELECT " + repeat("1,", (tokens - 2) / 2) + "1";
  };
  EXPECT_EQ(error_of(list(statement_tokens_max)), "");
  EXPECT_EQ(error_of(list(statement_tokens_max + 2)),
            "this statement has more than 262144 words and symbols (keep data "
            "in a file and read it as a table)");
}

TEST(sql_limits, a_script_has_at_most_sixteen_mebibytes) {
  EXPECT_EQ(error_of(repeat(" ", script_bytes_max)), "");
  EXPECT_EQ(error_of(repeat(" ", script_bytes_max + 1)),
            "this text has 16777217 bytes, more than 16777216 (split it into "
            "several scripts)");
}

TEST(sql_limits, text_that_is_not_utf8_is_refused_with_its_place) {
  auto status = parse_script("SELECT 1,\n 'ü\xFF'").status();
  EXPECT_EQ(message_of(status), "line 2, column 4: this is not UTF-8");
  EXPECT_EQ(position_of(status), (text_position{2, 4, 14, 1}));
}

} // namespace
} // namespace herald::sql
