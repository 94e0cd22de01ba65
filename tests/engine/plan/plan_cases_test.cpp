#include "tests/engine/plan/plan_support.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

// Runs tests/cases/plan/*.case. A file is a list of blocks, each a line
// "--- kind [name]" and the text below it: "setup" (statements before every
// case of the file; $EXAMPLES is the path of the library of examples), "sql
// NAME" (a case), and what it is to give: "logical", "optimised" or "physical"
// (parts of EXPLAIN), "output" (of SHOW and the like) or "error". With
// HERALD_UPDATE_CASES=1 the answers are written anew, to be read before they
// are committed.

namespace herald::testing {
namespace {

namespace fs = std::filesystem;

void write_blocks(const fs::path& path, const std::vector<case_block>& blocks) {
  std::ofstream out(path);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    out << (i == 0 ? "" : "\n") << "--- " << blocks[i].head << "\n"
        << blocks[i].text;
}

class plan_cases : public ::testing::TestWithParam<fs::path> {};

TEST_P(plan_cases, give_what_the_file_says) {
  auto blocks = read_case_blocks(GetParam());
  const bool update = std::getenv("HERALD_UPDATE_CASES") != nullptr;
  std::string setup;
  std::string sql;
  std::string name;
  int answers = 0;
  for (auto& x : blocks) {
    if (x.head == "setup") {
      setup = with_examples(x.text);
    } else if (x.head.rfind("sql ", 0) == 0) {
      name = x.head.substr(4);
      sql = x.text;
    } else {
      ++answers;
      const fake_connectors connectors;
      sql_session session(connectors);
      const auto prepared = run_script(setup, session);
      ASSERT_TRUE(prepared.ok()) << render_error(setup, prepared.status());
      auto text = run_to_text(sql, x.head, session);
      while (text.size() > 1 && text.ends_with("\n\n"))
        text.pop_back();
      if (update)
        x.text = text;
      else
        EXPECT_EQ(text, x.text) << "case: " << name << ", " << x.head;
    }
  }
  EXPECT_GT(answers, 0);
  if (update)
    write_blocks(GetParam(), blocks);
}

INSTANTIATE_TEST_SUITE_P(files, plan_cases,
                         ::testing::ValuesIn(plan_case_files()),
                         [](const auto& x) { return x.param.stem().string(); });

} // namespace
} // namespace herald::testing
