#include "engine/columnar/ticks.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/planner.hpp"
#include "engine/sql/parser.hpp"
#include "tests/engine/plan/plan_support.hpp"
#include "tests/support/local_runner.hpp"
#include "tests/support/random_data.hpp"
#include "tests/support/rows.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// Whatever the rules do to a plan, its result stays: every SELECT of the case
// files runs as it was bound, and optimised with one subtask, with three, and
// with one, three and two in turn, over the same random rows.

namespace herald::testing {
namespace {

/// Small, as joins multiply them.
constexpr std::int64_t rows_of_a_table = 80;
constexpr std::int64_t splits = 3;

/// Values from few, so that joins and groups meet; event times that a
/// watermark of a few seconds never leaves behind.
class row_maker {
public:
  explicit row_maker(std::uint64_t seed) : random_(seed) {}

  batch_ptr rows(const table_definition& table, std::int64_t first) {
    std::vector<column_ptr> columns;
    auto layout = std::make_shared<schema>();
    for (const auto& column : table.columns)
      layout->fields.push_back({column.name, column.type});
    for (const auto& part : layout->fields) {
      std::vector<column_ptr> values;
      for (std::int64_t i = 0; i < rows_of_a_table; ++i)
        values.push_back(repeat(value(part.type, first + i * splits), 1));
      columns.push_back(concat(values));
    }
    return make_batch(layout, std::move(columns), rows_of_a_table);
  }

private:
  scalar value(const data_type& type, std::int64_t row) {
    if (type.nullable() && random_.chance(0.05))
      return {type, {}};
    switch (type.kind()) {
    case type_kind::row: {
      std::vector<scalar> parts;
      for (const auto& part : type.fields())
        parts.push_back(value(part.type, row));
      return {type, std::move(parts)};
    }
    case type_kind::timestamp:
    case type_kind::timestamp_ltz: {
      const auto ms = row * 300 + random_.number(0, 2000);
      return timestamp_value(type,
                             int128{ms} * (type.ticks_per_second() / 1000));
    }
    case type_kind::integer:
      return {type, random_.number(0, 3)};
    case type_kind::character:
    case type_kind::varchar: {
      constexpr std::string_view texts[] = {"a", "b", "OR", "apple", "x/y/z"};
      const auto pick = random_.number(0, 20);
      return {type, pick < 5 ? std::string(texts[pick])
                             : fmt::format("text {}", pick)};
    }
    case type_kind::bigint:
      return {type, random_.number(0, 12)};
    case type_kind::decimal:
      return {type, int128(random_.number(0, 3000))};
    default:
      return random_.value(type);
    }
  }

