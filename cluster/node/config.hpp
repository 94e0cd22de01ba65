#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <absl/status/statusor.h>

// The one configuration file of a node, `herald.yaml`. Everything has a
// default, so an empty file starts a node alone; docs/configuration.md lists
// the keys. Unknown keys and wrong values are refused with their place. A
// plain value, read once at the start.

namespace herald::cluster {

/// The command log on Kafka; without it the log is a file of this node.
struct kafka_log_config {
  std::string brokers; ///< "host:port,host:port"
  std::string topic = "herald-log";
  std::map<std::string, std::string> options; ///< librdkafka's, by name
};

struct node_config {
  std::string cluster = "herald";
  std::string data = "herald-data"; ///< folder of identity, log and results
  std::optional<kafka_log_config> log;
  std::string actor_host = "127.0.0.1"; ///< how other nodes reach this one
  std::uint16_t actor_port = 0;         ///< 0: any free one
  std::string rpc = "127.0.0.1:7400";   ///< for clients; empty: not served
  std::string http = "127.0.0.1:7401";  ///< for clients; empty: not served
  std::string functions_folder; ///< of libraries; empty: none are loaded
  std::uint32_t cores = 0;      ///< weight in placement; 0: the machine's
  std::uint32_t workers = 2;    ///< jobs that run here at once
  std::uint64_t query_memory_bytes = std::uint64_t{1} << 30;
};

/// Files larger than this are no configuration.
constexpr std::size_t config_bytes_max = 1 << 20;

/// Most workers of one node: each is a thread.
constexpr std::uint32_t workers_max = 64;

/// Reads the text of a file. Errors point at line and column.
absl::StatusOr<node_config> parse_config(const std::string& text);

/// Reads a file; errors name it.
absl::StatusOr<node_config> read_config(const std::string& path);

} // namespace herald::cluster
