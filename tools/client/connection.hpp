#pragma once

#include "cluster/gateway/wire_error.hpp"
#include "schemas/herald.capnp.h"

#include <memory>

#include <absl/status/statusor.h>
#include <absl/time/time.h>
#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>

// The event loop and the RPC system behind one client. Only client.cpp uses
// it, on the thread that made it. One call is in flight at a time.

namespace herald::detail {

/// Returns the calling thread's event loop, made when the first of its clients
/// asks and gone with the last: KJ has one per thread.
std::shared_ptr<kj::AsyncIoContext> thread_io();

/// Waits on `io` for `promise`, at most for `limit`. What KJ throws becomes
/// a status: `DeadlineExceeded`, `Unavailable` when the other side is gone,
/// `ResourceExhausted` when it is over a limit, else `Internal`.
absl::Status wait_for(kj::AsyncIoContext& io, kj::Promise<void> promise,
                      absl::Duration limit);

class client_connection {
public:
  client_connection(std::shared_ptr<kj::AsyncIoContext> io,
                    kj::Own<kj::AsyncIoStream> stream, absl::Duration deadline);

  /// Waits for a reply of the schema; its `error` becomes the status.
  template <class Reply>
  absl::StatusOr<capnp::Response<Reply>>
  wait(capnp::RemotePromise<Reply> promise, absl::Duration limit) {
    kj::Maybe<capnp::Response<Reply>> reply;
    auto failed
        = wait_for(*io_, promise.then([&reply](capnp::Response<Reply> got) {
            reply = kj::mv(got);
          }),
                   limit);
    if (!failed.ok())
      return failed;
    auto& got = KJ_ASSERT_NONNULL(reply);
    if (got.hasError())
      return gateway::read_error(got.getError());
    return kj::mv(got);
  }

  protocol::Herald::Client& herald() {
    return herald_;
  }

  absl::Duration deadline() const {
    return deadline_;
  }

  kj::AsyncIoContext& io() {
    return *io_;
  }

private:
  std::shared_ptr<kj::AsyncIoContext> io_;
  kj::Own<kj::AsyncIoStream> stream_;
  absl::Duration deadline_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
  protocol::Herald::Client herald_;
};

} // namespace herald::detail
