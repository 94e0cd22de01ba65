#include "tests/engine/expr/flink_cases.hpp"
#include "tests/engine/expr/flink_runner.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Every case of the shared corpus of Flink's functions runs through Herald's
// front end; values, types and refusals must be Flink's, as the corpus' README
// says. flink_differences.txt lists the cases whose answer is another one,
// each with the reason. Prints counts per group and every difference.
// HERALD_CASES=group or =id runs some of them, for whoever works on a function.

namespace herald::testing {
namespace {

/// Of those that count, how many must agree.
constexpr double share_min = 0.97;

enum class verdict : std::uint8_t {
  agrees,
  no_standard, ///< the README leaves it open
  accepts,     ///< Flink refuses it
  late,        ///< Flink refuses it before it runs
  refuses,     ///< Flink has a value, or fails as it runs
  fails,       ///< Flink has a value
  runs,        ///< Flink fails as it runs
  value,
  type,
};

constexpr std::string_view verdict_names[]
    = {"agrees", "no standard", "accepts", "late", "refuses",
       "fails",  "runs",        "value",   "type"};

std::string_view name_of(verdict x) {
  return verdict_names[static_cast<std::size_t>(x)];
}

using row_values = std::vector<answer_value>;

/// The answer of a case that is no query: the last column, in order of id.
std::vector<answer_value> single_column(const flink_case& x,
                                        std::vector<row_values> rows) {
  if (x.kind == "row")
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::stoi(a[0].text) < std::stoi(b[0].text);
    });
  std::vector<answer_value> result;
  for (const auto& row : rows)
    result.push_back(row.back());
  return result;
}

/// Rows as a bag: each finds an equal one of its own.
bool same_rows(const flink_case& x, std::vector<row_values> got) {
  if (got.size() != x.answer.values.size())
    return false;
  for (const auto& wanted : x.answer.values) {
    auto at = std::find_if(got.begin(), got.end(), [&](const auto& row) {
      answer_value list;
      list.kind = answer_value::kind_type::list;
      list.items = row;
      return same(wanted, list, tolerance_of(x));
    });
    if (at == got.end())
      return false;
    got.erase(at);
  }
  return true;
}

/// Where Flink divides towards zero, Herald may differ in rows before 1970.
bool may_differ(const flink_case& x, std::size_t index,
                const std::set<std::int64_t>& early) {
  return x.tags.contains("pre-epoch")
         && (x.kind != "row"
             || early.contains(static_cast<std::int64_t>(index) + 1));
}

bool same_values(const flink_case& x, const herald_answer& got,
                 const std::set<std::int64_t>& early) {
  if (x.kind == "query")
    return same_rows(x, got.rows) || x.tags.contains("pre-epoch");
  auto values = single_column(x, got.rows);
  if (values.size() != x.answer.values.size())
    return false;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!same(x.answer.values[i], values[i], tolerance_of(x))
        && !may_differ(x, i, early))
      return false;
  return true;
}

bool same_types(const flink_case& x, const herald_answer& got) {
  if (x.kind == "query")
    return x.types == got.types;
  return x.types.size() == 1 && x.types[0] == got.types.back();
}

verdict judge(const flink_case& x, const herald_answer& got,
              const std::set<std::int64_t>& early) {
  if (!x.counts())
    return verdict::no_standard;
  const auto& error = x.answer.error;
  if (error == "parse" || error == "validate")
    return got.outcome == "refused"  ? verdict::agrees
           : got.outcome == "failed" ? verdict::late
                                     : verdict::accepts;
  if (error == "runtime") // what always fails may be refused at once
    return got.outcome == "rows" ? verdict::runs : verdict::agrees;
  if (got.outcome == "refused")
    return verdict::refuses;
  if (got.outcome == "failed")
    return verdict::fails;
  if (!same_values(x, got, early))
    return verdict::value;
  return same_types(x, got) ? verdict::agrees : verdict::type;
}

