#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"
#include "tests/engine/sql/case_file.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <simdjson.h>

namespace herald::sql {
namespace {

const std::string own_cases = "tests/engine/sql/cases/";
const std::string shared_cases = "../shared/cases/";

/// Prints what `sql` parses to, or the error.
std::string print_expression(const std::string& sql) {
  auto parsed = parse_expression(sql);
  return parsed.ok() ? to_sql(**parsed)
                     : std::string(message_of(parsed.status()));
}

std::string print_script(const std::string& sql) {
  auto parsed = parse_script(sql);
  if (!parsed.ok())
    return std::string(message_of(parsed.status()));
  std::string result;
  for (const auto& statement : *parsed)
    result += (result.empty() ? "" : "; ") + to_sql(statement);
  return result;
}

std::string print_type(const std::string& sql) {
  auto parsed = parse_type(sql);
  return parsed.ok() ? to_sql(*parsed)
                     : std::string(message_of(parsed.status()));
}

/// Checks each case of a file, and that what it prints prints the same.
void check_cases(const std::string& name,
                 std::string (*print)(const std::string&)) {
  auto cases = read_text_cases(own_cases + name);
  ASSERT_FALSE(cases.empty());
  for (const auto& entry : cases) {
    EXPECT_EQ(print(entry.sql), entry.expected) << entry.sql;
    if (!entry.is_error) {
      EXPECT_EQ(print(entry.expected), entry.expected);
    }
  }
}

TEST(sql_corpus, expressions_print_as_written_down) {
  check_cases("expressions.txt", print_expression);
}

TEST(sql_corpus, types_print_as_written_down) {
  check_cases("types.txt", print_type);
}

TEST(sql_corpus, queries_print_as_written_down) {
  check_cases("queries.txt", print_script);
}

TEST(sql_corpus, statements_print_as_written_down) {
  check_cases("statements.txt", print_script);
}

TEST(sql_corpus, errors_say_where_and_what) {
  check_cases("errors.txt", print_script);
}

TEST(sql_corpus, nexmark_queries_parse_and_print_the_same_again) {
  auto folder = shared_cases + "nexmark/queries";
  if (!std::filesystem::exists(folder))
    GTEST_SKIP() << folder << " is missing";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    auto sql = read_whole_file(file.path());
    auto parsed = parse_script(sql);
    ASSERT_TRUE(parsed.ok()) << file.path() << "\n"
                             << render_error(sql, parsed.status());
    auto once = print_script(sql);
    EXPECT_EQ(print_script(once), once);
  }
}

/// What Flink's validator refuses and this parser already does.
bool is_refused_early(std::string_view sql) {
  return sql.starts_with("{fn ") || sql.starts_with("SAFE_CAST(")
         || sql.find("= ANY (ARRAY") != sql.npos
         || sql.find(" RLIKE ") != sql.npos || sql.starts_with("EXTRACT(FOO ");
}

/// What Flink's parser refuses and this one takes: it has one plain meaning,
/// or the binder has the better message.
bool is_taken_here(std::string_view sql) {
  return sql.find("!=") != sql.npos || sql.starts_with("STRING_AGG(")
         || sql.ends_with("FILTER (WHERE id <= 2)");
}

TEST(sql_corpus, function_cases_of_flink_are_taken_or_refused_alike) {
  auto path = shared_cases + "flink_functions/cases.jsonl";
  if (!std::filesystem::exists(path))
    GTEST_SKIP() << path << " is missing";
  simdjson::dom::parser json;
  std::size_t count = 0;
  for (auto entry : json.load_many(path)) {
    ++count;
    std::string_view sql_view = entry["expr"];
    std::string_view kind = entry["kind"];
    std::string_view error;
    if (entry["error"].get(error) != simdjson::SUCCESS)
      error = "none";
    auto sql = std::string(sql_view);
    auto print = kind == "query" ? print_script : print_expression;
    auto status = kind == "query" ? parse_script(sql).status()
                                  : parse_expression(sql).status();
    auto expected
        = error == "parse" ? is_taken_here(sql) : !is_refused_early(sql);
    EXPECT_EQ(status.ok(), expected) << error << "\n"
                                     << render_error(sql, status);
    if (status.ok()) {
      auto once = print(sql);
      EXPECT_EQ(print(once), once) << sql;
    } else {
      EXPECT_NE(position_of(status).line, 0U) << sql;
    }
  }
  EXPECT_GT(count, 2000U);
}

} // namespace
} // namespace herald::sql
