#include "actors/task_compiler.hpp"
#include "engine/connectors/preloaded.hpp"
#include "tools/herald/local_run.hpp"
#include "tools/herald/script.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

// Runs one Nexmark query once and prints what it took, as one JSON object.
// bench/run starts it anew for every query, so that peak memory is its own.

namespace herald {

namespace {

struct bench_options {
  std::string query;
  std::string folder = "bench/nexmark/queries";
  std::string scratch = "/tmp";
  std::string source = "memory";
  std::string brokers;
  std::string topic = "nexmark";
  std::int64_t events = 5'000'000;
  int parallelism = 2;
};

std::string replace(std::string text, const std::string& what,
                    const std::string& by) {
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

std::string source_options(const bench_options& x) {
  if (x.source != "kafka")
    return fmt::format("'connector' = 'nexmark', 'events.num' = '{}'",
                       x.events);
  return fmt::format(
    "'connector' = 'kafka', 'topic' = '{}', 'format' = 'json', "
    "'properties.bootstrap.servers' = '{}', 'scan.startup.mode' = "
    "'earliest-offset', 'scan.bounded.mode' = 'latest-offset'",
    x.topic, x.brokers);
}

/// Replaces every scan by one over rows that are read here and now.
absl::StatusOr<std::shared_ptr<const task_spec>>
preload_scans(const task_spec& spec) {
  auto graph = *spec.graph;
  for (std::size_t i = 0; i < graph.stages.size(); ++i) {
    auto& x = graph.stages[i];
    if (!x.scan)
      continue;
    auto name = fmt::format("stage {}", i);
    HERALD_TRY(preload(name, x.scan->table, *x.scan, x.parallelism,
                       spec.batch_rows));
    auto table = *x.scan->table;
    table.options = {{"connector", "preloaded"}, {"name", name}};
    x.scan->table = std::make_shared<const table_definition>(std::move(table));
  }
  auto result = spec;
  result.graph = std::make_shared<const job_graph>(std::move(graph));
  return std::make_shared<const task_spec>(std::move(result));
}

absl::Status run(const bench_options& options) {
  HERALD_ASSIGN(auto tables, read_file(options.folder + "/tables.sql"));
  HERALD_ASSIGN(auto query,
                read_file(options.folder + "/" + options.query + ".sql"));
  auto text
    = replace(tables, "${SOURCE}", source_options(options))
      + replace(query, "${SCRATCH}", options.scratch);
  // A task of the same name would go on where the last run committed.
  auto name = fmt::format("{}-{}", options.query, ::getpid());
  HERALD_ASSIGN(
    auto spec,
    compile_task(name, text,
                 {{"parallelism", std::to_string(options.parallelism)}}));
  if (options.source == "preloaded") {
    HERALD_ASSIGN(spec, preload_scans(*spec));
  }
  local_system system;
  auto cpu = cpu_seconds();
  auto result = run_local(system, spec);
  cpu = cpu_seconds() - cpu;
  if (result.last.state != task_state::finished)
    return absl::UnknownError(fmt::format(
      "{}: {} {}", options.query, to_string(result.last.state),
      result.last.reason));
  fmt::print("{{\"query\":\"{}\",\"source\":\"{}\",\"events\":{},"
             "\"seconds\":{:.3f},\"cpu_seconds\":{:.3f},"
             "\"peak_rss_bytes\":{},\"records_out\":{},\"parallelism\":{}}}\n",
             options.query, options.source, result.report.rows_in,
             result.seconds, cpu, peak_memory_bytes(), result.report.rows_out,
             options.parallelism);
  return absl::OkStatus();
}

} // namespace

} // namespace herald

int main(int argc, char** argv) {
  herald::bench_options options;
  CLI::App app{"One Nexmark query, measured"};
  app.add_option("query", options.query, "q0 … q23")->required();
  app.add_option("--folder", options.folder, "Where the queries are");
  app.add_option("--scratch", options.scratch,
                 "Where they read and write files");
  app.add_option("--source", options.source, "memory, preloaded or kafka");
  app.add_option("--brokers", options.brokers, "host:port");
  app.add_option("--topic", options.topic, "Kafka topic of the events");
  app.add_option("--events", options.events, "How many to generate");
  app.add_option("--parallelism", options.parallelism, "Subtasks a stage");
  CLI11_PARSE(app, argc, argv);
  auto status = herald::run(options);
  if (!status.ok())
    fmt::print(stderr, "error: {}\n", herald::message_of(status));
  return status.ok() ? 0 : 1;
}
