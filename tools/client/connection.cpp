#include "tools/client/connection.hpp"

#include "cluster/gateway/limits.hpp"

#include <string_view>

#include <fmt/format.h>
#include <kj/debug.h>

namespace herald::detail {

namespace {

capnp::MallocMessageBuilder& server_id() {
  // Names the other side of a two-party connection; never changes.
  static auto* const message = [] {
    auto* made = new capnp::MallocMessageBuilder();
    made->initRoot<capnp::rpc::twoparty::VatId>().setSide(
        capnp::rpc::twoparty::Side::SERVER);
    return made;
  }();
  return *message;
}

capnp::ReaderOptions reader_options() {
  capnp::ReaderOptions options;
  // Reading a reply may visit a word more than once.
  options.traversalLimitInWords
      = 4 * gateway::max_rpc_message_bytes / sizeof(capnp::word);
  return options;
}

absl::Status to_status(const kj::Exception& e) {
  std::string_view text(e.getDescription().begin(), e.getDescription().size());
  constexpr std::string_view remote = "remote exception: ";
  if (text.starts_with(remote))
    text.remove_prefix(remote.size());
  auto code = absl::StatusCode::kInternal;
  if (e.getType() == kj::Exception::Type::DISCONNECTED)
    code = absl::StatusCode::kUnavailable;
  if (e.getType() == kj::Exception::Type::OVERLOADED)
    code = absl::StatusCode::kResourceExhausted;
  if (e.getType() == kj::Exception::Type::UNIMPLEMENTED)
    code = absl::StatusCode::kUnimplemented;
  return absl::Status(code, {text.data(), text.size()});
}

} // namespace

absl::Status wait_for(kj::AsyncIoContext& io, kj::Promise<void> promise,
                      absl::Duration limit) {
  bool late = false;
  if (limit != absl::InfiniteDuration())
    promise = promise.exclusiveJoin(
        io.provider->getTimer()
            .afterDelay(absl::ToInt64Milliseconds(limit) * kj::MILLISECONDS)
            .then([&late]() { late = true; }));
  auto failure
      = kj::runCatchingExceptions([&]() { promise.wait(io.waitScope); });
  KJ_IF_MAYBE (e, failure)
    return to_status(*e);
  if (late)
    return absl::DeadlineExceededError(fmt::format(
        "no answer within {} ms", absl::ToInt64Milliseconds(limit)));
  return absl::OkStatus();
}

client_connection::client_connection(std::shared_ptr<kj::AsyncIoContext> io,
                                     kj::Own<kj::AsyncIoStream> stream,
                                     absl::Duration deadline)
    : io_(std::move(io)), stream_(kj::mv(stream)), deadline_(deadline),
      network_(*stream_, capnp::rpc::twoparty::Side::CLIENT, reader_options()),
      rpc_(capnp::makeRpcClient(network_)),
      herald_(rpc_.bootstrap(server_id().getRoot<capnp::rpc::twoparty::VatId>())
                  .castAs<protocol::Herald>()) {}

std::shared_ptr<kj::AsyncIoContext> thread_io() {
  static thread_local std::weak_ptr<kj::AsyncIoContext> current;
  auto io = current.lock();
  if (!io) {
    io = std::make_shared<kj::AsyncIoContext>(kj::setupAsyncIo());
    current = io;
  }
  return io;
}

} // namespace herald::detail
