#pragma once

#include "cluster/gateway/limits.hpp"

#include <capnp/serialize-async.h>
#include <kj/async-io.h>
#include <kj/function.h>
#include <kj/timer.h>
#include <kj/vector.h>

// The frames of one RPC connection, guarded: no frame larger than a message
// may be is read, none at all while answers pile up unread, a silent client
// and one that reads nothing are given up. All of these end only this stream,
// with an exception that says why. Only on the gateway's thread; memory is
// bounded by one frame here and `unread_reply_bytes` in the RPC system.

namespace herald::gateway {

// Destroyed as what it is, by whoever made it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"

class rpc_stream final : public capnp::MessageStream {
public:
  /// `queued_bytes` returns what waits to be written, `busy` whether a call
  /// has no answer yet (a client may then be silent for long).
  rpc_stream(kj::AsyncIoStream& stream, kj::Timer& timer,
             const gateway_limits& limits,
             kj::Function<std::size_t()> queued_bytes,
             kj::Function<bool()> busy);

  using capnp::MessageStream::tryReadMessage;
  using capnp::MessageStream::writeMessage;
  using capnp::MessageStream::writeMessages;

  kj::Promise<kj::Maybe<capnp::MessageReaderAndFds>>
  tryReadMessage(kj::ArrayPtr<kj::AutoCloseFd> fds,
                 capnp::ReaderOptions options,
                 kj::ArrayPtr<capnp::word> scratch) override;
  kj::Promise<void> writeMessage(
      kj::ArrayPtr<const int> fds,
      kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments) override;
  kj::Promise<void> writeMessages(
      kj::ArrayPtr<kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>>>
          messages) override;
  kj::Maybe<int> getSendBufferSize() override;
  kj::Promise<void> end() override;

  /// Resolves when no more than `unread_reply_bytes` wait to be written.
  kj::Promise<void> drained();

  /// Returns whether this side ended the stream for what the client did.
  bool broken() const {
    return broken_;
  }

private:
  kj::Promise<void> watch_idle();
  kj::Promise<void> guard_write(kj::Promise<void> write);
  void wake();

  capnp::AsyncIoMessageStream inner_;
  kj::Timer& timer_;
  const gateway_limits& limits_;
  kj::Function<std::size_t()> queued_bytes_;
  kj::Function<bool()> busy_;
  kj::Vector<kj::Own<kj::PromiseFulfiller<void>>> waiting_;
  kj::Promise<void> waking_ = kj::READY_NOW;
  bool broken_ = false;
};

#pragma GCC diagnostic pop

} // namespace herald::gateway
