#include "cluster/gateway/linger.hpp"

namespace herald::gateway {

namespace {

// Destroyed as what it is, by whoever made it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

/// Takes what a stream still sends, and forgets it.
class discard final : public kj::AsyncOutputStream {
public:
  kj::Promise<void> write(const void*, size_t) override {
    return kj::READY_NOW;
  }

  kj::Promise<void>
  write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>>) override {
    return kj::READY_NOW;
  }

  kj::Promise<void> whenWriteDisconnected() override {
    return kj::NEVER_DONE;
  }
};

#pragma GCC diagnostic pop

} // namespace

kj::Promise<void> linger(kj::AsyncIoStream& stream, kj::Timer& timer,
                         std::uint32_t limit_ms) {
  stream.shutdownWrite();
  auto sink = kj::heap<discard>();
  auto rest = stream.pumpTo(*sink).ignoreResult().attach(kj::mv(sink));
  return rest.exclusiveJoin(timer.afterDelay(limit_ms * kj::MILLISECONDS));
}

} // namespace herald::gateway
