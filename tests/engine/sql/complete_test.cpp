#include "engine/sql/complete.hpp"

#include <gtest/gtest.h>

namespace herald::sql {
namespace {

TEST(complete, a_semicolon_ends_a_statement_if_nothing_is_open) {
  EXPECT_TRUE(is_complete("SELECT 1;"));
  EXPECT_TRUE(is_complete("SELECT 1;\n"));
  EXPECT_TRUE(is_complete("SELECT\n';' AS x;"));
  EXPECT_TRUE(is_complete("SELECT 1; -- that is all\n"));
  EXPECT_TRUE(is_complete("SELECT 1; SELECT 2;"));
  EXPECT_TRUE(is_complete(";"));
}

TEST(complete, what_may_go_on_is_waited_for) {
  EXPECT_FALSE(is_complete(""));
  EXPECT_FALSE(is_complete("SELECT 1"));
  EXPECT_FALSE(is_complete("SELECT ';'\n"));
  EXPECT_FALSE(is_complete("SELECT 1 -- not yet;\n"));
  EXPECT_FALSE(is_complete("SELECT 1 /* not yet; */"));
  EXPECT_FALSE(is_complete("SELECT 1; SELECT 2"));
  EXPECT_FALSE(is_complete("EXECUTE STATEMENT SET BEGIN\n"
                           "INSERT INTO a SELECT 1;\n"));
  EXPECT_TRUE(is_complete("EXECUTE STATEMENT SET BEGIN\n"
                          "INSERT INTO a SELECT 1;\nEND;\n"));
}

TEST(complete, what_is_wrong_is_said_at_the_semicolon) {
  EXPECT_TRUE(is_complete("SELCT 1;"));
  EXPECT_TRUE(is_complete("SELECT (1;"));
  EXPECT_TRUE(is_complete("SELECT 'a;"));
  EXPECT_TRUE(is_complete("SELECT 1 /* open;"));
  EXPECT_FALSE(is_complete("SELECT 'a\n"));
}

} // namespace
} // namespace herald::sql
