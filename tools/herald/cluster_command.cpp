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
    print_rows(options,
               {"node", "state", "actors", "clients", "incarnation"}, members,
               {false, false, false, false, true});
    if (x.owners.empty())
      return absl::OkStatus();
    if (!options.json)
      fmt::print("\n");
    std::vector<std::vector<std::string>> owners;
    for (const auto& o : x.owners)
      owners.push_back(
        {o.kind, o.name, o.node, std::to_string(o.generation)});
    print_rows(options, {"kind", "name", "owner", "generation"}, owners,
               {false, false, false, true});
    return absl::OkStatus();
  });
}

} // namespace

void add_cluster_command(CLI::App& app, int& status) {
  auto options = std::make_shared<client_options>();
  auto* cluster = app.add_subcommand("cluster", "The cluster as a whole");
  cluster->require_subcommand(1);
  auto* command = cluster->add_subcommand(
    "status", "Members, and who owns which task, rule and queue");
  add_client_options(*command, *options, false);
  command->callback([options, &status] { status = show_cluster(*options); });
}

} // namespace herald
