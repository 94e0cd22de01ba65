#include "engine/columnar/builder.hpp"
#include "engine/connectors/read_all.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/plan/planner.hpp"
#include "engine/sql/parser.hpp"
#include "tests/support/local_runner.hpp"
#include "tools/herald/script.hpp"
#include "tools/herald/settings.hpp"

#include <random>

#include <fmt/format.h>

// Runs a script as `herald sql --json -f` does, but every SELECT in parts: at
// one parallelism to a barrier, at another from there to the next, at a third
// to its end; state passes between them as bytes. The rows of its bounded
// tables are read first. Where the barriers fall, a seed decides.
//
//   herald_moving_sql FILE SEED [NAME=VALUE …]

namespace herald::testing {
namespace {

constexpr const char* parallelisms[] = {"1", "3", "2"};
constexpr std::int64_t batch_rows = 5; ///< small: a few dozen rows a table
constexpr int rounds_max = 12;         ///< most tables last longer

absl::StatusOr<batch_ptr> read_table(const scan_spec& scan) {
  source_context context;
  context.scan = scan;
  HERALD_ASSIGN(const auto* code, find_connector(*scan.table));
  std::vector<batch_ptr> all;
  doorbell bell;
  HERALD_TRY(
      read_all(*code, std::move(context), batch_rows, bell, [&](batch_ptr x) {
        if (x)
          all.push_back(std::move(x));
        return absl::OkStatus();
      }));
  return all.empty() ? batch_builder(scan.layout).finish() : concat(all);
}

/// A table is one split: its rows keep the order of its file.
absl::StatusOr<split_rows> read_tables(const job_graph& graph) {
  split_rows result;
  for (std::size_t i = 0; i < graph.stages.size(); ++i) {
    const auto& scan = graph.stages[i].scan;
    if (!scan)
      continue;
    HERALD_ASSIGN(auto rows, read_table(*scan));
    result[static_cast<int>(i)].push_back(std::move(rows));
  }
  return result;
}

class moving_sql {
public:
  explicit moving_sql(std::uint64_t seed)
      : random_(seed), session_(known_connectors()) {}

  absl::Status set(const std::vector<std::string>& settings) {
    HERALD_ASSIGN(const auto parsed, parse_settings(settings));
    for (const auto& [key, value] : parsed)
      HERALD_TRY(session_.options().set(key, value));
    return absl::OkStatus();
  }

  absl::Status run(const std::string& text) {
    HERALD_ASSIGN(auto script, sql::parse_script(text));
    for (auto& x : script) {
      auto statement = std::make_shared<const sql::statement>(std::move(x));
      if (!statement->as<sql::query_ptr>()) {
        HERALD_TRY(plan_statement(statement, session_).status());
        continue;
      }
      HERALD_TRY(select(statement));
    }
    return absl::OkStatus();
  }

private:
  absl::Status select(const std::shared_ptr<const sql::statement>& query) {
    std::vector<planned_job> jobs;
    for (const auto* parallelism : parallelisms) {
      HERALD_TRY(session_.options().set("parallelism", parallelism));
      HERALD_ASSIGN(auto planned, plan_statement(query, session_));
      jobs.push_back(std::get<planned_job>(std::move(planned)));
    }
    result_printer printer(stdout, result_style::json);
    job_snapshot snapshot;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto& graph = jobs[i].graph;
      HERALD_ASSIGN(auto input, read_tables(graph));
      local_runner runner(
          graph, std::move(input),
          {random_(), batch_rows, session_.options().time_zone()});
      HERALD_TRY(runner.open(snapshot));
      if (i + 1 == jobs.size()) {
        HERALD_TRY(runner.run());
      } else {
        const auto rounds = static_cast<int>(random_() % rounds_max);
        HERALD_ASSIGN(const auto taken, runner.run_to_barrier(rounds));
        snapshot = moved(taken, graph, jobs[i + 1].graph);
      }
      for (const auto& rows : runner.results()) {
        HERALD_TRY(print(printer, jobs[i], *rows));
      }
    }
    return absl::OkStatus();
  }

  /// Under the names that the result has, which the plan's own need not be.
  static absl::Status print(result_printer& printer, const planned_job& job,
                            const batch& rows) {
    return printer.print(
        *make_batch(job.columns, rows.columns, rows.rows, rows.changes),
        job.retracts);
  }

  std::mt19937_64 random_;
  sql_session session_;
};

absl::Status run_file(const std::string& text, const std::string& seed,
                      const std::vector<std::string>& settings) {
  moving_sql runner(std::stoull(seed));
  HERALD_TRY(runner.set(settings));
  return runner.run(text);
}

int run_command(const std::vector<std::string>& words) {
  if (words.size() < 2) {
    fmt::print(stderr, "usage: herald_moving_sql FILE SEED [NAME=VALUE …]\n");
    return 2;
  }
  const auto text = read_file(words[0]);
  const auto status
      = text.ok() ? run_file(*text, words[1], {words.begin() + 2, words.end()})
                  : text.status();
  if (!status.ok())
    print_error(text.ok() ? *text : "", status);
  return status.ok() ? 0 : 1;
}

} // namespace
} // namespace herald::testing

int main(int argc, char** argv) {
  return herald::testing::run_command({argv + 1, argv + argc});
}
