#include "engine/common/error.hpp"
#include "tools/herald/commands.hpp"
#include "tools/herald/local_run.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

namespace {

/// The error that there is no such verb; empty if the verbs are known. CLI11
/// would only say that one is missing.
std::string unknown_verb(const CLI::App& app, int argc, char** argv) {
  const auto* at = &app;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto verbs
        = at->get_subcommands([](const CLI::App*) { return true; });
    if (verbs.empty() || word.starts_with('-'))
      return {};
    std::vector<std::string> names;
    for (const auto* verb : verbs)
      names.push_back(verb->get_name());
    const auto found = std::find(names.begin(), names.end(), word);
    if (found == names.end()) {
      const auto near = herald::nearest_name(word, names);
      return fmt::format("there is no verb '{}' ({})", word,
                         near.empty()
                             ? fmt::format("verbs: {}", fmt::join(names, ", "))
                             : fmt::format("did you mean '{}'?", near));
    }
    at = verbs[static_cast<std::size_t>(found - names.begin())];
  }
  return {};
}

} // namespace

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
  if (const auto error = unknown_verb(app, argc, argv); !error.empty()) {
    fmt::print(stderr, "error: {}\n", error);
    return 1;
  }
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
