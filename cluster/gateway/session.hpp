#pragma once

#include "cluster/gateway/backend.hpp"
#include "cluster/gateway/counters.hpp"
#include "cluster/gateway/limits.hpp"

#include <memory>
#include <string_view>

#include <kj/async.h>
#include <kj/function.h>
#include <kj/refcount.h>

// What all capabilities of one client share: the backend, the limits, and the
// client's own counts of calls in flight and jobs held, which the limits
// bound. One per RPC connection, one for all of HTTP (there a connection can
// have only one call in flight). Refcounted; only on the gateway's thread.

namespace herald::gateway {

/// What the node gives every part of its gateway.
struct gateway_context {
  std::shared_ptr<gateway::backend> backend;
  gateway_limits limits;
  gateway_counters counters;
};

class session : public kj::Refcounted {
public:
  /// `context` outlives the session's last capability.
  session(gateway_context& context, std::uint32_t calls_limit,
          std::uint32_t jobs_limit);

  /// One call in flight, from its arrival until its answer is handed over.
  class slot {
  public:
    explicit slot(kj::Own<session> owner);
    slot(slot&&) = default;
    ~slot();

  private:
    kj::Own<session> owner_;
  };

  /// Counts a call of `method` (a literal). Throws a kj::Exception of type
  /// OVERLOADED when too many have no answer yet; the caller is a method of a
  /// capability, so that it becomes the call's RPC exception.
  slot admit(std::string_view method);

  /// Notes that a call of `method` was answered by an error.
  void count_error(std::string_view method);

  /// Notes that the client has one job more, or one less.
  void add_job();
  void remove_job();

  bool may_add_job() const {
    return jobs_ < jobs_limit_;
  }

  std::uint32_t jobs_limit() const {
    return jobs_limit_;
  }

  /// Returns whether a call has no answer yet.
  bool busy() const {
    return calls_ > 0;
  }

  /// Resolves when the client has read enough of its answers that it may get
  /// another batch.
  kj::Promise<void> ready_to_send();

  void set_ready_to_send(kj::Function<kj::Promise<void>()> ready);

  gateway::backend& node() {
    return *context_.backend;
  }

  const gateway_limits& limits() const {
    return context_.limits;
  }

  gateway_counters& counters() {
    return context_.counters;
  }

private:
  gateway_context& context_;
  std::uint32_t calls_limit_;
  std::uint32_t jobs_limit_;
  std::uint32_t calls_ = 0;
  std::uint32_t jobs_ = 0;
  kj::Maybe<kj::Function<kj::Promise<void>()>> ready_;
};

} // namespace herald::gateway
