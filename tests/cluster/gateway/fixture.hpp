#pragma once

#include "cluster/gateway/gateway.hpp"
#include "tests/cluster/gateway/fake_backend.hpp"
#include "tests/cluster/gateway/raw_client.hpp"
#include "tools/client/client.hpp"

#include <memory>
#include <string>

#include <absl/time/time.h>
#include <gtest/gtest.h>

// A gateway on free ports in front of a fake backend. Used on the test's
// thread; the gateway has one of its own.

namespace herald::gateway {

class gateway_fixture : public testing::Test {
protected:
  void start(gateway_limits limits = {}) {
    gateway_options options;
    options.rpc_address = "127.0.0.1:0";
    options.http_address = "127.0.0.1:0";
    options.limits = limits;
    auto made = gateway_server::start(options, node);
    ASSERT_TRUE(made.ok()) << made.status();
    server = *std::move(made);
  }

  client connect() {
    auto made = client::connect(
        "127.0.0.1:" + std::to_string(server->rpc_port()), absl::Seconds(60));
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  http_answer http(std::string_view method, std::string_view path,
                   std::string_view body = "", std::string_view headers = "") {
    return gateway::http(server->http_port(), method, path, body, headers);
  }

  /// Reads a job's result to its end.
  static absl::StatusOr<std::string> drain(client_job& job) {
    std::string all;
    for (;;) {
      auto piece = job.next();
      if (!piece.ok())
        return piece.status();
      if (!piece->has_value())
        return all;
      all += **piece;
    }
  }

  std::shared_ptr<fake_backend> node = std::make_shared<fake_backend>();
  std::unique_ptr<gateway_server> server;
};

} // namespace herald::gateway
