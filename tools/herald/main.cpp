#include "tools/herald/commands.hpp"
#include "tools/herald/local_run.hpp"

#include <exception>

#include <fmt/format.h>

int main(int argc, char** argv) {
  CLI::App app{"Herald: streaming SQL, event patterns and queries in one "
               "program"};
  app.require_subcommand(1);
  app.set_version_flag("--version", HERALD_VERSION);
  app.footer("Start with: herald sql -e \"SELECT 1 + 1 AS two\"\n"
             "Each verb explains itself: herald run --help");
  int status = 0;
  herald::add_run_command(app, status);
  herald::add_sql_command(app, status);
  herald::add_node_command(app, status);
  herald::add_task_command(app, status);
  herald::add_rule_command(app, status);
  herald::add_query_command(app, status);
  herald::add_job_command(app, status);
  herald::add_cluster_command(app, status);
  herald::catch_signals();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // CLI11 prints help and says what was wrong; its own codes are many.
    return app.exit(e) == 0 ? 0 : 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: {}\n", e.what());
    return 1;
  }
  return status;
}
