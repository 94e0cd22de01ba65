#include "tools/herald/commands.hpp"
#include "tools/herald/script.hpp"
#include "tools/herald/settings.hpp"
#include "tools/herald/shell.hpp"

#include <iostream>
#include <iterator>

#include <unistd.h>

namespace herald {

namespace {

struct sql_options {
  std::string file;
  std::string text;
  std::vector<std::string> set;
  bool json = false;
};

int run_text(script_runner& runner, const std::string& text) {
  auto status = runner.run(text);
  if (!status.ok())
    print_error(text, status);
  return status.ok() ? 0 : 1;
}

absl::Status set_options(const sql_options& options, script_runner& runner) {
  HERALD_ASSIGN(const auto settings, parse_settings(options.set));
  for (const auto& [key, value] : settings)
    HERALD_TRY(runner.session().options().set(key, value));
  return absl::OkStatus();
}

int run_sql(const sql_options& options) {
  local_system system;
  script_runner runner(system, stdout,
                       options.json ? result_style::json : result_style::table);
  if (auto status = set_options(options, runner); !status.ok()) {
    print_error("", status);
    return 1;
  }
  auto text = options.text;
  if (!options.file.empty()) {
    auto read = read_file(options.file);
    if (!read.ok()) {
      print_error("", read.status());
      return 1;
    }
    text = *std::move(read);
  } else if (text.empty() && isatty(STDIN_FILENO) == 1) {
    run_shell(runner);
    return 0;
  } else if (text.empty()) {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (answer_help(text))
      return 0;
  }
  return run_text(runner, text);
}

} // namespace

void add_sql_command(CLI::App& app, int& status) {
  auto options = std::make_shared<sql_options>();
  auto* command = app.add_subcommand(
      "sql", "Run SQL statements in this process and show what SELECTs give");
  command->footer(
      "Without -f or -e it reads statements from standard input. On a terminal "
      "that\nis a shell: help lists what it knows, Ctrl-C cancels a statement, "
      "quit leaves.\n"
      "With --json each row is one line {\"op\":\"+I\",\"row\":{...}}; "
      "applying "
      "the\nops (+I insert, -U and +U update, -D delete) gives the result.\n\n"
      "  herald sql -e \"SELECT 1 + 1 AS two\"\n"
      "  herald sql -f report.sql --json --set parallelism=2");
  auto* file = command->add_option("-f,--file", options->file,
                                   "File with statements, separated by ';'");
  command->add_option("-e,--execute", options->text, "Statements to run")
      ->excludes(file);
  command->add_option("--set", options->set,
                      "Option for the session, name=value; repeatable");
  command->add_flag("--json", options->json, "Rows as JSON lines");
  command->callback([options, &status] { status = run_sql(*options); });
}

} // namespace herald
