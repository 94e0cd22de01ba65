#include "cluster/gateway/rpc_connection.hpp"

#include "cluster/gateway/herald_service.hpp"
#include "cluster/gateway/linger.hpp"

#include <capnp/rpc.capnp.h>
#include <kj/debug.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace herald::gateway {

namespace {

/// A peer whose machine vanished is noticed after a minute or two.
constexpr int keepalive_idle_s = 60;

capnp::ReaderOptions reader_options() {
  capnp::ReaderOptions options;
  options.traversalLimitInWords = max_rpc_message_bytes / sizeof(capnp::word);
  return options;
}

void keep_alive(kj::AsyncIoStream& stream) {
  int on = 1;
  int idle = keepalive_idle_s;
  // Only TCP sockets can do this; tests also serve over pipes.
  kj::runCatchingExceptions([&]() {
    stream.setsockopt(SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    stream.setsockopt(IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
  });
}

} // namespace

rpc_connection::rpc_connection(kj::Own<kj::AsyncIoStream> stream,
                               kj::Timer& timer, gateway_context& context)
    : context_(context), stream_(kj::mv(stream)), timer_(timer),
      session_(kj::refcounted<session>(context, context.limits.calls_in_flight,
                                       context.limits.jobs_per_connection)),
      messages_(
          *stream_, timer, context.limits,
          [this]() { return network_.getCurrentQueueSize(); },
          [this]() { return session_->busy(); }),
      network_(messages_, capnp::rpc::twoparty::Side::SERVER, reader_options()),
      rpc_(capnp::makeRpcServer(
          network_, kj::heap<herald_service>(kj::addRef(*session_)))) {
  keep_alive(*stream_);
  session_->set_ready_to_send([this]() { return messages_.drained(); });
  // Parameters of calls without an answer: two messages of the largest size.
  rpc_.setFlowLimit(2 * max_rpc_message_bytes / sizeof(capnp::word));
}

rpc_connection::~rpc_connection() {
  // Capabilities may outlive us in a call that cannot be cancelled.
  session_->set_ready_to_send(
      []() -> kj::Promise<void> { return kj::READY_NOW; });
}

kj::Promise<void> rpc_connection::run() {
  return network_.onDisconnect().then([this]() -> kj::Promise<void> {
    if (!messages_.broken())
      return kj::READY_NOW;
    ++context_.counters.broken_streams;
    return linger(*stream_, timer_, context_.limits.linger_ms);
  });
}

kj::Promise<void> refuse_rpc(kj::Own<kj::AsyncIoStream> stream,
                             kj::Timer& timer, std::uint32_t linger_ms,
                             kj::StringPtr reason) {
  auto message = kj::heap<capnp::MallocMessageBuilder>();
  auto abort = message->initRoot<capnp::rpc::Message>().initAbort();
  abort.setType(capnp::rpc::Exception::Type::OVERLOADED);
  abort.setReason(reason);
  auto& raw = *stream;
  return capnp::writeMessage(raw, *message)
      .then(
          [&raw, &timer, linger_ms]() { return linger(raw, timer, linger_ms); })
      .attach(kj::mv(message), kj::mv(stream));
}

} // namespace herald::gateway
