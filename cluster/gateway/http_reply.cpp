#include "cluster/gateway/http_reply.hpp"

#include "cluster/gateway/json_codec.hpp"
#include "cluster/gateway/linger.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "engine/common/error.hpp"

#include <fmt/format.h>
#include <kj/debug.h>

namespace herald::gateway {

namespace {

constexpr kj::StringPtr json_type = "application/json"_kj;

kj::StringPtr reason_of(unsigned code) {
  switch (code) {
  case 200:
    return "OK"_kj;
  case 400:
    return "Bad Request"_kj;
  case 401:
    return "Unauthorized"_kj;
  case 403:
    return "Forbidden"_kj;
  case 404:
    return "Not Found"_kj;
  case 405:
    return "Method Not Allowed"_kj;
  case 408:
    return "Request Timeout"_kj;
  case 409:
    return "Conflict"_kj;
  case 413:
    return "Content Too Large"_kj;
  case 414:
    return "URI Too Long"_kj;
  case 429:
    return "Too Many Requests"_kj;
  case 431:
    return "Request Header Fields Too Large"_kj;
  case 501:
    return "Not Implemented"_kj;
  case 503:
    return "Service Unavailable"_kj;
  case 504:
    return "Gateway Timeout"_kj;
  default:
    return "Internal Server Error"_kj;
  }
}

// Destroyed as what it is, by whoever made it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class collector final : public kj::AsyncOutputStream {
public:
  kj::Promise<void> write(const void* data, size_t size) override {
    text.append(static_cast<const char*>(data), size);
    return kj::READY_NOW;
  }

  kj::Promise<void>
  write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override {
    for (auto piece : pieces)
      text.append(reinterpret_cast<const char*>(piece.begin()), piece.size());
    return kj::READY_NOW;
  }

  kj::Promise<void> whenWriteDisconnected() override {
    return kj::NEVER_DONE;
  }

  std::string text;
};

#pragma GCC diagnostic pop

absl::Status too_large() {
  return placed_error(
      absl::StatusCode::kResourceExhausted,
      fmt::format("the body is over the limit of {} bytes (send less)",
                  max_http_body_bytes),
      {}, "send less");
}

} // namespace

http_headers::http_headers() {
  kj::HttpHeaderTable::Builder builder;
  allow = builder.add("Allow");
  table = builder.build();
}

kj::Promise<absl::StatusOr<std::string>> read_body(kj::AsyncInputStream& body,
                                                   kj::Timer& timer,
                                                   std::uint32_t timeout_ms) {
  using result = absl::StatusOr<std::string>;
  KJ_IF_MAYBE (length, body.tryGetLength())
    if (*length > max_http_body_bytes)
      return result(too_large());
  auto into = kj::heap<collector>();
  auto& taken = *into;
  auto whole = body.pumpTo(taken, max_http_body_bytes + 1)
                   .then([&taken](std::uint64_t size) -> result {
                     if (size > max_http_body_bytes)
                       return too_large();
                     return std::move(taken.text);
                   })
                   .attach(kj::mv(into));
  auto late = timer.afterDelay(timeout_ms * kj::MILLISECONDS)
                  .then([timeout_ms]() -> result {
                    return absl::DeadlineExceededError(fmt::format(
                        "the body did not come within {} ms", timeout_ms));
                  });
  return whole.exclusiveJoin(kj::mv(late));
}

http_reply::http_reply(kj::HttpService::Response& response,
                       const http_headers& headers, kj::Timer& timer,
                       std::uint32_t write_timeout_ms)
    : response_(response), headers_(headers), timer_(timer),
      write_timeout_ms_(write_timeout_ms) {}

kj::Promise<void> http_reply::in_time(kj::Promise<void> write) {
  auto late
      = timer_.afterDelay(write_timeout_ms_ * kj::MILLISECONDS)
            .then([]() -> kj::Promise<void> {
              return KJ_EXCEPTION(DISCONNECTED, "the client does not read");
            });
  return write.exclusiveJoin(kj::mv(late));
}

kj::Promise<void> http_reply::send(unsigned code, kj::StringPtr content_type,
                                   std::string body, kj::StringPtr allow) {
  kj::HttpHeaders headers(*headers_.table);
  headers.set(kj::HttpHeaderId::CONTENT_TYPE, content_type);
  if (allow.size() > 0)
    headers.set(headers_.allow, allow);
  auto stream = response_.send(code, reason_of(code), headers, body.size());
  auto text = kj::heap<std::string>(std::move(body));
  auto& out = *stream;
  return in_time(out.write(text->data(), text->size()))
      .attach(kj::mv(text), kj::mv(stream));
}

kj::Promise<void> http_reply::send_json(std::string body) {
  return send(200, json_type, std::move(body));
}

kj::Promise<void> http_reply::send_error(const absl::Status& status,
                                         unsigned code, kj::StringPtr allow) {
  return send(code == 0 ? http_status(status.code()) : code, json_type,
              error_json(status), allow);
}

void http_reply::begin(kj::StringPtr content_type) {
  kj::HttpHeaders headers(*headers_.table);
  headers.set(kj::HttpHeaderId::CONTENT_TYPE, content_type);
  body_ = response_.send(200, reason_of(200), headers);
}

kj::Promise<void> http_reply::part(kj::ArrayPtr<const kj::byte> bytes) {
  return in_time(body_->write(bytes.begin(), bytes.size()));
}

void http_reply::end() {
  body_ = nullptr;
}

void http_reply::cut() {
  // A body that is dropped ends well, unless a write of it was cancelled.
  { auto cancelled = body_->write(" ", 1); }
  body_ = nullptr;
}

kj::Promise<void> refuse_http(kj::Own<kj::AsyncIoStream> stream,
                              kj::Timer& timer, std::uint32_t linger_ms,
                              const absl::Status& status) {
  auto body = error_json(status);
  auto text = kj::heap<std::string>(
      fmt::format("HTTP/1.1 503 Service Unavailable\r\n"
                  "Content-Type: application/json\r\n"
                  "Content-Length: {}\r\nConnection: close\r\n\r\n{}",
                  body.size(), body));
  auto& raw = *stream;
  return raw.write(text->data(), text->size())
      .then(
          [&raw, &timer, linger_ms]() { return linger(raw, timer, linger_ms); })
      .attach(kj::mv(text), kj::mv(stream));
}

} // namespace herald::gateway
