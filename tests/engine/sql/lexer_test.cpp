#include "engine/sql/lexer.hpp"
#include "engine/sql/parser.hpp"

#include <gtest/gtest.h>

namespace herald::sql {
namespace {

std::vector<token> read_all(std::string_view text) {
  lexer from(text);
  std::vector<token> result;
  for (;;) {
    auto next = from.next();
    if (!next.ok() || next->kind == token_kind::end)
      return result;
    result.push_back(*next);
  }
}

TEST(sql_lexer, gives_each_token_its_place_in_characters) {
  auto tokens = read_all("a\n  'ü' /* x\n */ `b`");
  ASSERT_EQ(tokens.size(), 3U);
  EXPECT_EQ(tokens[0].where, (text_position{1, 1, 0, 1}));
  EXPECT_EQ(tokens[1].where, (text_position{2, 3, 4, 4}));
  EXPECT_EQ(tokens[2].where, (text_position{3, 5, 18, 3}));
}

TEST(sql_lexer, knows_words_in_any_case) {
  auto tokens = read_all("SELECT select Select selectx");
  ASSERT_EQ(tokens.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_EQ(tokens[i].what, term("SELECT"));
  EXPECT_TRUE(tokens[3].what.is_none());
}

TEST(sql_lexer, takes_the_longest_symbol) {
  auto tokens = read_all("<>=>||<=!=");
  ASSERT_EQ(tokens.size(), 5U);
  EXPECT_EQ(tokens[0].what, term("<>"));
  EXPECT_EQ(tokens[1].what, term("=>"));
  EXPECT_EQ(tokens[2].what, term("||"));
  EXPECT_EQ(tokens[3].what, term("<="));
  EXPECT_EQ(tokens[4].what, term("<>"));
}

TEST(sql_lexer, tells_numbers_from_names_and_dots) {
  auto tokens = read_all("1 1. .1 1.1 1e1 1.e+1 a.b");
  ASSERT_EQ(tokens.size(), 9U);
  EXPECT_EQ(tokens[0].kind, token_kind::integer);
  EXPECT_EQ(tokens[1].kind, token_kind::decimal);
  EXPECT_EQ(tokens[2].kind, token_kind::decimal);
  EXPECT_EQ(tokens[3].kind, token_kind::decimal);
  EXPECT_EQ(tokens[4].kind, token_kind::approximate);
  EXPECT_EQ(tokens[5].kind, token_kind::approximate);
  EXPECT_EQ(tokens[6].text, "a");
}

TEST(sql_lexer, skips_spaces_that_editors_and_web_pages_leave) {
  auto tokens = read_all("\xEF\xBB\xBF"
                         "a\xC2\xA0"
                         "b\xE3\x80\x80"
                         "c\r\n");
  EXPECT_EQ(tokens.size(), 3U);
}

TEST(sql_lexer, ends_a_hint_but_not_a_product) {
  EXPECT_EQ(read_all("/*+ a */ 2").size(), 4U);
  EXPECT_EQ(read_all("a*/b").size(), 4U);
}

TEST(sql_lexer, finds_where_a_text_stops_being_utf8) {
  EXPECT_EQ(find_invalid_utf8("aü😀"), std::string_view::npos);
  EXPECT_EQ(find_invalid_utf8("a\x80"), 1U);
  EXPECT_EQ(find_invalid_utf8("\xC0\x80"), 0U);         // too long
  EXPECT_EQ(find_invalid_utf8("\xED\xA0\x80"), 0U);     // a surrogate
  EXPECT_EQ(find_invalid_utf8("\xF4\x90\x80\x80"), 0U); // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("ab\xE2\x82"), 2U);       // cut off
}

TEST(sql_lexer, reserved_words_are_those_of_flink) {
  for (auto word : {"select", "VALUE", "Order", "day", "count", "watermark"})
    EXPECT_TRUE(is_reserved(word)) << word;
  for (auto word : {"key", "state", "final", "week", "tumble", "a", "if"})
    EXPECT_FALSE(is_reserved(word)) << word;
}

} // namespace
} // namespace herald::sql
