#include "cluster/gateway/http_exchange.hpp"
#include "cluster/gateway/http_service.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "engine/common/error.hpp"

#include <fmt/format.h>
#include <kj/debug.h>

namespace herald::gateway {

namespace {

kj::ArrayPtr<const kj::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const kj::byte*>(text.data()), text.size()};
}

/// Checks `?format=` against the format that the job was submitted with.
absl::Status check_format(const http_service::exchange& x) {
  std::string_view has
      = x.format == result_format::arrow ? "arrow" : "jsonLines";
  for (const auto& [name, value] : x.target.query) {
    if (name != "format")
      return user_error(fmt::format("unknown field {}", name),
                        "it takes format");
    auto wanted = value == "json" ? std::string_view("jsonLines")
                                  : std::string_view(value);
    if (wanted != has)
      return placed_error(
          absl::StatusCode::kFailedPrecondition,
          fmt::format("the job was submitted with format {} (submit it with "
                      "the one you want)",
                      has),
          {}, "submit it with the one you want");
  }
  return absl::OkStatus();
}

} // namespace

kj::Promise<void> http_service::with_job(exchange& x) {
  auto request = herald_.getJobRequest();
  request.setJobId(kj::heapString(x.match.name.c_str()));
  return request.send().then(
      [this, &x](capnp::Response<protocol::GetJobReply> reply) {
        if (reply.hasError())
          return x.reply.send_error(read_error(reply.getError()));
        x.format = static_cast<result_format>(reply.getStatus().getFormat());
        auto job = reply.getJob();
        if (x.match.found->kind == route_kind::job_status)
          return job_status(x, kj::mv(job));
        if (x.match.found->kind == route_kind::job_result)
          return job_result(x, kj::mv(job));
        return job_cancel(x, kj::mv(job));
      });
}

kj::Promise<void> http_service::job_status(exchange& x,
                                           protocol::Job::Client job) {
  auto request = job.statusRequest();
  capnp::DynamicStruct::Builder params
      = protocol::JobStatusRequest::Builder(request);
  for (const auto& [name, value] : x.target.query) {
    auto set = set_from_text(name, value, params);
    if (!set.ok())
      return x.reply.send_error(set);
  }
  return request.send().then([&x](capnp::Response<protocol::JobReply> reply) {
    if (reply.hasError())
      return x.reply.send_error(read_error(reply.getError()));
    return x.reply.send_json(to_json(protocol::JobReply::Reader(reply)));
  });
}

kj::Promise<void> http_service::job_cancel(exchange& x,
                                           protocol::Job::Client job) {
  return job.cancelRequest().send().then(
      [&x](capnp::Response<protocol::Done> reply) {
        if (reply.hasError())
          return x.reply.send_error(read_error(reply.getError()));
        return x.reply.send_json(to_json(protocol::Done::Reader(reply)));
      });
}

kj::Promise<void> http_service::job_result(exchange& x,
                                           protocol::Job::Client job) {
  auto fits = check_format(x);
  if (!fits.ok())
    return x.reply.send_error(fits);
  // The headers wait for the first piece: a job that fails before it can
  // still be answered by a status of its own.
  return job.nextRequest().send().then(
      [this, &x, job](capnp::Response<protocol::NextReply> first) mutable
      -> kj::Promise<void> {
        if (first.hasError())
          return x.reply.send_error(read_error(first.getError()));
        x.reply.begin(x.format == result_format::arrow
                          ? "application/vnd.apache.arrow.stream"_kj
                          : "application/x-ndjson"_kj);
        return send_rest(x, kj::mv(job), kj::mv(first));
      });
}

kj::Promise<void>
http_service::send_rest(exchange& x, protocol::Job::Client job,
                        capnp::Response<protocol::NextReply> piece) {
  if (piece.getDone()) {
    x.reply.end();
    return kj::READY_NOW;
  }
  if (piece.hasError()) {
    auto text = kj::heap<std::string>("{\"error\":");
    *text += error_json(read_error(piece.getError()));
    text->back() = '}';
    *text += '\n';
    auto told = x.format == result_format::arrow
                    ? kj::Promise<void>(kj::READY_NOW)
                    : x.reply.part(bytes_of(*text));
    return told.then([&x]() { x.reply.cut(); }).attach(kj::mv(text));
  }
  // A client that goes away takes this promise with it, and the last hold on
  // the job, which ends it.
  auto kept = kj::heap<capnp::Response<protocol::NextReply>>(kj::mv(piece));
  auto sent = x.reply.part(kept->getData()).attach(kj::mv(kept));
  return sent.then([this, &x, job]() mutable {
    return job.nextRequest().send().then(
        [this, &x,
         job](capnp::Response<protocol::NextReply> following) mutable {
          return send_rest(x, kj::mv(job), kj::mv(following));
        });
  });
}

} // namespace herald::gateway
