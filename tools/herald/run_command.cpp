#include "actors/task_compiler.hpp"
#include "tools/herald/commands.hpp"
#include "tools/herald/debug_run.hpp"
#include "tools/herald/script.hpp"

#include <cmath>

#include <fmt/format.h>
#include <unistd.h>

namespace herald {

namespace {

struct run_options {
  std::string file;
  std::string name;
  std::vector<std::string> set;

  /// Of the task, which its offsets are committed under.
  const std::string& task() const {
    return name.empty() ? file : name;
  }

  bool debug = false;
  std::vector<std::string> rows;
  std::int64_t limit = 100;
  std::int64_t seconds = 10;
  bool json = false;
  bool quiet = false;
};

std::string short_number(double x) {
  constexpr const char* units[] = {"", "K", "M", "G"};
  std::size_t unit = 0;
  while (x >= 1000 && unit < 3) {
    x /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f}{}", x, unit == 0 ? 0 : 2, units[unit]);
}

/// "12.4 s behind": event time against the clock, which also is the latency
/// when events are of now.
std::string watermark_text(std::int64_t watermark_ms, std::int64_t now_ms) {
  if (watermark_ms == time_min || watermark_ms == time_max)
    return "none";
  return fmt::format("{:.1f} s behind",
                     static_cast<double>(now_ms - watermark_ms) / 1000);
}

class progress_line {
public:
  void show(const task_report& x) {
    auto now = std::chrono::steady_clock::now();
    std::chrono::duration<double> passed = now - last_;
    auto rate = static_cast<double>(x.rows_in - rows_) / passed.count();
    last_ = now;
    rows_ = x.rows_in;
    auto clock_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count();
    fmt::print(stderr,
               "\r\x1b[K{} records/s  in {}  out {}  lag {}  "
               "watermark {}",
               short_number(rate), short_number(static_cast<double>(x.rows_in)),
               short_number(static_cast<double>(x.rows_out)),
               x.lag_records < 0 ? "-" : std::to_string(x.lag_records),
               watermark_text(x.watermark_ms, clock_ms));
    shown_ = true;
  }

  void clear() {
    if (shown_)
      fmt::print(stderr, "\r\x1b[K");
  }

private:
  std::chrono::steady_clock::time_point last_
      = std::chrono::steady_clock::now();
  std::int64_t rows_ = 0;
  bool shown_ = false;
};

/// Says once that a task goes on where one of its name stopped before.
class resume_note {
public:
  explicit resume_note(const run_options& options) : options_(options) {}

  void look(const task_report& x) {
    if (said_ || options_.quiet || x.splits_resumed == 0)
      return;
    said_ = true;
    fmt::print(stderr,
               "'{}' ran before: it goes on at the offsets that it committed "
               "in {} partition{} (--name gives another name, which begins "
               "anew)\n",
               options_.task(), x.splits_resumed,
               x.splits_resumed == 1 ? "" : "s");
  }

private:
  const run_options& options_;
  bool said_ = false;
};

void print_summary(const run_options& options, const local_result& x,
                   double cpu) {
  if (options.json) {
    fmt::print("{{\"state\":\"{}\",\"records_in\":{},\"records_out\":{},"
               "\"late\":{},\"malformed\":{},\"seconds\":{:.3f},"
               "\"cpu_seconds\":{:.3f},\"peak_rss_bytes\":{}}}\n",
               to_string(x.last.state), x.report.rows_in, x.report.rows_out,
               x.report.rows_late, x.report.malformed, x.seconds, cpu,
               peak_memory_bytes());
    return;
  }
  fmt::print(stderr,
             "{}: {} records in, {} out, {} late, {} malformed; {:.2f} s, "
             "{:.2f} CPU s, {:.0f} MB at most\n",
             to_string(x.last.state), x.report.rows_in, x.report.rows_out,
             x.report.rows_late, x.report.malformed, x.seconds, cpu,
             static_cast<double>(peak_memory_bytes()) / 1e6);
  if (x.report.malformed > 0)
    fmt::print(stderr, "  the last malformed record: {}\n", x.last_malformed());
}

absl::Status debug(const run_options& options, const std::string& text) {
  debug_options how;
  HERALD_ASSIGN(how.rows, parse_settings(options.rows, "--rows", "TABLE=FILE"));
  HERALD_ASSIGN(const auto settings, parse_settings(options.set));
  how.sample_rows = options.limit;
  how.seconds = options.seconds;
  if (options.json)
    how.style = result_style::json;
  local_system system;
  return debug_script(system, text, settings, how, stdout);
}

int run_task(const run_options& options) {
  std::string text;
  auto run = [&]() -> absl::Status {
    HERALD_ASSIGN(const auto settings, parse_settings(options.set));
    HERALD_ASSIGN(text, read_file(options.file));
    if (options.debug)
      return debug(options, text);
    HERALD_ASSIGN(auto spec, compile_task(options.task(), text,
                                          {settings.begin(), settings.end()}));
    local_system system;
    progress_line line;
    resume_note resumed(options);
    const bool shows = !options.quiet && isatty(STDERR_FILENO) == 1;
    const auto progress = [&](const task_report& x) {
      resumed.look(x);
      if (shows)
        line.show(x);
      return true;
    };
    auto cpu = cpu_seconds();
    auto result = run_local(system, spec, progress);
    line.clear();
    resumed.look(result.report);
    if (result.last.state == task_state::failed)
      return failure_of(result.last.reason);
    if (!options.quiet)
      print_summary(options, result, cpu_seconds() - cpu);
    return result.left_behind();
  };
  auto status = run();
  if (!status.ok())
    print_error(text, status);
  return status.ok() ? 0 : 1;
}

} // namespace

void add_run_command(CLI::App& app, int& status) {
  auto options = std::make_shared<run_options>();
  auto* command = app.add_subcommand(
      "run", "Run a task, a script of INSERTs, in this process until it ends");
  command->footer("A line of progress shows while it works; Ctrl-C drains what "
                  "was read and\nends, a second one ends at once.\n\n"
                  "  herald run task.sql --set parallelism=2\n\n"
                  "With --debug its sinks write nothing: what they would have "
                  "got is shown, of rows\nthat are given with --rows, and of "
                  "the first rows of all other sources.\n\n"
                  "  herald run task.sql --debug --rows clicks=clicks.json");
  command->add_option("file", options->file, "Script of the task")->required();
  command->add_option("--name", options->name,
                      "Name of the task, which its Kafka offsets are committed "
                      "under; else the\nfile's path");
  command->add_option("--set", options->set,
                      "Option of the task, name=value; repeatable "
                      "(parallelism, batch.size, ...)");
  auto* debug = command->add_flag("--debug", options->debug,
                                  "Show what it would write, write nothing");
  command
      ->add_option("--rows", options->rows,
                   "Rows of a table, TABLE=FILE (- is standard input), in the "
                   "table's format or JSON; repeatable")
      ->needs(debug);
  command
      ->add_option("--limit", options->limit,
                   "Rows that are read of each other source")
      ->needs(debug)
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command
      ->add_option("--seconds", options->seconds,
                   "How long to wait for them at most")
      ->needs(debug)
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  command->add_flag("--json", options->json,
                    "Summary as one JSON object; with --debug a change a line");
  command->add_flag("-q,--quiet", options->quiet, "Show neither");
  command->callback([options, &status] { status = run_task(*options); });
}

} // namespace herald
