#include "engine/columnar/arrow_bridge.hpp"
#include "engine/common/error.hpp"
#include "tools/herald/client_verbs.hpp"
#include "tools/herald/commands.hpp"
#include "tools/herald/local_run.hpp"
#include "tools/herald/result_sink.hpp"
#include "tools/herald/script.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace herald {

namespace {

struct query_options : client_options {
  std::string sql;
  std::string queue = "default";
  std::string user;
  std::uint32_t timeout_ms = 0;
};

/// Time between looks at whether the user asked to stop.
const auto look_every = absl::Milliseconds(200);

std::string_view name_of(gateway::job_state x) {
  constexpr std::string_view names[]
      = {"NEW", "WAITING", "RUNNING", "SUCCESS", "FAIL"};
  return names[static_cast<std::size_t>(x)];
}

void show_state(client_job& job) {
  if (isatty(STDERR_FILENO) != 1)
    return;
  auto x = job.status();
  if (x.ok())
    fmt::print(stderr, "\r\x1b[K{} {}{}", x->id, name_of(x->state),
               x->state == gateway::job_state::waiting
                   ? fmt::format(", place {}", x->queue_position)
                   : "");
}

void clear_state() {
  if (isatty(STDERR_FILENO) == 1)
    fmt::print(stderr, "\r\x1b[K");
}

/// Takes the whole result; Ctrl-C cancels the job.
absl::Status take_result(client_job& job,
                         const std::function<absl::Status(std::string)>& use) {
  while (true) {
    auto piece = job.next(look_every);
    if (stop_requests() > 0) {
      HERALD_TRY(job.cancel());
      return absl::CancelledError("cancelled");
    }
    if (!piece.ok() && job.waits()) {
      show_state(job);
      continue;
    }
    clear_state();
    if (!piece.ok())
      return piece.status();
    if (!*piece)
      return absl::OkStatus();
    HERALD_TRY(use(**std::move(piece)));
  }
}

absl::Status print_json(client_job& job) {
  return take_result(
      job, [](std::string bytes) { return write_out(stdout, bytes); });
}

absl::Status print_table(client_job& job) {
  result_printer printer(stdout, result_style::table);
  ipc_reader reader;
  const auto print = [&](const std::string& piece) -> absl::Status {
    HERALD_ASSIGN(const auto batches, reader.read(piece));
    for (const auto& x : batches) {
      HERALD_TRY(printer.print(*x, false));
    }
    return absl::OkStatus();
  };
  HERALD_TRY(take_result(job, print));
  fmt::print("{} {}\n", printer.rows(), printer.rows() == 1 ? "row" : "rows");
  return absl::OkStatus();
}

int run_query(const query_options& options) {
  return with_client(options, options.sql, [&](client& node) -> absl::Status {
    gateway::submit_query what;
    what.sql = options.sql;
    what.queue = options.queue;
    what.user = options.user;
    what.timeout_ms = options.timeout_ms;
    what.format = options.json ? gateway::result_format::json_lines
                               : gateway::result_format::arrow;
    HERALD_ASSIGN(auto job, node.submit(what));
    return options.json ? print_json(job) : print_table(job);
  });
}

// -- jobs ------------------------------------------------------------------

struct job_options : client_options {
  std::string id;
  std::string queue;
};

/// What a table shows of a statement: one line, its end cut off.
std::string short_sql(const std::string& sql) {
  constexpr std::size_t most = 60;
  std::string result;
  for (char c : sql) {
    auto space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!space)
      result += c;
    else if (!result.empty() && result.back() != ' ')
      result += ' ';
  }
  if (result.size() <= most)
    return result;
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(result[end]) & 0xc0) == 0x80)
    --end;
  return result.substr(0, end) + "…";
}

std::vector<std::string> row_of(const gateway::job_status& x, bool whole) {
  auto ran = x.finished_ms != 0 && x.started_ms != 0
                 ? std::to_string(x.finished_ms - x.started_ms)
                 : std::string("0");
  return {x.id,
          std::string(name_of(x.state)),
          x.queue,
          x.user,
          std::to_string(x.rows),
          ran,
          x.worker,
          whole ? x.sql : short_sql(x.sql),
          std::string(message_of(x.error))};
}

void print_jobs(const job_options& options,
                const std::vector<gateway::job_status>& list) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& x : list)
    rows.push_back(row_of(x, options.json));
  print_rows(options,
             {"id", "state", "queue", "user", "rows", "ran_ms", "worker", "sql",
              "error"},
             rows,
             {false, false, false, false, true, true, false, false, false});
}

int list_jobs(const job_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    gateway::list_jobs which;
    which.queue = options.queue;
    HERALD_ASSIGN(auto jobs, node.list_jobs(which));
    print_jobs(options, jobs.items);
    return absl::OkStatus();
  });
}

int show_job(const job_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto job, node.get_job(options.id));
    HERALD_ASSIGN(auto status, job.status());
    print_jobs(options, {status});
    return absl::OkStatus();
  });
}

int cancel_job(const job_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto job, node.get_job(options.id));
    return job.cancel();
  });
}

} // namespace

void add_query_command(CLI::App& app, int& status) {
  auto options = std::make_shared<query_options>();
  auto* command = app.add_subcommand(
      "query", "Run one query on a cluster's engines and show its result");
  command->footer("The job waits in its queue, runs on a worker, and its "
                  "result streams back.\nCtrl-C cancels it.\n\n"
                  "  herald query \"SELECT 42 AS answer\"");
  command->add_option("sql", options->sql, "The statement")->required();
  command->add_option("--queue", options->queue, "Queue to wait in")
      ->capture_default_str();
  command->add_option("--user", options->user, "Who asks");
  command->add_option("--timeout", options->timeout_ms,
                      "Milliseconds until it fails; 0: the queue's");
  add_client_options(*command, *options, false);
  command->callback([options, &status] { status = run_query(*options); });
}

void add_job_command(CLI::App& app, int& status) {
  auto options = std::make_shared<job_options>();
  auto* job = app.add_subcommand("job", "Jobs of queries");
  job->require_subcommand(1);
  auto add = [&](const char* name, const char* help, auto run) {
    auto* command = job->add_subcommand(name, help);
    add_client_options(*command, *options, false);
    command->callback([options, &status, run] { status = run(*options); });
    return command;
  };
  add("list", "Jobs that wait, run, or ended lately", list_jobs)
      ->add_option("--queue", options->queue, "Only those of a queue");
  add("status", "One job", show_job)
      ->add_option("id", options->id, "Id of the job")
      ->required();
  add("cancel", "End a job", cancel_job)
      ->add_option("id", options->id, "Id of the job")
      ->required();
}

} // namespace herald
