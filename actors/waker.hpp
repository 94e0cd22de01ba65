#pragma once

#include "actors/interfaces.hpp"

#include <atomic>
#include <memory>

#include <caf/send.hpp>

// Lets a connector's threads wake a subtask actor without flooding it: while
// one wake-up is in its mailbox, further ones do nothing. Lives as long as the
// connector that holds it, which the actor owns and drops when it ends.

namespace herald {

class waker {
public:
  explicit waker(subtask_actor target) : target_(std::move(target)) {}

  void wake() {
    if (!pending_.exchange(true))
      caf::anon_send(target_, atom::wake_v);
  }

  /// The actor took the wake-up; the next one counts again. Before it looks,
  /// so that nothing that happens while it looks is missed.
  void taken() {
    pending_.store(false);
  }

private:
  subtask_actor target_;
  std::atomic<bool> pending_{false};
};

} // namespace herald
