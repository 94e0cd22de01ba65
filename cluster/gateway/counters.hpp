#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

// The gateway's own figures for `GET /metrics`. One object per gateway, used
// only on its thread; its size is bounded by the schema's number of methods.

namespace herald::gateway {

struct call_counter {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;
};

struct gateway_counters {
  std::uint32_t rpc_connections = 0;
  std::uint32_t http_connections = 0;
  std::uint32_t calls_in_flight = 0;
  std::uint32_t jobs_held = 0;
  std::uint64_t connections_refused = 0;
  std::uint64_t calls_refused = 0;
  std::uint64_t broken_streams = 0;
  std::uint64_t result_bytes = 0;
  /// By method name; the keys are literals.
  std::map<std::string_view, call_counter> calls;
};

/// Returns the figures in Prometheus' text format.
std::string to_prometheus(const gateway_counters& counters);

} // namespace herald::gateway
