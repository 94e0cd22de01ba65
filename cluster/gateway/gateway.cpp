#include "cluster/gateway/gateway.hpp"

#include "cluster/gateway/acceptor.hpp"
#include "cluster/gateway/http_service.hpp"
#include "cluster/gateway/rpc_connection.hpp"
#include "engine/common/error.hpp"

#include <future>
#include <thread>

#include <fmt/format.h>
#include <kj/async-io.h>
#include <kj/compat/http.h>
#include <kj/debug.h>

namespace herald::gateway {

namespace {

/// How much of a refused upload is read before its connection is closed, so
/// that its client sees the refusal.
constexpr std::size_t refused_upload_bytes = 2 * max_http_body_bytes;

kj::Own<kj::ConnectionReceiver> listen(kj::AsyncIoContext& io,
                                       const std::string& address) {
  auto parsed = io.provider->getNetwork()
                    .parseAddress(kj::heapString(address.c_str()))
                    .wait(io.waitScope);
  return parsed->listen();
}

/// Serves RPC clients from its making to its end.
class rpc_door {
public:
  rpc_door(kj::AsyncIoContext& io, const std::string& address,
           gateway_context& context)
      : acceptor_(
          listen(io, address), io.provider->getTimer(),
          context.limits.rpc_connections, context.counters.rpc_connections,
          context.counters.connections_refused,
          [&context, &timer = io.provider->getTimer()](auto stream) {
            auto client
                = kj::heap<rpc_connection>(kj::mv(stream), timer, context);
            auto run = client->run();
            return run.attach(kj::mv(client));
          },
          [&context, &timer = io.provider->getTimer()](auto stream) {
            return refuse_rpc(kj::mv(stream), timer, context.limits.linger_ms,
                              "too many connections (try another node, or "
                              "later)"_kj);
          }) {}

  std::uint16_t port() {
    return acceptor_.port();
  }

private:
  acceptor acceptor_;
};

/// The same for HTTP clients.
class http_door {
public:
  http_door(kj::AsyncIoContext& io, const std::string& address,
            gateway_context& context)
      : service_(context, io.provider->getTimer(), headers_),
        server_(io.provider->getTimer(), *headers_.table, service_,
                settings(context.limits)),
        acceptor_(
            listen(io, address), io.provider->getTimer(),
            context.limits.http_connections, context.counters.http_connections,
            context.counters.connections_refused,
            [this](auto stream) { return server_.listenHttp(kj::mv(stream)); },
            [&context, &timer = io.provider->getTimer()](auto stream) {
              return refuse_http(
                  kj::mv(stream), timer, context.limits.linger_ms,
                  placed_error(absl::StatusCode::kResourceExhausted,
                               "too many connections (try another node, or "
                               "later)",
                               {}, "try another node, or later"));
            }) {}

  std::uint16_t port() {
    return acceptor_.port();
  }

private:
  kj::HttpServerSettings settings(const gateway_limits& limits) {
    kj::HttpServerSettings chosen;
    chosen.headerTimeout = limits.request_timeout_ms * kj::MILLISECONDS;
    chosen.pipelineTimeout = limits.idle_timeout_ms * kj::MILLISECONDS;
    chosen.canceledUploadGracePeriod = limits.linger_ms * kj::MILLISECONDS;
    chosen.canceledUploadGraceBytes = refused_upload_bytes;
    chosen.errorHandler = service_;
    return chosen;
  }

  http_headers headers_;
  http_service service_;
  kj::HttpServer server_;
  acceptor acceptor_;
};

} // namespace

/// The thread, and what the other threads know of it.
class gateway_server::worker {
public:
  worker(gateway_options options, std::shared_ptr<backend> node)
      : options_(std::move(options)) {
    context_.backend = std::move(node);
    context_.limits = options_.limits;
  }

  ~worker() {
    stop();
  }

  absl::Status start() {
    auto ready = ready_.get_future();
    thread_ = std::thread([this] { run(); });
    return ready.get();
  }

  void stop() {
    if (!thread_.joinable())
      return;
    if (stopper_.get() != nullptr)
      stopper_->fulfill();
    thread_.join();
    stopper_ = nullptr;
  }

  std::uint16_t rpc_port = 0;
  std::uint16_t http_port = 0;

private:
  void run() {
    bool told = false;
    auto failure = kj::runCatchingExceptions([&]() {
      auto io = kj::setupAsyncIo();
      kj::Maybe<rpc_door> rpc;
      kj::Maybe<http_door> http;
      if (!options_.rpc_address.empty())
        rpc_port = rpc.emplace(io, options_.rpc_address, context_).port();
      if (!options_.http_address.empty())
        http_port = http.emplace(io, options_.http_address, context_).port();
      auto stop = kj::newPromiseAndCrossThreadFulfiller<void>();
      stopper_ = kj::mv(stop.fulfiller);
      told = true;
      ready_.set_value(absl::OkStatus());
      stop.promise.wait(io.waitScope);
    });
    KJ_IF_MAYBE (e, failure) {
      if (!told)
        ready_.set_value(absl::UnavailableError(
            fmt::format("cannot serve clients on \"{}\" and \"{}\": {}",
                        options_.rpc_address, options_.http_address,
                        e->getDescription().cStr())));
    }
  }

  gateway_options options_;
  gateway_context context_;
  std::promise<absl::Status> ready_;
  kj::Own<kj::PromiseFulfiller<void>> stopper_;
  std::thread thread_;
};

gateway_server::gateway_server(std::unique_ptr<worker> made)
    : worker_(std::move(made)) {}

gateway_server::~gateway_server() = default;

absl::StatusOr<std::unique_ptr<gateway_server>>
gateway_server::start(gateway_options options, std::shared_ptr<backend> node) {
  auto made = std::make_unique<worker>(std::move(options), std::move(node));
  HERALD_TRY(made->start());
  return std::unique_ptr<gateway_server>(new gateway_server(std::move(made)));
}

void gateway_server::stop() {
  worker_->stop();
}

std::uint16_t gateway_server::rpc_port() const {
  return worker_->rpc_port;
}

std::uint16_t gateway_server::http_port() const {
  return worker_->http_port;
}

} // namespace herald::gateway
