#include "engine/plan/query_binder.hpp"
#include "engine/plan/query_limits.hpp"
#include "engine/plan/table_binder.hpp"
#include "engine/sql/parser.hpp"
#include "tests/engine/plan/plan_support.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

// What bounds plans, at the bound and beyond it.

namespace herald::testing {
namespace {

using ::testing::HasSubstr;

class plan_limits : public ::testing::Test {
protected:
  absl::Status run(const std::string& script) {
    return run_script(script, session_).status();
  }

  void SetUp() override {
    const auto made = run("CREATE TABLE t (a INT, b STRING) WITH "
                          "('connector' = 'kafka');");
    ASSERT_TRUE(made.ok()) << message_of(made);
  }

  fake_connectors connectors_;
  sql_session session_{connectors_};
};

TEST_F(plan_limits, views_nest_to_their_depth_and_no_deeper) {
  std::string script = "CREATE VIEW v0 AS SELECT a FROM t;";
  for (int i = 1; i < view_depth_max; ++i)
    script += fmt::format("CREATE VIEW v{} AS SELECT a FROM v{};", i, i - 1);
  script += fmt::format("SELECT a FROM v{};", view_depth_max - 1);
  const auto good = run(script);
  EXPECT_TRUE(good.ok()) << message_of(good);
  const auto bad = run(fmt::format("CREATE VIEW w AS SELECT a FROM v{};"
                                   "SELECT a FROM w;",
                                   view_depth_max - 1));
  EXPECT_THAT(std::string(message_of(bad)), HasSubstr("views lie more than"));
}

TEST_F(plan_limits, views_that_double_are_stopped_before_they_explode) {
  std::string script = "CREATE VIEW v0 AS SELECT a FROM t;";
  for (int i = 1; i < view_depth_max; ++i)
    script += fmt::format("CREATE VIEW v{0} AS SELECT x.a FROM v{1} x JOIN "
                          "v{1} y ON x.a = y.a;",
                          i, i - 1);
  EXPECT_THAT(std::string(message_of(run(script))), HasSubstr("too large"));
}

TEST_F(plan_limits, a_statement_of_many_unions_is_stopped) {
  std::string script = "SELECT a FROM t";
  for (std::size_t i = 0; i < plan_nodes_max; ++i)
    script += " UNION ALL SELECT a FROM t";
  EXPECT_THAT(std::string(message_of(run(script))),
              HasSubstr("more than 2048 operators"));
}

TEST_F(plan_limits, values_are_as_many_as_a_statement_has_room_for) {
  std::string script = "VALUES (0, 'x')";
  constexpr std::size_t tokens_a_row = 6;
  for (std::size_t i = 2; i < sql::statement_tokens_max / tokens_a_row; ++i)
    script += ",(123,'y')";
  const auto good = run(script + ";");
  EXPECT_TRUE(good.ok()) << message_of(good);
}

TEST_F(plan_limits, values_that_are_computed_are_an_operator_each) {
  std::string script = "VALUES (0)";
  for (std::size_t i = 0; i < plan_nodes_max; ++i)
    script += ", (RAND_INTEGER(9))";
  EXPECT_THAT(std::string(message_of(run(script + ";"))),
              HasSubstr("more than 2048 operators"));
}

TEST_F(plan_limits, tables_have_so_many_columns_and_no_more) {
  std::string columns = "c0 INT";
  for (std::size_t i = 1; i < table_columns_max; ++i)
    columns += fmt::format(", c{} INT", i);
  constexpr std::string_view rest = ") WITH ('connector' = 'kafka');";
  const auto good = run(fmt::format("CREATE TABLE u ({}{}", columns, rest));
  EXPECT_TRUE(good.ok()) << message_of(good);
  const auto bad
      = run(fmt::format("CREATE TABLE w ({}, d INT{}", columns, rest));
  EXPECT_THAT(std::string(message_of(bad)), HasSubstr("at most 4096 columns"));
}

TEST_F(plan_limits, queries_nest_as_deep_as_the_parser_lets_them) {
  std::string query = "SELECT a FROM t";
  for (int i = 0; i < 60; ++i)
    query = fmt::format("SELECT a FROM ({}) WHERE a > {}", query, i);
  const auto good = run(query);
  EXPECT_TRUE(good.ok()) << message_of(good);
}

TEST_F(plan_limits, a_failed_statement_leaves_the_session_as_it_was) {
  EXPECT_FALSE(run("CREATE VIEW v AS SELECT c FROM t").ok());
  EXPECT_FALSE(run("SELECT * FROM v").ok());
  EXPECT_FALSE(run("SET 'parallelism' = '1000'").ok());
  EXPECT_EQ(session_.options().parallelism(), 1);
}

TEST(session_options, have_defaults_and_getters) {
  session_options options;
  EXPECT_EQ(options.parallelism(), 1);
  EXPECT_EQ(options.batch_rows(), batch_rows_default);
  EXPECT_EQ(options.time_zone(), "UTC");
  EXPECT_FALSE(options.idle_timeout_ms());
  ASSERT_TRUE(options.set("parallelism", "128").ok());
  ASSERT_TRUE(options.set("batch.size", "65536").ok());
  ASSERT_TRUE(options.set("table.local-time-zone", "Asia/Tokyo").ok());
  ASSERT_TRUE(options.set("table.exec.source.idle-timeout", "30 s").ok());
  EXPECT_EQ(options.parallelism(), parallelism_max);
  EXPECT_EQ(options.batch_rows(), batch_rows_max);
  EXPECT_EQ(options.time_zone(), "Asia/Tokyo");
  EXPECT_EQ(options.idle_timeout_ms(), 30'000);
  EXPECT_FALSE(options.set("parallelism", "129").ok());
  EXPECT_FALSE(options.set("batch.size", "65537").ok());
  EXPECT_FALSE(options.set("batch.size", "12x").ok());
  EXPECT_TRUE(options.reset("parallelism").ok());
  EXPECT_EQ(options.parallelism(), 1);
  EXPECT_FALSE(options.reset("paralelism").ok());
  EXPECT_TRUE(options.reset(std::nullopt).ok());
  EXPECT_TRUE(options.values().empty());
}

TEST(durations, have_a_number_and_a_unit) {
  EXPECT_EQ(parse_duration_ms("500").value(), 500);
  EXPECT_EQ(parse_duration_ms("500 ms").value(), 500);
  EXPECT_EQ(parse_duration_ms("30s").value(), 30'000);
  EXPECT_EQ(parse_duration_ms("2 min").value(), 120'000);
  EXPECT_EQ(parse_duration_ms("1 h").value(), 3'600'000);
  EXPECT_EQ(parse_duration_ms("10000 d").value(), 864'000'000'000);
  for (const auto* wrong : {"", "s", "-1 s", "1 parsec", "10001 d",
                            "99999999999999999999", "1.5 s"})
    EXPECT_FALSE(parse_duration_ms(wrong).ok()) << wrong;
}

} // namespace
} // namespace herald::testing
