#pragma once

#include "cluster/gateway/rpc_stream.hpp"
#include "cluster/gateway/session.hpp"

#include <capnp/rpc-twoparty.h>
#include <kj/async-io.h>
#include <kj/timer.h>

// One client on the RPC port: its stream, its RPC system, its capabilities.
// All of them go when the connection ends, jobs included. A client that broke
// a limit is told why before the socket closes. Only on the gateway's thread.

namespace herald::gateway {

class rpc_connection {
public:
  rpc_connection(kj::Own<kj::AsyncIoStream> stream, kj::Timer& timer,
                 gateway_context& context);
  ~rpc_connection();

  /// Serves the client; resolves when the connection can be dropped.
  kj::Promise<void> run();

private:
  gateway_context& context_;
  kj::Own<kj::AsyncIoStream> stream_;
  kj::Timer& timer_;
  kj::Own<session> session_;
  rpc_stream messages_;
  capnp::TwoPartyVatNetwork network_;
  capnp::RpcSystem<capnp::rpc::twoparty::VatId> rpc_;
};

/// Tells an RPC client `reason` in the protocol's own way, and hangs up.
kj::Promise<void> refuse_rpc(kj::Own<kj::AsyncIoStream> stream,
                             kj::Timer& timer, std::uint32_t linger_ms,
                             kj::StringPtr reason);

} // namespace herald::gateway
