#include "cluster/gateway/counters.hpp"

#include <iterator>

#include <fmt/format.h>

namespace herald::gateway {

namespace {

template <class T>
void add(std::string& out, std::string_view name, std::string_view kind,
         std::string_view help, T value) {
  fmt::format_to(std::back_inserter(out),
                 "# HELP herald_gateway_{0} {1}\n"
                 "# TYPE herald_gateway_{0} {2}\n"
                 "herald_gateway_{0} {3}\n",
                 name, help, kind, value);
}

} // namespace

std::string to_prometheus(const gateway_counters& counters) {
  std::string out;
  add(out, "rpc_connections", "gauge", "Open RPC connections.",
      counters.rpc_connections);
  add(out, "http_connections", "gauge", "Open HTTP connections.",
      counters.http_connections);
  add(out, "calls_in_flight", "gauge", "Calls without an answer yet.",
      counters.calls_in_flight);
  add(out, "jobs_held", "gauge", "Job capabilities that clients hold.",
      counters.jobs_held);
  add(out, "connections_refused_total", "counter",
      "Connections over the limit.", counters.connections_refused);
  add(out, "calls_refused_total", "counter", "Calls over the limit.",
      counters.calls_refused);
  add(out, "broken_streams_total", "counter",
      "RPC connections ended for what they sent or did not read.",
      counters.broken_streams);
  add(out, "result_bytes_total", "counter", "Bytes of results handed out.",
      counters.result_bytes);
  auto end = std::back_inserter(out);
  fmt::format_to(end, "# HELP herald_gateway_calls_total Calls, by method.\n"
                      "# TYPE herald_gateway_calls_total counter\n");
  for (const auto& [method, counter] : counters.calls)
    fmt::format_to(end, "herald_gateway_calls_total{{method=\"{}\"}} {}\n",
                   method, counter.calls);
  fmt::format_to(end,
                 "# HELP herald_gateway_errors_total Calls that were answered "
                 "by an error, by method.\n"
                 "# TYPE herald_gateway_errors_total counter\n");
  for (const auto& [method, counter] : counters.calls)
    fmt::format_to(end, "herald_gateway_errors_total{{method=\"{}\"}} {}\n",
                   method, counter.errors);
  return out;
}

} // namespace herald::gateway
