#include "tests/cep/rule_runner.hpp"
#include "tests/support/rows.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

// The workloads of the shared CEP benchmark: number and checksum of matches
// must be the oracle's. Skipped where the benchmark's generator is missing.

namespace herald::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t batch_rows = 4096;

fs::path suite() {
  return "../shared/cases/cep";
}

/// Makes `name`.csv with the suite's generator; false if that fails.
bool generate(const std::string& name, const std::string& rows) {
  auto program = fmt::format(
      "import sys; sys.dont_write_bytecode = True; sys.argv = ['gen', '{0}']; "
      "sys.path.insert(0, '{1}'); import gen; "
      "gen.write('{2}.csv', 'header', {3})",
      ::testing::TempDir(), suite().string(), name, rows);
  return std::system(
             fmt::format("python3 -c \"{}\" > /dev/null", program).c_str())
         == 0;
}

/// Feeds the file's rows, with their number as last column, in order.
struct csv_feed {
  schema_ptr layout;
  std::ifstream file;
  std::int64_t seq = 0;

  explicit csv_feed(const std::string& name, const std::string& columns)
      : layout(layout_of(columns + ", seq BIGINT")),
        file(::testing::TempDir() + "/" + name + ".csv") {
    std::string header;
    std::getline(file, header);
  }

  batch_ptr next() {
    std::vector<fixed_builder<std::int64_t>> columns;
    for (const auto& field : layout->fields)
      columns.emplace_back(field.type);
    std::string line;
    std::int64_t rows = 0;
    for (; rows < batch_rows && std::getline(file, line); ++rows, ++seq) {
      const auto* at = line.data();
      for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
        std::int64_t value = 0;
        at = std::from_chars(at, line.data() + line.size(), value).ptr + 1;
        columns[i].push(value);
      }
      columns.back().push(seq);
    }
    std::vector<column_ptr> done;
    for (auto& column : columns)
      done.push_back(column.finish());
    return make_batch(layout, std::move(done), rows);
  }
};

/// "COUNT,CHECKSUM" as the oracle writes them.
std::string summary(const std::vector<batch_ptr>& matches) {
  std::uint64_t sum = 0;
  std::int64_t count = 0;
  for (const auto& rows : matches) {
    count += rows->rows;
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows->rows);
         ++row) {
      std::uint64_t hash = 0;
      for (const auto& column : rows->columns)
        hash = hash * 1000003
               + static_cast<std::uint64_t>(column->as<std::int64_t>()[row]);
      sum += hash;
    }
  }
  return fmt::format("{},{:016x}", count, sum);
}

std::string expected(const std::string& workload) {
  std::ifstream file(suite() / "ref.csv");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(workload + ","))
      return line.substr(workload.size() + 1);
  return "no such workload";
}

std::string run(const std::string& yaml, csv_feed& feed) {
  rule_task task(rule_of(yaml, *feed.layout), 1);
  for (auto rows = feed.next(); rows->rows > 0; rows = feed.next()) {
    auto times = times_of(*rows, *feed.layout);
    task.process(rows);
    task.advance(times.back());
  }
  task.advance(time_max);
  EXPECT_EQ(task.counters().dropped, 0);
  return summary(task.out.batches);
}

std::string w1(std::string_view mode) {
  return fmt::format(R"(name: w1
version: 1
source: events
within: 100 ms
semantics: {}
pattern: |
  a: type = 1
  then b: type = 2
  then c: type = 3
emit:
  into: m
  columns: {{a: a.seq, b: b.seq, c: c.seq}}
)",
                     mode);
}

class cep_conformance : public ::testing::Test {
protected:
  void SetUp() override {
    if (!fs::exists(suite() / "gen.py"))
      GTEST_SKIP() << "the shared benchmark is not here";
  }
};

TEST_F(cep_conformance, sequences_of_three_equal_the_oracle) {
  ASSERT_TRUE(generate("w1_n3_w100", "gen.w1(3, 100, False)"));
  for (const auto* mode : {"next", "any"}) {
    SCOPED_TRACE(mode);
    csv_feed feed("w1_n3_w100", "ts TIMESTAMP(3), type BIGINT, id BIGINT, "
                                "price BIGINT");
    EXPECT_EQ(run(w1(mode), feed), expected(fmt::format("w1{}_n3_w100", mode)));
  }
}

TEST_F(cep_conformance, payments_of_cards_equal_the_oracle) {
  ASSERT_TRUE(generate("w2", "gen.w2()"));
  csv_feed feed("w2", "ts TIMESTAMP(3), card BIGINT, amount BIGINT");
  auto found = run(R"(name: w2
version: 1
source: payment
key: card
within: 60 s
pattern: |
  small: amount < 10
  then large: amount > 500
emit:
  into: m
  columns: {small: small.seq, large: seq}
)",
                   feed);
  EXPECT_EQ(found, expected("w2"));
}

} // namespace
} // namespace herald::testing
