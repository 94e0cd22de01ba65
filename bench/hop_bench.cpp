#include "actors/caf_compat.hpp"
#include "actors/task_compiler.hpp"
#include "tools/herald/local_run.hpp"

#include <CLI/CLI.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>

// What it costs to hand a batch from one actor of a task to the next: the same
// task with and without extra stages that only pass on what they get. The
// baseline is a bare message between two CAF actors, which knows no credits,
// order or metrics. CPU time, since the hops of a task overlap on the cores.

namespace herald {

namespace {

struct bench_options {
  int hops = 8;
  std::int64_t batches = 100'000;
  bool json = false;
};

/// A scan, `hops` stages that only pass on, and a sink, from the plan of a
/// task of one stage. The first edge is there even without hops.
job_graph with_hops(const job_graph& plan, int hops) {
  job_graph result;
  auto scan = plan.stages.at(0);
  auto sink = scan.sink;
  auto layout = scan.scan->layout;
  scan.sink.reset();
  scan.operators.clear();
  scan.scan->targets = {target{target::kind::edge, 0, 0}};
  result.stages.push_back(std::move(scan));
  for (int i = 1; i <= hops + 1; ++i) {
    edge in{i - 1, i, 0, exchange::forward, {}, layout};
    result.edges.push_back(std::move(in));
    stage relay;
    relay.name = fmt::format("relay {}", i);
    if (i <= hops) {
      relay.inputs = {{target{target::kind::edge, i, 0}}};
    } else {
      relay.inputs = {{target{target::kind::sink, 0, 0}}};
      relay.sink = sink;
    }
    result.stages.push_back(std::move(relay));
  }
  return result;
}

absl::StatusOr<double> task_cpu_seconds(const bench_options& options,
                                        std::int64_t rows, int hops) {
  auto text = fmt::format(
      "CREATE TABLE numbers (v BIGINT) WITH ('connector' = 'datagen', "
      "'rows-per-second' = '1000000000', 'number-of-rows' = '{}', "
      "'fields.v.kind' = 'sequence', "
      "'fields.v.start' = '1', 'fields.v.end' = '{}'); "
      "CREATE TABLE nowhere (v BIGINT) WITH ('connector' = 'blackhole'); "
      "INSERT INTO nowhere SELECT v FROM numbers;",
      options.batches * rows, options.batches * rows);
  HERALD_ASSIGN(auto spec,
                compile_task("hops", text,
                             {{"parallelism", "1"},
                              {"batch.size", std::to_string(rows)}}));
  auto changed = *spec;
  changed.graph
      = std::make_shared<const job_graph>(with_hops(*spec->graph, hops));
  local_system system;
  auto before = cpu_seconds();
  auto result = run_local(
      system, std::make_shared<const task_spec>(std::move(changed)));
  if (result.last.state != task_state::finished)
    return absl::UnknownError(result.last.reason);
  return cpu_seconds() - before;
}

/// A relay of `count` messages through one more event-based actor.
double caf_cpu_seconds(std::int64_t count) {
  local_system system;
  auto before = cpu_seconds();
  {
    caf::scoped_actor self{system.actors()};
    auto end = system.actors().spawn(
        [count, done = caf::actor(self)](caf::event_based_actor* me) {
          auto seen = std::make_shared<std::int64_t>(0);
          return caf::behavior{[=](std::int64_t value) {
            if (++*seen == count)
              me->send(done, value);
          }};
        });
    for (std::int64_t i = 0; i < count; ++i)
      self->send(end, i);
    self->receive([](std::int64_t) {});
    self->send_exit(end, caf::exit_reason::user_shutdown);
  }
  return cpu_seconds() - before;
}

absl::Status run(const bench_options& options) {
  auto per = [](double seconds, std::int64_t count) {
    return seconds * 1e9 / static_cast<double>(count);
  };
  auto bare = per(caf_cpu_seconds(options.batches), options.batches);
  if (!options.json)
    fmt::print("{:>14} {:>14} {:>12}\n{:>14} {:>14.0f} {:>12.2f}\n",
               "rows a batch", "ns a hop", "x bare CAF", "bare CAF", bare, 1.0);
  for (std::int64_t rows : {1, 64, 1024}) {
    HERALD_ASSIGN(auto without, task_cpu_seconds(options, rows, 0));
    HERALD_ASSIGN(auto with, task_cpu_seconds(options, rows, options.hops));
    auto hop = per(with - without, options.batches * options.hops);
    if (options.json)
      fmt::print("{{\"rows_per_batch\":{},\"hop_ns\":{:.0f},"
                 "\"caf_message_ns\":{:.0f},\"ratio\":{:.2f}}}\n",
                 rows, hop, bare, hop / bare);
    else
      fmt::print("{:>14} {:>14.0f} {:>12.2f}\n", rows, hop, hop / bare);
  }
  return absl::OkStatus();
}

} // namespace

} // namespace herald

int main(int argc, char** argv) {
  herald::bench_options options;
  CLI::App app{"The cost of handing a batch to the next actor"};
  app.add_option("--hops", options.hops, "Extra stages");
  app.add_option("--batches", options.batches, "Batches a run");
  app.add_flag("--json", options.json, "One object a line");
  CLI11_PARSE(app, argc, argv);
  auto status = herald::run(options);
  if (!status.ok())
    fmt::print(stderr, "error: {}\n", herald::message_of(status));
  return status.ok() ? 0 : 1;
}
