#include "cluster/gateway/session.hpp"

#include <kj/debug.h>

namespace herald::gateway {

session::session(gateway_context& context, std::uint32_t calls_limit,
                 std::uint32_t jobs_limit)
    : context_(context), calls_limit_(calls_limit), jobs_limit_(jobs_limit) {}

session::slot::slot(kj::Own<session> owner) : owner_(kj::mv(owner)) {
  ++owner_->calls_;
  ++owner_->counters().calls_in_flight;
}

session::slot::~slot() {
  if (owner_.get() == nullptr)
    return;
  --owner_->calls_;
  --owner_->counters().calls_in_flight;
}

session::slot session::admit(std::string_view method) {
  if (calls_ >= calls_limit_) {
    ++counters().calls_refused;
    kj::throwFatalException(kj::Exception(
        kj::Exception::Type::OVERLOADED, __FILE__, __LINE__,
        kj::str("over the limit of ", calls_limit_,
                " calls in flight on one connection (wait for answers, or "
                "use more connections)")));
  }
  ++counters().calls[method].calls;
  return slot(kj::addRef(*this));
}

void session::count_error(std::string_view method) {
  ++counters().calls[method].errors;
}

void session::add_job() {
  ++jobs_;
  ++counters().jobs_held;
}

void session::remove_job() {
  --jobs_;
  --counters().jobs_held;
}

kj::Promise<void> session::ready_to_send() {
  KJ_IF_MAYBE (ready, ready_)
    return (*ready)();
  return kj::READY_NOW;
}

void session::set_ready_to_send(kj::Function<kj::Promise<void>()> ready) {
  ready_ = kj::mv(ready);
}

} // namespace herald::gateway
