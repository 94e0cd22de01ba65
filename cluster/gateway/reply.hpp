#pragma once

#include <utility>

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

// How a backend answers a call: a move-only callback that takes one answer,
// once, on any thread. A `reply` that is dropped unanswered (an actor died, a
// message was lost) answers `Unavailable` by itself, so that no client waits
// for ever. It may outlive the gateway: the answer is then thrown away.

namespace herald::gateway {

/// The value of a call that has nothing to tell but that it succeeded.
struct done {};

template <class T>
class reply {
public:
  using value_type = T;
  using sink = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  /// `deliver` is called exactly once, on the thread that answers or drops.
  explicit reply(sink deliver) : deliver_(std::move(deliver)) {}

  reply(reply&& other) noexcept
      : deliver_(std::exchange(other.deliver_, nullptr)) {}

  reply& operator=(reply&& other) noexcept {
    if (this != &other) {
      drop();
      deliver_ = std::exchange(other.deliver_, nullptr);
    }
    return *this;
  }

  ~reply() {
    drop();
  }

  /// Answers. Later answers are ignored, so that a race between a result and
  /// a timeout needs no lock of its own on the caller's side.
  void operator()(absl::StatusOr<T> answer) {
    if (auto deliver = std::exchange(deliver_, nullptr))
      std::move(deliver)(std::move(answer));
  }

  /// Returns whether nobody has answered yet.
  bool open() const {
    return deliver_ != nullptr;
  }

private:
  void drop() {
    (*this)(absl::UnavailableError(
        "the part of the node that had to answer is gone (try again)"));
  }

  sink deliver_;
};

} // namespace herald::gateway
