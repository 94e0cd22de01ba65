#pragma once

#include "schemas/herald.capnp.h"

#include <cstdint>
#include <memory>

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

// An RPC client for tests that has many calls in flight, and that can stop
// reading what it is sent. Used on the test's thread, which must have no
// other event loop.

namespace herald::gateway {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// Passes everything on, but does not read while it is paused.
class pausing_stream final : public kj::AsyncIoStream {
public:
  explicit pausing_stream(kj::Own<kj::AsyncIoStream> inner);

  void pause();
  void resume();

  kj::Promise<size_t> tryRead(void* buffer, size_t min_bytes,
                              size_t max_bytes) override;
  kj::Promise<void> write(const void* buffer, size_t size) override;
  kj::Promise<void>
  write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) override;
  kj::Promise<void> whenWriteDisconnected() override;
  void shutdownWrite() override;

private:
  kj::Promise<void> allowed();

  kj::Own<kj::AsyncIoStream> inner_;
  bool paused_ = false;
  kj::ForkedPromise<void> resumed_ = nullptr;
  kj::Own<kj::PromiseFulfiller<void>> resume_;
};

#pragma GCC diagnostic pop

class kj_client {
public:
  explicit kj_client(std::uint16_t port);

  protocol::Herald::Client herald();

  template <class T>
  T wait(kj::Promise<T> promise) {
    return promise.wait(io.waitScope);
  }

  /// Runs what is ready, without waiting for anything.
  void poll();

  kj::AsyncIoContext io = kj::setupAsyncIo();
  kj::Own<pausing_stream> stream;

private:
  std::unique_ptr<capnp::TwoPartyVatNetwork> network_;
  std::unique_ptr<capnp::RpcSystem<capnp::rpc::twoparty::VatId>> rpc_;
};

} // namespace herald::gateway
