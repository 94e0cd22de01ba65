#include "tests/cluster/gateway/kj_client.hpp"

#include "cluster/gateway/limits.hpp"

namespace herald::gateway {

pausing_stream::pausing_stream(kj::Own<kj::AsyncIoStream> inner)
    : inner_(kj::mv(inner)) {}

void pausing_stream::pause() {
  auto pair = kj::newPromiseAndFulfiller<void>();
  resumed_ = pair.promise.fork();
  resume_ = kj::mv(pair.fulfiller);
  paused_ = true;
}

void pausing_stream::resume() {
  paused_ = false;
  resume_->fulfill();
}

kj::Promise<void> pausing_stream::allowed() {
  if (!paused_)
    return kj::READY_NOW;
  return resumed_.addBranch();
}

kj::Promise<size_t> pausing_stream::tryRead(void* buffer, size_t min_bytes,
                                            size_t max_bytes) {
  return allowed().then([this, buffer, min_bytes, max_bytes]() {
    return inner_->tryRead(buffer, min_bytes, max_bytes);
  });
}

kj::Promise<void> pausing_stream::write(const void* buffer, size_t size) {
  return inner_->write(buffer, size);
}

kj::Promise<void>
pausing_stream::write(kj::ArrayPtr<const kj::ArrayPtr<const kj::byte>> pieces) {
  return inner_->write(pieces);
}

kj::Promise<void> pausing_stream::whenWriteDisconnected() {
  return inner_->whenWriteDisconnected();
}

void pausing_stream::shutdownWrite() {
  inner_->shutdownWrite();
}

kj_client::kj_client(std::uint16_t port) {
  auto address = io.provider->getNetwork()
                     .parseAddress("127.0.0.1", port)
                     .wait(io.waitScope);
  stream = kj::heap<pausing_stream>(address->connect().wait(io.waitScope));
  capnp::ReaderOptions options;
  // Also the limit on what is sent, which must not protect the server here.
  options.traversalLimitInWords = 64 * max_rpc_message_bytes;
  network_ = std::make_unique<capnp::TwoPartyVatNetwork>(
      *stream, capnp::rpc::twoparty::Side::CLIENT, options);
  rpc_ = std::make_unique<capnp::RpcSystem<capnp::rpc::twoparty::VatId>>(
      capnp::makeRpcClient(*network_));
}

protocol::Herald::Client kj_client::herald() {
  capnp::MallocMessageBuilder message;
  auto id = message.initRoot<capnp::rpc::twoparty::VatId>();
  id.setSide(capnp::rpc::twoparty::Side::SERVER);
  return rpc_->bootstrap(id).castAs<protocol::Herald>();
}

void kj_client::poll() {
  kj::evalLast([]() {}).wait(io.waitScope);
  io.waitScope.poll();
}

} // namespace herald::gateway
