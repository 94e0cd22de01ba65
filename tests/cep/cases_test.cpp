#include "tests/cep/rule_runner.hpp"
#include "tests/support/rows.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Runs tests/cases/cep/*.case. A case is
//
//   == what it shows
//   columns ts TIMESTAMP(3), card BIGINT
//   rule
//     (a rule file, indented by two)
//   events
//     0 7          (values of the columns; time in milliseconds)
//     ~ 10         (optional: the watermark reaches 10 here)
//   matches
//     (7)          (a row a match, in any order)
//   late 1
//   error line 2, column 3: …     (instead of events and matches)
//
// Without watermarks the events run in batches of several sizes, in and out of
// order, divided and not.

namespace herald::testing {
namespace {

struct rule_case {
  std::string name;
  std::string columns;
  std::string rule;
  std::vector<std::string> events;
  std::vector<std::string> matches;
  std::int64_t late = 0;
  std::string error;
};

void add_line(rule_case& x, std::string& section, const std::string& line) {
  if (!line.starts_with("  ") && !line.empty()) {
    auto word = line.substr(0, line.find(' '));
    auto rest = line.substr(std::min(word.size() + 1, line.size()));
    section = word;
    if (word == "columns")
      x.columns = rest;
    else if (word == "late")
      x.late = std::stoll(rest);
    else if (word == "error")
      x.error = rest;
    return;
  }
  auto text = line.empty() ? line : line.substr(2);
  if (section == "rule")
    x.rule += text + "\n";
  else if (section == "events" && !text.empty())
    x.events.push_back(text);
  else if (section == "matches" && !text.empty())
    x.matches.push_back(text);
}

std::vector<rule_case> read_cases(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<rule_case> result;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#"))
      continue;
    if (line.starts_with("== ")) {
      result.push_back({line.substr(3), "", "", {}, {}, 0, ""});
      section.clear();
    } else if (!result.empty()) {
      add_line(result.back(), section, line);
    }
  }
  return result;
}

literal_row row_of(const std::string& text, const schema& layout) {
  std::stringstream words(text);
  literal_row result;
  for (const auto& field : layout.fields) {
    std::string word;
    words >> word;
    if (word == "NULL")
      result.emplace_back(null);
    else if (field.type.is_timestamp() || field.type.is_integer())
      result.emplace_back(std::stoll(word));
    else
      result.emplace_back(word);
  }
  return result;
}

void run_as_written(const rule_case& x, const compiled_rule_ptr& rule,
                    const schema_ptr& layout) {
  rule_task task(rule, 1);
  for (const auto& line : x.events) {
    if (line.starts_with("~ "))
      task.advance(std::stoll(line.substr(2)));
    else
      task.process(make_rows(layout, {row_of(line, *layout)}));
  }
  task.advance(time_max);
  EXPECT_TRUE(same_bag(x.matches, task.lines()));
  EXPECT_EQ(task.counters().late, x.late);
  EXPECT_EQ(task.out.watermark, time_max);
}

void run_every_way(const rule_case& x, const compiled_rule_ptr& rule,
                   const schema_ptr& layout) {
  std::vector<literal_row> rows;
  for (const auto& line : x.events)
    rows.push_back(row_of(line, *layout));
  auto events = make_rows(layout, rows);
  auto parallelisms = rule->keys.empty() ? std::vector{1} : std::vector{1, 3};
  for (std::int64_t batch_rows : {1, 7, 4096})
    for (auto parallelism : parallelisms)
      for (std::int64_t disorder_ms : {0, 5, 50}) {
        SCOPED_TRACE(fmt::format("batches of {}, {} subtasks, {} ms disorder",
                                 batch_rows, parallelism, disorder_ms));
        run_options options{batch_rows, parallelism, disorder_ms, 7, {}};
        EXPECT_TRUE(same_bag(x.matches, run_rule(rule, events, options)));
      }
}

void run_case(const rule_case& x) {
  auto layout = layout_of(x.columns);
  auto rule = make_rule(x.rule, *layout);
  if (!x.error.empty()) {
    ASSERT_FALSE(rule.ok());
    EXPECT_EQ(message_of(rule.status()), x.error);
    return;
  }
  ASSERT_TRUE(rule.ok()) << rule.status();
  auto written = std::any_of(x.events.begin(), x.events.end(),
                             [](const auto& e) { return e.starts_with("~"); });
  if (written)
    run_as_written(x, *rule, layout);
  else
    run_every_way(x, *rule, layout);
}

TEST(cep_cases, give_the_expected_matches_and_errors) {
  std::size_t count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("tests/cases/cep")) {
    if (entry.path().extension() != ".case")
      continue;
    for (const auto& x : read_cases(entry.path())) {
      SCOPED_TRACE(
          fmt::format("{}: {}", entry.path().filename().string(), x.name));
      run_case(x);
      ++count;
    }
  }
  EXPECT_GT(count, 30U);
}

} // namespace
} // namespace herald::testing
