#pragma once

#include "cluster/gateway/http_reply.hpp"
#include "cluster/gateway/json_codec.hpp"
#include "cluster/gateway/routes.hpp"
#include "cluster/gateway/session.hpp"
#include "schemas/herald.capnp.h"

#include <string>
#include <string_view>

#include <kj/compat/http.h>
#include <kj/timer.h>

// HTTP/1.1 in front of the same capabilities as RPC: a request is turned into
// a call of `Herald` by its route, its reply into JSON. Nothing is decided
// here that the schema does not say. One per gateway, only on its thread; a
// connection has one request in flight at a time.

namespace herald::gateway {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class http_service final : public kj::HttpService,
                           public kj::HttpServerErrorHandler {
public:
  /// All arguments outlive this object.
  http_service(gateway_context& context, kj::Timer& timer,
               const http_headers& headers);

  kj::Promise<void> request(kj::HttpMethod method, kj::StringPtr url,
                            const kj::HttpHeaders& headers,
                            kj::AsyncInputStream& body,
                            Response& response) override;

  kj::Promise<void>
  handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                            Response& response) override;
  kj::Promise<void>
  handleApplicationError(kj::Exception exception,
                         kj::Maybe<Response&> response) override;

  /// One request, from its headers to the end of its answer.
  struct exchange;

private:
  kj::Promise<void> dispatch(exchange& x);
  kj::Promise<void> call(exchange& x);
  kj::Promise<void> with_job(exchange& x);
  kj::Promise<void> job_status(exchange& x, protocol::Job::Client job);
  kj::Promise<void> job_result(exchange& x, protocol::Job::Client job);
  kj::Promise<void> send_rest(exchange& x, protocol::Job::Client job,
                              capnp::Response<protocol::NextReply> piece);
  kj::Promise<void> job_cancel(exchange& x, protocol::Job::Client job);
  kj::Promise<void> health(exchange& x);
  kj::Promise<void> metrics(exchange& x);

  gateway_context& context_;
  kj::Timer& timer_;
  const http_headers& headers_;
  kj::Own<session> session_;
  protocol::Herald::Client herald_;
};

#pragma GCC diagnostic pop

} // namespace herald::gateway
