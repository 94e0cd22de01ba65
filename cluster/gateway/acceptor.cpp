#include "cluster/gateway/acceptor.hpp"

namespace herald::gateway {

namespace {

constexpr auto accept_pause = 100 * kj::MILLISECONDS;

/// Clients that are being told why they are refused; more are just closed.
constexpr std::uint32_t max_refusing = 64;

} // namespace

acceptor::acceptor(kj::Own<kj::ConnectionReceiver> port, kj::Timer& timer,
                   std::uint32_t limit, std::uint32_t& open,
                   std::uint64_t& refused, handler serve, handler refuse)
    : port_(kj::mv(port)), timer_(timer), limit_(limit), open_(open),
      refused_(refused), serve_(kj::mv(serve)), refuse_(kj::mv(refuse)),
      clients_(*this), accepting_(loop().eagerlyEvaluate(nullptr)) {}

kj::Promise<void> acceptor::loop() {
  return port_->accept()
      .then(
          [this](kj::Own<kj::AsyncIoStream> stream) -> kj::Promise<void> {
            take(kj::mv(stream));
            return kj::READY_NOW;
          },
          [this](kj::Exception&&) -> kj::Promise<void> {
            return timer_.afterDelay(accept_pause);
          })
      .then([this]() { return loop(); });
}

void acceptor::take(kj::Own<kj::AsyncIoStream> stream) {
  if (open_ < limit_) {
    ++open_;
    clients_.add(kj::evalNow([&]() {
                   return serve_(kj::mv(stream));
                 }).attach(kj::defer([this]() { --open_; })));
    return;
  }
  ++refused_;
  if (refusing_ >= max_refusing)
    return;
  ++refusing_;
  clients_.add(kj::evalNow([&]() {
                 return refuse_(kj::mv(stream));
               }).attach(kj::defer([this]() { --refusing_; })));
}

void acceptor::taskFailed(kj::Exception&&) {
  // A client went away in the middle: its affair, and already counted.
}

} // namespace herald::gateway
