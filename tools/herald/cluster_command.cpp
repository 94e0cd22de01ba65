#include "engine/common/error.hpp"
#include "tools/herald/client_verbs.hpp"
#include "tools/herald/commands.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::string_view name_of(gateway::member_state x) {
  constexpr std::string_view names[] = {"JOINING", "UP", "SUSPECT", "LEFT"};
  return names[static_cast<std::size_t>(x)];
}

int show_cluster(const client_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto x, node.cluster_status());
    if (!options.json)
      fmt::print("cluster {}, view {}, log position {}, answered by {}\n\n",
                 x.cluster, x.view, x.log_position, x.answered_by);
    std::vector<std::vector<std::string>> members;
    for (const auto& m : x.members)
      members.push_back({m.name, std::string(name_of(m.state)), m.address,
                         m.rpc_address, std::to_string(m.incarnation)});
    print_rows(options, {"node", "state", "actors", "clients", "incarnation"},
               members, {false, false, false, false, true});
    if (x.owners.empty())
      return absl::OkStatus();
    if (!options.json)
      fmt::print("\n");
    std::vector<std::vector<std::string>> owners;
    for (const auto& o : x.owners)
      owners.push_back({o.kind, o.name, o.node, std::to_string(o.generation)});
    print_rows(options, {"kind", "name", "owner", "generation"}, owners,
               {false, false, false, true});
    return absl::OkStatus();
  });
}

int show_node(const client_options& options) {
  return with_client(options, "", [&](client& node) -> absl::Status {
    HERALD_ASSIGN(auto x, node.node_status(""));
    print_rows(options,
               {"node", "version", "up_s", "memory_mb", "cpu_s", "actors",
                "tasks", "rules", "queues", "running_jobs"},
               {{x.name, x.version, std::to_string(x.uptime_ms / 1000),
                 std::to_string(x.resident_bytes >> 20),
                 std::to_string(x.cpu_ms / 1000), std::to_string(x.actors),
                 std::to_string(x.tasks), std::to_string(x.rules),
                 std::to_string(x.queues), std::to_string(x.running_jobs)}},
               {false, false, true, true, true, true, true, true, true, true});
    return absl::OkStatus();
  });
}

} // namespace

void add_cluster_command(CLI::App& app, int& status) {
  auto options = std::make_shared<client_options>();
  auto* cluster = app.add_subcommand("cluster", "The cluster as a whole");
  cluster->require_subcommand(1);
  auto add = [&](const char* name, const char* help, auto show) {
    auto* command = cluster->add_subcommand(name, help);
    add_client_options(*command, *options, false);
    command->callback([options, &status, show] { status = show(*options); });
  };
  add("status", "Members, and who owns which task, rule and queue",
      show_cluster);
  add("node", "What runs on the node that is asked", show_node);
}

} // namespace herald
