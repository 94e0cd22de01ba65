#include "tools/herald/debug_run.hpp"

#include "actors/task_compiler.hpp"
#include "engine/connectors/registry.hpp"
#include "engine/formats/json_encoder.hpp"
#include "engine/plan/planner.hpp"
#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"
#include "tools/herald/client_verbs.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

namespace herald {

namespace {

/// What came to one sink. Its subtasks share it.
struct caught_rows {
  std::string sink;
  schema_ptr layout;
  bool retracts = false;
  std::mutex mutex;
  std::vector<batch_ptr> batches;
  std::int64_t kept = 0;
  std::int64_t rows = 0;
};

class catching_sink final : public sink_writer {
public:
  explicit catching_sink(std::shared_ptr<caught_rows> to)
      : to_(std::move(to)) {}

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr& rows) override {
    std::lock_guard lock(to_->mutex);
    to_->rows += rows->rows;
    if (to_->kept >= debug_rows_max)
      return absl::OkStatus();
    to_->kept += rows->rows;
    to_->batches.push_back(
        make_batch(to_->layout, rows->columns, rows->rows, rows->changes));
    return absl::OkStatus();
  }

private:
  std::shared_ptr<caught_rows> to_;
};

/// Standard input as a file, which readers need; gone at the end.
class pasted_input {
public:
  ~pasted_input() {
    std::error_code ignored;
    if (!path_.empty())
      std::filesystem::remove(path_, ignored);
  }

  absl::StatusOr<std::string> path() {
    if (!path_.empty())
      return path_;
    auto name
        = (std::filesystem::temp_directory_path() / "herald-XXXXXX").string();
    const int file = mkstemp(name.data());
    if (file < 0)
      return user_error("cannot keep standard input in a file: " + name);
    close(file);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << std::cin.rdbuf();
    return path_;
  }

  /// `text` with what the user knows of for the file's path.
  std::string renamed(std::string text) const {
    const auto at = path_.empty() ? std::string::npos : text.find(path_);
    if (at != std::string::npos)
      text.replace(at, path_.size(), "standard input");
    return text;
  }

private:
  std::string path_;
};

class debug_run {
public:
  debug_run(local_system& system, const debug_options& options, std::FILE* out)
      : system_(system), options_(options), out_(out),
        session_(known_connectors()) {}

  absl::Status run(const std::string& text,
                   const std::vector<setting>& settings) {
    for (const auto& [key, value] : settings)
      HERALD_TRY(session_.options().set(key, value));
    HERALD_ASSIGN(auto script, sql::parse_script(text));
    std::vector<job_graph> parts;
    for (auto& x : script) {
      HERALD_TRY(paste_rows(x));
      auto statement = std::make_shared<const sql::statement>(std::move(x));
      HERALD_ASSIGN(auto planned, plan_statement(statement, session_));
      if (auto* job = std::get_if<planned_job>(&planned))
        parts.push_back(std::move(job->graph));
    }
    HERALD_TRY(check_pasted());
    if (parts.empty())
      return user_error("the script has nothing to run",
                        "it needs a SELECT or an INSERT INTO");
    return run_graph(merge_graphs(std::move(parts)));
  }

private:
  /// Lets a table that rows are given for read them.
  absl::Status paste_rows(sql::statement& statement);
  absl::Status check_pasted() const;
  absl::Status run_graph(job_graph graph);
  void intercept(job_graph& graph);
  absl::Status show() const;

