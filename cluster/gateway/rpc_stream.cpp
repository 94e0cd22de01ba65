#include "cluster/gateway/rpc_stream.hpp"

#include <kj/debug.h>

namespace herald::gateway {

rpc_stream::rpc_stream(kj::AsyncIoStream& stream, kj::Timer& timer,
                       const gateway_limits& limits,
                       kj::Function<std::size_t()> queued_bytes,
                       kj::Function<bool()> busy)
    : inner_(stream), timer_(timer), limits_(limits),
      queued_bytes_(kj::mv(queued_bytes)), busy_(kj::mv(busy)) {}

kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>>
rpc_stream::tryReadMessage(kj::ArrayPtr<kj::AutoCloseFd> fds,
                           capnp::ReaderOptions options,
                           kj::ArrayPtr<capnp::word> scratch) {
  using result = kj::Maybe<capnp::MessageReaderAndFds>;
  return drained().then([this, fds, options, scratch]() {
    auto idle = watch_idle().then([]() -> result { return nullptr; });
    return inner_.tryReadMessage(fds, options, scratch)
        .catch_([this](kj::Exception&& e) -> result {
          if (e.getType() == kj::Exception::Type::DISCONNECTED)
            kj::throwFatalException(kj::mv(e));
          broken_ = true;
          kj::throwFatalException(
              KJ_EXCEPTION(FAILED, "cannot read this message",
                           e.getDescription(), max_rpc_message_bytes,
                           "is it too large, or not Cap'n Proto? HTTP has a "
                           "port of its own"));
        })
        .exclusiveJoin(kj::mv(idle));
  });
}

kj::Promise<void> rpc_stream::watch_idle() {
  return timer_.afterDelay(limits_.idle_timeout_ms * kj::MILLISECONDS)
      .then([this]() -> kj::Promise<void> {
        if (busy_())
          return watch_idle();
        broken_ = true;
        return KJ_EXCEPTION(DISCONNECTED, "no call for too long",
                            limits_.idle_timeout_ms);
      });
}

kj::Promise<void> rpc_stream::writeMessage(
    kj::ArrayPtr<const int> fds,
    kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) {
  return guard_write(inner_.writeMessage(fds, segments));
}

kj::Promise<void> rpc_stream::writeMessages(
    kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>>
        messages) {
  return guard_write(inner_.writeMessages(messages));
}

kj::Promise<void> rpc_stream::guard_write(kj::Promise<void> write) {
  auto late
      = timer_.afterDelay(limits_.write_timeout_ms * kj::MILLISECONDS)
            .then([this]() -> kj::Promise<void> {
              broken_ = true;
              return KJ_EXCEPTION(DISCONNECTED, "the client does not read",
                                  limits_.write_timeout_ms);
            });
  return write.exclusiveJoin(kj::mv(late)).then([this]() {
    // The queue shrinks only after this promise; look again after that.
    waking_ = kj::evalLast([this]() { wake(); }).eagerlyEvaluate(nullptr);
  });
}

void rpc_stream::wake() {
  if (queued_bytes_() > limits_.unread_reply_bytes)
    return;
  for (auto& one : waiting_)
    one->fulfill();
  waiting_.clear();
}

kj::Promise<void> rpc_stream::drained() {
  if (queued_bytes_() <= limits_.unread_reply_bytes)
    return kj::READY_NOW;
  auto pair = kj::newPromiseAndFulfiller<void>();
  waiting_.add(kj::mv(pair.fulfiller));
  return pair.promise.then([this]() { return drained(); });
}

kj::Maybe<int> rpc_stream::getSendBufferSize() {
  return inner_.getSendBufferSize();
}

kj::Promise<void> rpc_stream::end() {
  return inner_.end();
}

} // namespace herald::gateway
