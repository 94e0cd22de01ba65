#pragma once

#include "cluster/gateway/limits.hpp"

#include <string>
#include <string_view>

#include <absl/status/statusor.h>
#include <kj/compat/http.h>
#include <kj/timer.h>

// How one HTTP request is read and answered: bodies with a bound in bytes and
// time, answers and errors as JSON, long results as chunks that end abruptly
// when they cannot end well. Only on the gateway's thread.

namespace herald::gateway {

/// The header table of the gateway's server.
struct http_headers {
  http_headers();

  kj::Own<kj::HttpHeaderTable> table;
  kj::HttpHeaderId allow;
};

/// Reads a whole body. Its error is `ResourceExhausted` for one that is too
/// large and `DeadlineExceeded` for one that takes too long.
kj::Promise<absl::StatusOr<std::string>> read_body(kj::AsyncInputStream& body,
                                                   kj::Timer& timer,
                                                   std::uint32_t timeout_ms);

class http_reply {
public:
  http_reply(kj::HttpService::Response& response, const http_headers& headers,
             kj::Timer& timer, std::uint32_t write_timeout_ms);

  /// Sends a whole answer.
  kj::Promise<void> send(unsigned code, kj::StringPtr content_type,
                         std::string body, kj::StringPtr allow = nullptr);

  kj::Promise<void> send_json(std::string body);

  /// Sends the schema's `Error`, under `code` or else what its code means.
  kj::Promise<void> send_error(const absl::Status& status, unsigned code = 0,
                               kj::StringPtr allow = nullptr);

  /// Begins an answer of unknown length.
  void begin(kj::StringPtr content_type);

  /// Sends a part of it; `bytes` must live until then.
  kj::Promise<void> part(kj::ArrayPtr<const kj::byte> bytes);

  /// Ends it well.
  void end();

  /// Ends it so that the client sees that something is missing.
  void cut();

private:
  kj::Promise<void> in_time(kj::Promise<void> write);

  kj::HttpService::Response& response_;
  const http_headers& headers_;
  kj::Timer& timer_;
  std::uint32_t write_timeout_ms_;
  kj::Own<kj::AsyncOutputStream> body_;
};

/// Answers a whole connection with 503 and `status`, and hangs up.
kj::Promise<void> refuse_http(kj::Own<kj::AsyncIoStream> stream,
                              kj::Timer& timer, std::uint32_t linger_ms,
                              const absl::Status& status);

} // namespace herald::gateway
