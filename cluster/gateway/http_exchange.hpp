#pragma once

#include "cluster/gateway/http_reply.hpp"
#include "cluster/gateway/http_service.hpp"
#include "cluster/gateway/routes.hpp"

#include <string>

// The state of one HTTP request, which the methods of http_service pass along
// by reference; the promise that answers the request owns it. Only on the
// gateway's thread, bounded by the limits on bodies and URLs.

namespace herald::gateway {

/// One request, from its headers to the end of its answer.
struct http_service::exchange {
  exchange(Response& response, const http_headers& headers, kj::Timer& timer,
           const gateway_limits& limits)
      : reply(response, headers, timer, limits.write_timeout_ms) {}

  http_reply reply;
  http_target target;
  route_match match;
  std::string body;
  bool json_body = false;
  /// Of a job whose result is being sent.
  result_format format = result_format::arrow;
};

} // namespace herald::gateway
