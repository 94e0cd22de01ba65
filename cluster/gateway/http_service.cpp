#include "cluster/gateway/http_service.hpp"

#include "cluster/gateway/answering.hpp"
#include "cluster/gateway/herald_service.hpp"
#include "cluster/gateway/http_exchange.hpp"

#include <fmt/format.h>
#include <kj/debug.h>

namespace herald::gateway {

namespace {

http_verb verb_of(kj::HttpMethod method) {
  switch (method) {
  case kj::HttpMethod::GET:
    return http_verb::get;
  case kj::HttpMethod::POST:
    return http_verb::post;
  case kj::HttpMethod::PUT:
    return http_verb::put;
  case kj::HttpMethod::DELETE:
    return http_verb::remove;
  default:
    return http_verb::other;
  }
}

std::size_t header_bytes(const kj::HttpHeaders& headers) {
  std::size_t size = 0;
  headers.forEach([&size](kj::StringPtr name, kj::StringPtr value) {
    constexpr std::size_t separators = 4;
    size += name.size() + value.size() + separators;
  });
  return size;
}

bool says_json(const kj::HttpHeaders& headers) {
  KJ_IF_MAYBE (type, headers.get(kj::HttpHeaderId::CONTENT_TYPE))
    return type->startsWith("application/json");
  return false;
}

absl::Status no_route(const route_match& match) {
  if (match.allowed.empty())
    return placed_error(absl::StatusCode::kNotFound,
                        "no such path (docs/protocol.md lists them)", {},
                        "docs/protocol.md lists them");
  return placed_error(
      absl::StatusCode::kUnimplemented,
      fmt::format("this path does not take the method (use {})", match.allowed),
      {}, fmt::format("use {}", match.allowed));
}

/// Returns the error of a reply of the schema, if it has one.
kj::Maybe<protocol::Error::Reader>
error_of(capnp::DynamicStruct::Reader reply) {
  if (!reply.has("error"))
    return nullptr;
  return reply.get("error").as<protocol::Error>();
}

} // namespace

http_service::http_service(gateway_context& context, kj::Timer& timer,
                           const http_headers& headers)
    : context_(context), timer_(timer), headers_(headers),
      session_(kj::refcounted<session>(context, context.limits.http_connections,
                                       context.limits.http_connections)),
      herald_(kj::heap<herald_service>(kj::addRef(*session_))) {}

kj::Promise<void> http_service::request(kj::HttpMethod method,
                                        kj::StringPtr url,
                                        const kj::HttpHeaders& headers,
                                        kj::AsyncInputStream& body,
                                        Response& response) {
  auto made = kj::heap<exchange>(response, headers_, timer_, context_.limits);
  auto& x = *made;
  if (url.size() > max_http_url_bytes)
    return x.reply
        .send_error(user_error(fmt::format("the URL is over the limit of {} "
                                           "bytes",
                                           max_http_url_bytes),
                               "send long texts in the body"),
                    414)
        .attach(kj::mv(made));
  if (header_bytes(headers) > max_http_header_bytes)
    return x.reply
        .send_error(user_error(fmt::format("the headers are over the limit "
                                           "of {} bytes",
                                           max_http_header_bytes),
                               "send fewer"),
                    431)
        .attach(kj::mv(made));
  auto target = parse_target({url.begin(), url.size()});
  if (!target.ok())
    return x.reply.send_error(target.status()).attach(kj::mv(made));
  x.target = *std::move(target);
  x.match = find_route(verb_of(method), x.target);
  if (x.match.found == nullptr)
    return x.reply
        .send_error(no_route(x.match), x.match.allowed.empty() ? 404 : 405,
                    kj::heapString(x.match.allowed.c_str()))
        .attach(kj::mv(made));
  x.json_body = says_json(headers);
  return read_body(body, timer_, context_.limits.request_timeout_ms)
      .then([this, &x](absl::StatusOr<std::string> text) {
        if (!text.ok())
          return x.reply.send_error(
              text.status(),
              text.status().code() == absl::StatusCode::kDeadlineExceeded
                  ? 408
                  : 413);
        x.body = *std::move(text);
        return dispatch(x);
      })
      .attach(kj::mv(made));
}

kj::Promise<void> http_service::dispatch(exchange& x) {
  switch (x.match.found->kind) {
  case route_kind::call:
  case route_kind::submit:
    return call(x);
  case route_kind::job_status:
  case route_kind::job_result:
  case route_kind::job_cancel:
    return with_job(x);
  case route_kind::health:
    return health(x);
  case route_kind::metrics:
    return metrics(x);
  }
  KJ_UNREACHABLE;
}

kj::Promise<void> http_service::call(exchange& x) {
  // The conversion takes what it is given, even from a name.
  auto copy = herald_;
  capnp::DynamicCapability::Client herald(kj::mv(copy));
  auto name = x.match.found->method;
  auto request = herald.newRequest(kj::heapString(name.data(), name.size()));
  auto submits = x.match.found->kind == route_kind::submit;
  if (submits)
    request.as<protocol::SubmitQuery>().setFormat(
        protocol::ResultFormat::JSON_LINES);
  auto filled = fill_request(x.match, x.target, x.body, x.json_body, request);
  if (!filled.ok())
    return x.reply.send_error(filled);
  if (submits)
    request.as<protocol::SubmitQuery>().setDetached(true);
  return request.send().then([&x](capnp::Response<capnp::DynamicStruct> reply) {
    KJ_IF_MAYBE (error, error_of(reply))
      return x.reply.send_error(read_error(*error));
    return x.reply.send_json(to_json(reply));
  });
}

kj::Promise<void> http_service::health(exchange& x) {
  auto waiting = make_pending<done>();
  context_.backend->health(std::move(waiting.answer));
  return waiting.promise.then([&x](absl::StatusOr<done> got) {
    if (!got.ok())
      return x.reply.send_error(got.status(), 503);
    return x.reply.send(200, "text/plain; charset=utf-8", "ok\n");
  });
}

kj::Promise<void> http_service::metrics(exchange& x) {
  auto waiting = make_pending<std::string>();
  context_.backend->metrics(std::move(waiting.answer));
  return waiting.promise.then([this, &x](absl::StatusOr<std::string> got) {
    auto text = to_prometheus(context_.counters);
    if (got.ok())
      text += *got;
    return x.reply.send(200, "text/plain; version=0.0.4; charset=utf-8",
                        std::move(text));
  });
}

kj::Promise<void>
http_service::handleClientProtocolError(kj::HttpHeaders::ProtocolError error,
                                        Response& response) {
  auto reply = kj::heap<http_reply>(response, headers_, timer_,
                                    context_.limits.write_timeout_ms);
  auto sent
      = reply->send_error(user_error(fmt::format("not an HTTP request: {}",
                                                 error.description.cStr())),
                          error.statusCode);
  return sent.attach(kj::mv(reply));
}

kj::Promise<void>
http_service::handleApplicationError(kj::Exception exception,
                                     kj::Maybe<Response&> response) {
  KJ_IF_MAYBE (open, response) {
    auto code = exception.getType() == kj::Exception::Type::OVERLOADED
                    ? absl::StatusCode::kResourceExhausted
                    : absl::StatusCode::kInternal;
    auto reply = kj::heap<http_reply>(*open, headers_, timer_,
                                      context_.limits.write_timeout_ms);
    auto sent = reply->send_error(
        placed_error(code, exception.getDescription().cStr(), {}));
    return sent.attach(kj::mv(reply));
  }
  return kj::READY_NOW;
}

} // namespace herald::gateway
