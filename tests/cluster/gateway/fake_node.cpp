// A gateway in front of the fake backend, as a program for tests in other
// languages. Prints {"rpc":PORT,"http":PORT} and serves until its input ends.

#include "cluster/gateway/gateway.hpp"
#include "tests/cluster/gateway/fake_backend.hpp"

#include <cstdio>

#include <fmt/format.h>

int main() {
  auto node = std::make_shared<herald::gateway::fake_backend>();
  node->set_mode(herald::gateway::answer_mode::other_thread);
  herald::gateway::gateway_options options;
  options.rpc_address = "127.0.0.1:0";
  options.http_address = "127.0.0.1:0";
  auto server = herald::gateway::gateway_server::start(options, node);
  if (!server.ok()) {
    fmt::print(stderr, "{}\n", server.status().ToString());
    return 1;
  }
  fmt::print("{{\"rpc\":{},\"http\":{}}}\n", (*server)->rpc_port(),
             (*server)->http_port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
