#include "engine/common/error.hpp"
#include "tools/herald/client_verbs.hpp"
#include "tools/herald/commands.hpp"
#include "tools/herald/script.hpp"

namespace herald {

namespace {

struct rule_options : client_options {
  std::string name;
  std::string file;
};

std::string_view name_of(gateway::rule_state x) {
  constexpr std::string_view names[]
      = {"LOADING", "RUNNING", "FAILED", "WAITING FOR A NODE", "FINISHED"};
  return names[static_cast<std::size_t>(x)];
}

int load(const rule_options& options) {
  auto text = read_file(options.file);
  if (!text.ok()) {
    print_error("", text.status());
    return 1;
  }
  return with_client(options, *text, [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto made, node.put_rule({options.project, *text}));
    print_rows(options, {"name", "version"},
               {{made.name, std::to_string(made.version)}}, {false, true});
    return absl::OkStatus();
  });
}

int unload(const rule_options& options) {
  return with_client(options, "", [&](client& node) {
    return node.delete_rule({options.project, options.name});
  });
}

int list(const rule_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto rules, node.list_rules({options.project, 1000}));
    std::vector<std::vector<std::string>> rows;
    for (const auto& x : rules.items)
      rows.push_back(
          {x.name, std::to_string(x.version), std::string(name_of(x.state)),
           x.owner.empty() ? "-" : x.owner, std::to_string(x.matches),
           std::to_string(x.partial_matches),
           std::string(message_of(x.last_error))});
    print_rows(options,
               {"name", "version", "state", "owner", "matches",
                "partial_matches", "last_error"},
               rows, {false, true, false, false, true, true, false});
    return absl::OkStatus();
  });
}

} // namespace

void add_rule_command(CLI::App& app, int& status) {
  auto options = std::make_shared<rule_options>();
  auto* rule = app.add_subcommand("rule", "Pattern rules of a cluster");
  rule->require_subcommand(1);
  rule->footer("  herald rule load fraud.yaml    (again: replaces it)\n"
               "  herald rule list");
  auto add = [&](const char* name, const char* help, auto run) {
    auto* command = rule->add_subcommand(name, help);
    add_client_options(*command, *options, true);
    command->callback([options, &status, run] { status = run(*options); });
    return command;
  };
  add("load", "Load a rule file, or replace the rule of its name", load)
      ->add_option("file", options->file, "Rule file (docs/rules.md)")
      ->required();
  add("unload", "Stop and forget a rule", unload)
      ->add_option("name", options->name, "Name of the rule")
      ->required();
  add("list", "All rules of the project", list);
}

} // namespace herald