  local_system& system_;
  const debug_options& options_;
  std::FILE* out_;
  sql_session session_;
  pasted_input input_;
  std::set<std::string> pasted_;
  std::vector<std::string> declared_;
  std::vector<std::shared_ptr<caught_rows>> caught_;
};

/// The options of a file with rows as the table's connector would get them:
/// its own format, or JSON.
std::vector<sql::table_option>
file_options(const std::vector<sql::table_option>& own,
             const std::string& path) {
  constexpr std::string_view value_prefix = "value.";
  std::string format = "json";
  for (const auto& x : own)
    if (x.key == "format" || x.key == "value.format")
      format = x.value;
  std::vector<sql::table_option> result = {{"connector", "filesystem", {}, {}},
                                           {"path", path, {}, {}},
                                           {"format", format, {}, {}}};
  for (auto x : own) {
    if (x.key.starts_with(value_prefix))
      x.key.erase(0, value_prefix.size());
    if (x.key.starts_with(format + "."))
      result.push_back(std::move(x));
  }
  return result;
}

absl::Status debug_run::paste_rows(sql::statement& statement) {
  auto* table = std::get_if<sql::create_table>(&statement.node);
  if (!table)
    return absl::OkStatus();
  const auto& name = table->name.back().name;
  declared_.push_back(name);
  for (const auto& [wanted, file] : options_.rows) {
    if (wanted != name)
      continue;
    auto path = absl::StatusOr<std::string>(file);
    if (file == "-")
      path = input_.path();
    HERALD_TRY(path.status());
    if (!std::filesystem::exists(*path))
      return user_error(fmt::format("cannot read '{}'", *path),
                        "is the path right, and may you read it?");
    pasted_.insert(name);
    table->options = file_options(table->options,
                                  std::filesystem::absolute(*path).string());
    // What the connector would say of a row stands in the row.
    for (auto& column : table->schema.columns)
      column.metadata.reset();
    if (table->like)
      table->like->options.push_back({"EXCLUDING", "OPTIONS"});
  }
  return absl::OkStatus();
}

absl::Status debug_run::check_pasted() const {
  for (const auto& [table, file] : options_.rows)
    if (!pasted_.contains(table)) {
      const auto near = nearest_name(table, declared_);
      return user_error(
          fmt::format("--rows: the script declares no table '{}'", table),
          near.empty() ? "" : fmt::format("did you mean '{}'?", near));
    }
  return absl::OkStatus();
}

void debug_run::intercept(job_graph& graph) {
  for (auto& stage : graph.stages) {
    if (stage.scan)
      stage.scan->dead_letters.reset();
    if (!stage.sink)
      continue;
    auto caught = std::make_shared<caught_rows>();
    caught->sink = stage.sink->table ? stage.sink->table->name : "select";
    // A layout of its own: it tells the sinks apart.
    caught->layout = std::make_shared<schema>(*stage.sink->layout);
    caught->retracts = stage.sink->retracts;
    stage.sink->table.reset();
    stage.sink->layout = caught->layout;
    caught_.push_back(std::move(caught));
  }
}

absl::Status debug_run::run_graph(job_graph graph) {
  intercept(graph);
  std::map<std::string, std::int64_t> samples;
  for (const auto& stage : graph.stages)
    if (stage.scan && !pasted_.contains(stage.scan->table->name))
      samples[stage.scan->table->name]
          = std::max<std::int64_t>(1, options_.sample_rows / stage.parallelism);
  auto spec = make_spec("", std::move(graph), session_.options());
  spec.samples = samples;
  spec.client_sink = [this](const sink_context& x)
      -> absl::StatusOr<std::unique_ptr<sink_writer>> {
    for (const auto& caught : caught_)
      if (caught->layout == x.sink.layout)
        return std::make_unique<catching_sink>(caught);
    return absl::InternalError("a sink that nobody caught");
  };
  const auto begin = std::chrono::steady_clock::now();
  const auto result
      = run_local(system_, std::make_shared<const task_spec>(std::move(spec)),
                  [&](const task_report&) {
                    return std::chrono::steady_clock::now() - begin
                           <= std::chrono::seconds(options_.seconds);
                  });
  if (result.last.state == task_state::failed)
    return absl::UnknownError(input_.renamed(result.last.reason));
  HERALD_TRY(show());
  fmt::print(stderr,
             "{} record{} read, {} malformed, {} late; nothing was written\n",
             result.report.rows_in, result.report.rows_in == 1 ? "" : "s",
             result.report.malformed, result.report.rows_late);
  if (result.report.malformed > 0)
    fmt::print(stderr, "  the last malformed record: {}\n",
               input_.renamed(result.last_malformed()));
  return absl::OkStatus();
}

absl::Status debug_run::show() const {
  for (const auto& x : caught_) {
    if (options_.style == result_style::json) {
      for (const auto& rows : x->batches)
        for (std::int64_t i = 0; i < rows->rows; ++i) {
          std::string line;
          encode_json_change(*rows, i, line);
          fmt::print(out_, "{{\"sink\":{},{}\n", json_text(x->sink),
                     line.substr(1));
        }
      continue;
    }
    fmt::print(out_, "{}: {} {}{}\n", x->sink, x->rows,
               x->rows == 1 ? "change" : "changes",
               x->rows > x->kept
                   ? fmt::format(", the first {} of them", x->kept)
                   : "");
    result_printer printer(out_, result_style::table,
                           session_.options().time_zone());
    for (const auto& rows : x->batches)
      HERALD_TRY(printer.print(*rows, x->retracts));
    fmt::print(out_, "\n");
  }
  return absl::OkStatus();
}

} // namespace

absl::Status debug_script(local_system& system, const std::string& text,
                          const std::vector<setting>& settings,
                          const debug_options& options, std::FILE* out) {
  return debug_run(system, options, out).run(text, settings);
}

} // namespace herald
