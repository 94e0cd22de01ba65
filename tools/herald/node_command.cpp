#include "cluster/node/node.hpp"
#include "engine/common/error.hpp"
#include "tools/herald/commands.hpp"
#include "tools/herald/local_run.hpp"
#include "tools/herald/script.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace herald {

namespace {

int run_node(const std::string& path) {
  // Standard output is for programs: the ports, when the node is up.
  spdlog::set_default_logger(spdlog::stderr_color_mt("herald"));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %l %v");
  auto config
      = path.empty() ? cluster::node_config{} : cluster::read_config(path);
  if (!config.ok()) {
    print_error("", config.status());
    return 1;
  }
  auto node = cluster::node::start(*config);
  if (!node.ok()) {
    print_error("", node.status());
    return 1;
  }
  fmt::print("herald node: rpc {}, http {}, actors {}\n", (*node)->rpc_port(),
             (*node)->http_port(), (*node)->actor_port());
  std::fflush(stdout);
  while (stop_requests() == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  spdlog::info("leaving the cluster");
  (*node)->stop();
  return 0;
}

} // namespace

void add_node_command(CLI::App& app, int& status) {
  auto path = std::make_shared<std::string>();
  auto* command
      = app.add_subcommand("node", "Run a node of a cluster until Ctrl-C");
  command->footer("Without a configuration it is a cluster of one, with its "
                  "log in ./herald-data.\nSeveral nodes share a log on Kafka: "
                  "docs/configuration.md.\n\n"
                  "  herald node --config herald.yaml");
  command->add_option("-c,--config", *path, "Configuration file (YAML)");
  command->callback([path, &status] { status = run_node(*path); });
}

} // namespace herald
