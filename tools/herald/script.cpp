#include "tools/herald/script.hpp"

#include "actors/task_compiler.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/plan/explain.hpp"
#include "engine/sql/parser.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

namespace herald {

namespace {

/// Whether all malformed records went to tables of dead letters.
bool are_kept(const job_graph& graph,
              const std::vector<stage_figures>& figures) {
  for (std::size_t i = 0; i < figures.size(); ++i)
    if (figures[i].malformed > 0 && graph.stages[i].scan
        && !graph.stages[i].scan->dead_letters)
      return false;
  return true;
}

} // namespace

script_runner::script_runner(local_system& system, std::FILE* out,
                             result_style style)
    : system_(system), out_(out), style_(style), session_(known_connectors()) {}

absl::Status script_runner::run(const std::string& text) {
  session_.end_text();
  HERALD_ASSIGN(auto script, sql::parse_script(text));
  for (auto& x : script) {
    if (stop_requests() > 0)
      return absl::OkStatus();
    HERALD_TRY(execute(std::move(x)));
  }
  return absl::OkStatus();
}

absl::Status script_runner::execute(sql::statement statement) {
  auto shared = std::make_shared<const sql::statement>(std::move(statement));
  HERALD_ASSIGN(auto planned, plan_statement(shared, session_));
  if (auto* job = std::get_if<planned_job>(&planned))
    return run_job(*job);
  if (auto* table = std::get_if<text_table>(&planned))
    show(*table);
  if (auto* done = std::get_if<statement_done>(&planned); done && talkative_)
    fmt::print(stderr, "{}\n", done->message);
  return absl::OkStatus();
}

absl::Status script_runner::run_job(planned_job& job) {
  // Without a name there is no consumer group: who looks at a topic twice sees
  // the same twice.
  auto spec = make_spec("", std::move(job.graph), session_.options());
  const auto graph = spec.graph;
  auto printer = std::make_shared<result_printer>(
      job.is_analysis ? nullptr : out_, style_, session_.options().time_zone());
  auto retracts = job.retracts;
  spec.client_sink = [printer, retracts](const sink_context& x) {
    return make_result_sink(printer, x.sink.layout, retracts);
  };
  const auto wants_more = [&printer, most = job.rows_max](const task_report&) {
    return !most || printer->rows() < *most;
  };
  auto result = run_local(
      system_, std::make_shared<const task_spec>(std::move(spec)), wants_more);
  printer->close(); // of a task that was ended at once something may be left
  const bool cancelled = stop_requests() > 0 && job.is_select
                         && (result.last.state == task_state::stopped
                             || printer->has_left_out());
  if (result.last.state == task_state::failed)
    return failure_of(result.last.reason);
  if (job.is_analysis)
    show(text_table{{"result"}, {{explain_running(*graph, result.figures)}}});
  else if (job.is_select && style_ == result_style::table)
    fmt::print(out_, "{}{} {}\n\n", cancelled ? "cancelled after " : "",
               printer->rows(), printer->rows() == 1 ? "row" : "rows");
  else if (cancelled)
    fmt::print(stderr, "cancelled after {} {}\n", printer->rows(),
               printer->rows() == 1 ? "row" : "rows");
  else if (style_ == result_style::table)
    fmt::print(stderr, "{}: {} records in, {} out; {:.2f} s\n",
               to_string(result.last.state), result.report.rows_in,
               result.report.rows_out, result.seconds);
  if (result.report.rows_late > 0)
    fmt::print(stderr,
               "{} row{} too late for the watermark and left out\n"
               "  'late-rows' keeps them in a table (docs/aggregation.md)\n",
               result.report.rows_late,
               result.report.rows_late == 1 ? " came" : "s came");
  if (result.report.malformed > 0)
    fmt::print(stderr, "{} malformed record{} left out, the last: {}\n{}",
               result.report.malformed,
               result.report.malformed == 1 ? " was" : "s were",
               result.last_malformed(),
               are_kept(*graph, result.figures)
                   ? ""
                   : "  a dead-letter table keeps them and says why "
                     "(docs/connectors.md)\n");
  return job.is_select ? absl::OkStatus() : result.left_behind();
}

void script_runner::show(const text_table& x) {
  if (style_ == result_style::json && !x.json.empty()) {
    fmt::print(out_, "{}\n", x.json);
    return;
  }
  if (x.rows.empty()) {
    if (style_ == result_style::table)
      fmt::print(out_, "0 rows\n");
    return;
  }
  auto layout = std::make_shared<schema>();
  for (const auto& name : x.columns)
    layout->fields.push_back({name, data_type::of(type_kind::varchar)});
  // Plans and definitions are texts of several lines: they are shown as they
  // are, everything else as a table.
  if (style_ == result_style::table && x.columns.size() == 1) {
    for (const auto& row : x.rows)
      fmt::print(out_, "{}\n", row[0]);
    return;
  }
  batch_builder builder(layout);
  for (const auto& row : x.rows) {
    std::vector<scalar> values;
    for (std::size_t i = 0; i < row.size(); ++i)
      values.push_back({layout->fields[i].type, row[i]});
    builder.append(values);
  }
  result_printer printer(out_, style_);
  printer.print(*builder.finish(), false).IgnoreError();
}

absl::StatusOr<std::string> read_file(const std::string& path) {
  // A folder can be opened, and says so only by an exception when it is read.
  std::error_code ignored;
  auto is_folder = std::filesystem::is_directory(path, ignored);
  std::ifstream file(path, std::ios::binary);
  if (is_folder || !file)
    return user_error(fmt::format("cannot read '{}'{}", path,
                                  is_folder ? ": it is a folder" : ""),
                      "is the path right, and may you read it?");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (file.bad())
    return user_error(fmt::format("cannot read '{}'", path));
  return text;
}

void print_error(const std::string& source, const absl::Status& status) {
  fmt::print(stderr, "error: {}\n", render_error(source, status));
}

} // namespace herald