  random_data random_;
};

/// What the scan reads of whole rows.
batch_ptr read_paths(const scan_spec& scan, const batch_ptr& rows) {
  std::vector<column_ptr> columns;
  for (const auto& path : scan.paths) {
    const auto index = rows->layout->find(path[0]);
    auto x = make_column(static_cast<int>(*index),
                         rows->layout->fields[*index].type, path[0]);
    for (std::size_t i = 1; i < path.size(); ++i)
      x = *make_field(x, {path[i], {}});
    columns.push_back(*evaluate_column(*x, *rows, {}));
  }
  return make_batch(scan.layout, std::move(columns), rows->rows);
}

/// The rows of each table, the same for every plan.
class tables {
public:
  const std::vector<batch_ptr>& of(const table_definition& table) {
    auto& rows = rows_[table.name];
    if (rows.empty()) {
      row_maker maker(rows_.size());
      for (std::int64_t i = 0; i < splits; ++i)
        rows.push_back(maker.rows(table, i));
    }
    return rows;
  }

private:
  std::map<std::string, std::vector<batch_ptr>> rows_;
};

split_rows rows_for(const job_graph& graph, tables& input) {
  split_rows read;
  for (std::size_t i = 0; i < graph.stages.size(); ++i) {
    const auto& scan = graph.stages[i].scan;
    if (!scan)
      continue;
    for (const auto& rows : input.of(*scan->table))
      read[static_cast<int>(i)].push_back(read_paths(*scan, rows));
  }
  return read;
}

absl::StatusOr<std::vector<std::string>> run(const job_graph& graph,
                                             tables& input) {
  local_runner runner(graph, rows_for(graph, input), {});
  HERALD_TRY(runner.open());
  HERALD_TRY(runner.run());
  return table_of(runner.results());
}

/// Runs the first job to a barrier, the second from there to another, and the
/// third to the end.
absl::StatusOr<std::vector<std::string>>
run_moving(const std::vector<job_graph>& jobs, tables& input) {
  std::vector<batch_ptr> changes;
  job_snapshot snapshot;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    local_runner runner(jobs[i], rows_for(jobs[i], input),
                        {static_cast<std::uint64_t>(i), 13});
    HERALD_TRY(runner.open(snapshot));
    if (i + 1 == jobs.size()) {
      HERALD_TRY(runner.run());
    } else {
      HERALD_ASSIGN(const auto taken, runner.run_to_barrier(8));
      snapshot = moved(taken, jobs[i], jobs[i + 1]);
    }
    changes.insert(changes.end(), runner.results().begin(),
                   runner.results().end());
  }
  return table_of(changes);
}

class plan_rules : public ::testing::TestWithParam<std::filesystem::path> {
protected:
  /// Compares the plans of the last statement of `sql`, if it is a SELECT.
  void compare(const std::string& setup, const std::string& sql) {
    const fake_connectors connectors;
    sql_session session(connectors);
    auto statements = *sql::parse_script(setup + sql);
    for (std::size_t i = 0; i + 1 < statements.size(); ++i) {
      auto statement
          = std::make_shared<const sql::statement>(std::move(statements[i]));
      const auto done = plan_statement(statement, session);
      ASSERT_TRUE(done.ok()) << message_of(done.status());
    }
    const auto& last = statements.back();
    const bool by_the_clock = sql.find("PROCTIME") != sql.npos;
    if (!last.as<sql::query_ptr>() || by_the_clock)
      return;
    ++compared_;
    const auto bound = *bind_statement(last, session);
    std::vector<planned_sink> plain;
    for (const auto& sink : bound.sinks)
      plain.push_back(
          {sink.plan,
           {nullptr, schema_of(sink.plan->columns), sink.plan->retracts}});
    tables input;
    ASSERT_TRUE(session.options().set("parallelism", "1").ok());
    const auto expected = run(*build_job(plain, session), input);
    ASSERT_TRUE(expected.ok()) << message_of(expected.status());
    for (const auto* parallelism : {"1", "3"}) {
      SCOPED_TRACE(parallelism);
      ASSERT_TRUE(session.options().set("parallelism", parallelism).ok());
      const auto actual
          = run(*build_job(*plan_sinks(bound, session), session), input);
      ASSERT_TRUE(actual.ok()) << message_of(actual.status());
      EXPECT_TRUE(same_bag(*expected, *actual));
    }
    std::vector<job_graph> jobs;
    for (const auto* parallelism : {"1", "3", "2"}) {
      ASSERT_TRUE(session.options().set("parallelism", parallelism).ok());
      jobs.push_back(*build_job(*plan_sinks(bound, session), session));
    }
    SCOPED_TRACE("1, then 3, then 2 subtasks");
    const auto actual = run_moving(jobs, input);
    ASSERT_TRUE(actual.ok()) << message_of(actual.status());
    EXPECT_TRUE(same_bag(*expected, *actual));
    rows_ += expected->size();
  }

  int compared_ = 0;
  std::size_t rows_ = 0;
};

TEST_P(plan_rules, leave_the_result_of_every_query_alone) {
  std::string setup;
  std::string sql;
  for (const auto& block : read_case_blocks(GetParam())) {
    if (block.head == "setup") {
      setup = with_examples(block.text);
    } else if (block.head.rfind("sql ", 0) == 0) {
      sql = block.text;
      SCOPED_TRACE(block.head);
    } else if (block.head != "error" && !sql.empty()) {
      SCOPED_TRACE(sql);
      compare(setup, sql);
      sql.clear();
    }
  }
  // A file whose queries give nothing compares nothing.
  EXPECT_GE(rows_, 10 * static_cast<std::size_t>(compared_));
}

/// Without upserts and limits: which row of a key is the newest, and which are
/// the first of all, depends on the order in which rows come, and that on the
/// parallelism; so is which results early firing gives. The tables of look-ups
/// are not there.
std::vector<std::filesystem::path> files_of_any_order() {
  auto result = plan_case_files();
  std::erase_if(result, [](const auto& x) {
    return x.stem() == "upserts" || x.stem() == "order" || x.stem() == "lookups"
           || x.stem() == "emit";
  });
  return result;
}

INSTANTIATE_TEST_SUITE_P(files, plan_rules,
                         ::testing::ValuesIn(files_of_any_order()),
                         [](const auto& x) { return x.param.stem().string(); });

} // namespace
} // namespace herald::testing
