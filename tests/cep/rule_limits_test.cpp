#include "cep/duration.hpp"
#include "tests/cep/rule_runner.hpp"

#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace herald::testing {
namespace {

std::string rule_with(const std::string& pattern, const std::string& columns,
                      const std::string& more = {}) {
  return fmt::format("name: r\nversion: 1\nsource: s\nwithin: 1 s\n{}"
                     "pattern: |\n{}emit:\n  into: m\n  columns:\n{}",
                     more, pattern, columns);
}

std::string steps(std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += fmt::format("  {}s{}: v = {}\n", i == 0 ? "" : "then ", i, i);
  return result;
}

std::string columns(std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += fmt::format("    c{}: v\n", i);
  return result;
}

std::string keys(std::size_t count) {
  std::string result = "key: [k0";
  for (std::size_t i = 1; i < count; ++i)
    result += fmt::format(", k{}", i);
  return result + "]\n";
}

TEST(rule_limits, steps_columns_and_keys_may_reach_them_and_not_pass) {
  EXPECT_TRUE(parse_rule(rule_with(steps(rule_steps_max), columns(1))).ok());
  EXPECT_EQ(
      message_of(parse_rule(rule_with(steps(rule_steps_max + 1), columns(1)))
                     .status()),
      "line 38, column 8: a pattern has at most 32 steps");
  EXPECT_TRUE(parse_rule(rule_with(steps(1), columns(rule_columns_max))).ok());
  EXPECT_EQ(
      message_of(parse_rule(rule_with(steps(1), columns(rule_columns_max + 1)))
                     .status()),
      "line 266, column 5: 'columns' has more than 256 fields");
  EXPECT_TRUE(
      parse_rule(rule_with(steps(1), columns(1), keys(rule_keys_max))).ok());
  EXPECT_FALSE(
      parse_rule(rule_with(steps(1), columns(1), keys(rule_keys_max + 1)))
          .ok());
}

TEST(rule_limits, a_file_may_reach_its_size_and_not_pass) {
  auto text = rule_with(steps(1), columns(1));
  text += "#";
  text.resize(rule_bytes_max, 'x');
  EXPECT_TRUE(parse_rule(text).ok());
  text += "x";
  EXPECT_EQ(message_of(parse_rule(text).status()),
            "a rule file has at most 262144 bytes, not 262145");
}

TEST(rule_limits, all_steps_can_be_run) {
  auto layout = layout_of("ts TIMESTAMP(3), v INT");
  EXPECT_TRUE(
      make_rule(rule_with(steps(rule_steps_max), columns(1)), *layout).ok());
}

TEST(rule_files, that_nest_deeply_are_refused) {
  EXPECT_FALSE(parse_rule(std::string(100'000, '[')).ok());
  EXPECT_FALSE(parse_rule(std::string(100'000, '{')).ok());
  std::string steps_down;
  for (int i = 0; i < 400; ++i)
    steps_down += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_FALSE(parse_rule(steps_down).ok());
}

TEST(rule_files, with_other_line_ends_are_read_at_the_same_places) {
  auto text = rule_with("  a: v = = 1\n", columns(1));
  auto unix_error = parse_rule(text).status();
  std::string dos;
  for (auto c : text)
    dos += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(message_of(unix_error), message_of(parse_rule(dos).status()));
  EXPECT_EQ(position_of(unix_error).line, 6U);
}

TEST(rule_files, tables_keep_their_places) {
  auto rule = parse_rule(rule_with(steps(1), columns(1),
                                   "tables: |\n    CREATE TABLE s (v INT);\n"));
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->tables, "\n\n\n\n\n    CREATE TABLE s (v INT);");
}

TEST(rule_files, the_example_of_the_documentation_is_one) {
  std::ifstream file("docs/rules.md");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  auto begin = text.find("```yaml\n") + 8;
  auto yaml = text.substr(begin, text.find("```", begin) - begin);
  auto layout
      = layout_of("card BIGINT, amount DECIMAL(10, 2), ts TIMESTAMP(3)");
  auto rule = make_rule(yaml, *layout);
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ((*rule)->layout->fields.size(), 3U);
  // The error that the page shows.
  yaml.replace(yaml.find("and amount"), 10, "and amonut");
  auto wrong = make_rule(yaml, *layout).status();
  EXPECT_NE(text.find(message_of(wrong)), std::string::npos) << wrong;
}

TEST(durations, are_read) {
  EXPECT_EQ(parse_duration("500 ms"), 500);
  EXPECT_EQ(parse_duration("60 s"), 60'000);
  EXPECT_EQ(parse_duration("10min"), 600'000);
  EXPECT_EQ(parse_duration("2  h"), 7'200'000);
  EXPECT_EQ(parse_duration("1 d"), 86'400'000);
  for (const auto* wrong : {"", "s", "1", "1 m", "1.5 s", " 1 s", "1 s ",
                            "9223372036854775807 s", "99999999999999999999 ms"})
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
}

} // namespace
} // namespace herald::testing
