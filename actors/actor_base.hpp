#pragma once

#include <string>

#include <absl/status/status.h>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

// What every actor of Herald does first, so that none falls into the traps of
// CAF 0.17: a stray error answer must not kill the receiver, an unexpected
// message must not kill the sender, an exception becomes a failure that
// somebody hears of.

namespace herald {

/// Messages of one actor run per turn before others get the thread.
constexpr std::size_t scheduler_throughput = 200;

/// Sets the handlers that all actors share. `on_exception` gets the text of
/// what a handler threw; the actor quits afterwards.
template <class Self, class OnException>
void guard(Self* self, OnException on_exception) {
  self->set_error_handler([](caf::error&) {});
  self->set_default_handler(caf::drop);
  self->set_exception_handler(
      [self, on_exception](std::exception_ptr& x) -> caf::error {
        std::string text = "unknown exception";
        try {
          std::rethrow_exception(x);
        } catch (const std::exception& e) {
          text = e.what();
        } catch (...) {
        }
        on_exception(text);
        return caf::exit_reason::unhandled_exception;
      });
}

/// Ends an actor now, ahead of what waits in its mailbox.
template <class Handle>
void end_now(const Handle& other) {
  caf::anon_send<caf::message_priority::high>(
      caf::actor_cast<caf::actor>(other),
      caf::exit_msg{{}, caf::exit_reason::kill});
}

/// Processing time: milliseconds since 1970-01-01 UTC.
std::int64_t wall_clock_ms();

} // namespace herald
