#pragma once

#include <cstdint>

#include <kj/async-io.h>
#include <kj/function.h>
#include <kj/timer.h>

// Accepts connections of one port up to a limit, and tells those over it why
// they are refused. A failing accept (no file descriptors left) is tried
// again after a pause. Only on the gateway's thread.

namespace herald::gateway {

class acceptor final : private kj::TaskSet::ErrorHandler {
public:
  using handler = kj::Function<kj::Promise<void>(kj::Own<kj::AsyncIoStream>)>;

  /// `serve` runs one client until it is gone, `refuse` tells one why it must
  /// go. `open` and `refused` are counted here. All outlive this object.
  acceptor(kj::Own<kj::ConnectionReceiver> port, kj::Timer& timer,
           std::uint32_t limit, std::uint32_t& open, std::uint64_t& refused,
           handler serve, handler refuse);

  std::uint16_t port() {
    return static_cast<std::uint16_t>(port_->getPort());
  }

private:
  kj::Promise<void> loop();
  void take(kj::Own<kj::AsyncIoStream> stream);
  void taskFailed(kj::Exception&& exception) override;

  kj::Own<kj::ConnectionReceiver> port_;
  kj::Timer& timer_;
  std::uint32_t limit_;
  std::uint32_t& open_;
  std::uint64_t& refused_;
  std::uint32_t refusing_ = 0;
  handler serve_;
  handler refuse_;
  kj::TaskSet clients_;
  kj::Promise<void> accepting_;
};

} // namespace herald::gateway