/// The first row that differs, for people.
std::string describe_values(const flink_case& x, const herald_answer& got,
                            const std::set<std::int64_t>& early) {
  if (x.kind == "query") {
    std::string result;
    for (const auto& row : got.rows) {
      for (const auto& value : row)
        result += to_text(value) + " ";
      result += "; ";
    }
    result += " Flink: ";
    for (const auto& row : x.answer.values)
      result += to_text(row) + " ";
    return result;
  }
  auto values = single_column(x, got.rows);
  for (std::size_t i = 0; i < values.size() && i < x.answer.values.size(); ++i)
    if (!same(x.answer.values[i], values[i], tolerance_of(x))
        && !may_differ(x, i, early))
      return fmt::format("row {}: {}, Flink: {}", i + 1, to_text(values[i]),
                         to_text(x.answer.values[i]));
  return fmt::format("{} rows", values.size());
}

std::string describe(const flink_case& x, const herald_answer& got,
                     verdict what, const std::set<std::int64_t>& early) {
  if (what == verdict::value)
    return describe_values(x, got, early);
  if (what == verdict::type)
    return fmt::format("{}, Flink: {}", got.types.back(), x.types.back());
  if (what == verdict::accepts)
    return got.types.back();
  return got.message;
}

std::string one_line(std::string text) {
  for (auto& c : text)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return text;
}

/// Reasons by id.
std::map<std::string, std::string> read_known() {
  std::map<std::string, std::string> result;
  std::ifstream file("tests/engine/expr/flink_differences.txt");
  std::string line;
  std::string reason;
  while (std::getline(file, line)) {
    if (line.starts_with("# ") || line.empty())
      continue;
    if (line.starts_with("## ")) {
      reason = line.substr(3);
      continue;
    }
    result[line.substr(0, 8)] = reason;
  }
  return result;
}

class flink_cases : public ::testing::Test {
protected:
  void run(const flink_case& x, flink_runner& runner) {
    auto got = runner.run(x.statement(), x.zone);
    auto what = judge(x, got, runner.early_rows());
    ++counts_[x.group][what];
    ++total_[what];
    if (what == verdict::agrees || what == verdict::no_standard)
      return;
    auto known = known_.find(x.id);
    std::cout << one_line(
        fmt::format("{} {} {} {}| {} | {} | {}", x.id, x.group, name_of(what),
                    x.zone == "UTC" ? "" : x.zone + " ", x.expr,
                    describe(x, got, what, runner.early_rows()),
                    known == known_.end() ? "" : "KNOWN: " + known->second))
              << "\n";
    if (known == known_.end())
      unknown_.push_back(x.id);
  }

  /// Sets `share_`, which is 1 of only some cases.
  void run_all(const std::string& folder) {
    const auto* wanted = std::getenv("HERALD_CASES");
    std::string only = wanted == nullptr ? "" : wanted;
    flink_runner runner(folder);
    for (const auto& x : read_flink_cases(folder))
      if (only.empty() || only == x.group || only == x.id)
        run(x, runner);
    print_counts();
    auto counted = 0;
    for (const auto& [what, count] : total_)
      if (what != verdict::no_standard)
        counted += count;
    const auto share = total_[verdict::agrees] / static_cast<double>(counted);
    std::cout << fmt::format("{} of {} that count agree: {:.2f} %\n",
                             total_[verdict::agrees], counted, share * 100);
    if (only.empty())
      share_ = share;
    else
      unknown_.clear();
  }

  void print_counts() const {
    for (const auto& [group, counts] : counts_) {
      std::cout << fmt::format("{:12}", group);
      for (const auto& [what, count] : counts)
        std::cout << fmt::format(" {} {}", name_of(what), count);
      std::cout << "\n";
    }
  }

  std::map<std::string, std::string> known_ = read_known();
  std::map<std::string, std::map<verdict, int>> counts_;
  std::map<verdict, int> total_;
  std::vector<std::string> unknown_;
  double share_ = 1; ///< of those that count, that agree
};

/// Of our own: made as the shared ones, all of them agree.
constexpr auto own_folder = "tests/engine/expr/flink_made/";

TEST_F(flink_cases, get_the_answers_of_flink) {
  auto folder = flink_cases_folder();
  if (!folder)
    GTEST_SKIP() << "the shared corpus is not beside this checkout";
  run_all(*folder);
  EXPECT_GE(share_, share_min);
  EXPECT_EQ(unknown_, std::vector<std::string>())
      << "no reason in flink_differences.txt";
}

TEST_F(flink_cases, of_our_own_get_the_answers_of_flink) {
  run_all(own_folder);
  EXPECT_EQ(share_, 1);
}

} // namespace
} // namespace herald::testing
