#include "engine/sql/parser.hpp"

#include <gtest/gtest.h>

namespace herald::sql {
namespace {

expression_ptr expression_of(std::string_view sql) {
  auto parsed = parse_expression(sql);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *std::move(parsed) : nullptr;
}

template <class Node>
Node statement_of(std::string_view sql) {
  auto parsed = parse_statement(sql);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  auto* node = parsed.ok() ? std::get_if<Node>(&parsed->node) : nullptr;
  EXPECT_TRUE(node) << sql;
  return node ? std::move(*node) : Node();
}

std::string_view text_at(std::string_view sql, text_position where) {
  return sql.substr(where.offset, where.length);
}

TEST(sql_parser, every_node_knows_its_stretch_of_the_text) {
  std::string_view sql = " a + f(b, 'c') * -d ";
  auto sum = expression_of(sql);
  EXPECT_EQ(text_at(sql, sum->where), "a + f(b, 'c') * -d");
  const auto& args = sum->as<operation>()->args;
  EXPECT_EQ(text_at(sql, args[0]->where), "a");
  const auto& product = args[1]->as<operation>()->args;
  EXPECT_EQ(text_at(sql, product[0]->where), "f(b, 'c')");
  EXPECT_EQ(text_at(sql, product[1]->where), "-d");
  EXPECT_EQ(product[1]->where.column, 18U);
}

TEST(sql_parser, a_view_keeps_the_text_of_its_query) {
  std::string_view sql = "CREATE VIEW v AS\n  SELECT a -- all\n FROM t  ;";
  auto view = statement_of<create_view>(sql);
  EXPECT_EQ(text_at(sql, view.query->where), "SELECT a -- all\n FROM t");
  EXPECT_EQ(view.query->where.line, 2U);
}

TEST(sql_parser, statements_of_a_script_know_their_text) {
  std::string_view sql = "SELECT 1; ;\nDROP TABLE t";
  auto parsed = parse_script(sql);
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ(text_at(sql, (*parsed)[0].where), "SELECT 1");
  EXPECT_EQ(text_at(sql, (*parsed)[1].where), "DROP TABLE t");
}

TEST(sql_parser, a_script_may_be_empty_but_a_statement_may_not) {
  EXPECT_TRUE(parse_script(" -- nothing\n ; ")->empty());
  EXPECT_FALSE(parse_statement("").ok());
  EXPECT_FALSE(parse_statement("SELECT 1; SELECT 2").ok());
  EXPECT_TRUE(parse_statement("SELECT 1;").ok());
}

TEST(sql_parser, chains_of_one_operator_are_one_node) {
  auto sum = expression_of("a - b - (c - d) - e");
  ASSERT_EQ(sum->as<operation>()->op, operator_kind::subtract);
  EXPECT_EQ(sum->as<operation>()->args.size(), 4U);
  auto mixed = expression_of("a - b + c");
  ASSERT_EQ(mixed->as<operation>()->op, operator_kind::add);
  EXPECT_EQ(mixed->as<operation>()->args.size(), 2U);
}

TEST(sql_parser, negations_inside_an_operator_are_a_flag) {
  auto in = expression_of("a NOT IN (1, 2)");
  EXPECT_TRUE(in->as<operation>()->negated);
  EXPECT_EQ(in->as<operation>()->args.size(), 3U);
  auto is = expression_of("a IS NOT NULL");
  EXPECT_TRUE(is->as<operation>()->negated);
  EXPECT_EQ(is->as<operation>()->op, operator_kind::is_null);
}

TEST(sql_parser, names_keep_their_case_and_functions_offer_capitals) {
  auto call_node = expression_of("Db.`my F`(`x Y`)");
  EXPECT_EQ(call_node->as<call>()->upper_name(), "DB.MY F");
  EXPECT_EQ(call_node->as<call>()->function[1].name, "my F");
}

TEST(sql_parser, units_and_words_are_keyword_arguments) {
  auto extract = expression_of("EXTRACT(SQL_TSI_DAY FROM a)");
  ASSERT_EQ(extract->as<call>()->args.size(), 2U);
  EXPECT_EQ(extract->as<call>()->args[0]->as<keyword_argument>()->word, "DAY");
  auto trim = expression_of("TRIM('x' FROM a)");
  ASSERT_EQ(trim->as<call>()->args.size(), 3U);
  EXPECT_EQ(trim->as<call>()->args[0]->as<keyword_argument>()->word, "BOTH");
}

TEST(sql_parser, literals_keep_their_text) {
  auto big = expression_of("123456789012345678901234567890");
  EXPECT_EQ(big->as<literal>()->text, "123456789012345678901234567890");
  auto interval = expression_of("INTERVAL -'1-2' YEAR(3) TO MONTH");
  const auto* node = interval->as<literal>();
  EXPECT_EQ(node->text, "1-2");
  EXPECT_TRUE(node->negative);
  EXPECT_TRUE(node->interval.counts_months());
  EXPECT_EQ(node->interval.to, time_unit::month);
  EXPECT_EQ(node->interval.precision, 3U);
}

TEST(sql_parser, options_know_where_key_and_value_stand) {
  std::string_view sql = "CREATE TABLE t (a INT) WITH ('k' = 'a''b')";
  auto table = statement_of<create_table>(sql);
  ASSERT_EQ(table.options.size(), 1U);
  EXPECT_EQ(table.options[0].value, "a'b");
  EXPECT_EQ(text_at(sql, table.options[0].where), "'k' = 'a''b'");
  EXPECT_EQ(text_at(sql, table.options[0].value_where), "'a''b'");
}

TEST(sql_parser, a_key_at_a_column_is_a_key_of_the_table) {
  auto table = statement_of<create_table>(
      "CREATE TABLE t (a INT PRIMARY KEY NOT ENFORCED, b INT)");
  ASSERT_EQ(table.schema.keys.size(), 1U);
  EXPECT_EQ(table.schema.keys[0].columns[0].name, "a");
  EXPECT_EQ(table.schema.keys[0].enforced, false);
}

TEST(sql_parser, joins_lean_to_the_left_and_commas_bind_weaker) {
  auto query = statement_of<query_ptr>("SELECT * FROM a, b JOIN c ON TRUE, d");
  const auto& from = *std::get<select_block>(query->body).from;
  const auto* last = from.as<join_table>();
  ASSERT_TRUE(last && last->comma);
  EXPECT_TRUE(last->right->as<named_table>());
  const auto* first = last->left->as<join_table>();
  ASSERT_TRUE(first && first->comma);
  EXPECT_TRUE(first->right->as<join_table>());
}

TEST(sql_parser, a_pattern_is_a_tree) {
  auto query = statement_of<query_ptr>(
      "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (a (b | c)+? d{2,})"
      " DEFINE a AS TRUE)");
  const auto& from = *std::get<select_block>(query->body).from;
  const auto& pattern = from.as<match_table>()->pattern;
  using kind = pattern_node::kind_type;
  ASSERT_EQ(pattern.kind, kind::sequence);
  ASSERT_EQ(pattern.children.size(), 3U);
  EXPECT_EQ(pattern.children[1].kind, kind::alternation);
  EXPECT_TRUE(pattern.children[1].quantifier->reluctant);
  EXPECT_EQ(pattern.children[2].quantifier->min, 2U);
  EXPECT_FALSE(pattern.children[2].quantifier->max);
}

TEST(sql_parser, errors_point_at_the_token) {
  std::string sql = "SELECT a\nFROM t\nWHERE b ==  1";
  auto status = parse_script(sql).status();
  EXPECT_EQ(position_of(status), (text_position{3, 10, 25, 1}));
  EXPECT_EQ(render_error(sql, status),
            "line 3, column 10: expected an expression instead of = (equality"
            " is written with one =)\n"
            "  WHERE b ==  1\n"
            "           ^");
}

} // namespace
} // namespace herald::sql
