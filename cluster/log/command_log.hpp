#pragma once

#include "cluster/identity.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include <absl/status/status.h>
#include <absl/status/statusor.h>

// The totally ordered log of commands: every subscriber gets every record, at
// the same position, in the same order, from the first. Implementations own a
// thread and call back on it, one call at a time; a callback must be short (an
// actor's shell sends itself a message) and must not destroy the log. Bounded
// by `max_command_bytes` per record, `max_pending_appends` and
// `max_unconfirmed_records`.

namespace herald::cluster {

/// Appends under way; further ones are refused with `ResourceExhausted`.
inline constexpr std::size_t max_pending_appends = 1024;

/// Records delivered beyond the last one that the subscriber confirmed; the
/// log waits at this bound, so that a long log does not fill a mailbox.
inline constexpr std::size_t max_unconfirmed_records = 256;

/// How often the log says that it is in reach.
inline constexpr std::chrono::milliseconds contact_every{300};

/// What a log tells its subscriber. Unset functions are not called.
struct log_listener {
  /// A record. Positions grow, from above the one asked for; they may skip.
  std::function<void(log_position, std::string_view)> record;
  /// The log answered: its last record was at `tail` when it was asked, at
  /// `asked`. About every 300 ms while it is in reach.
  std::function<void(log_position tail,
                     std::chrono::steady_clock::time_point asked)>
      contact;
  /// The log is out of reach or unusable, and why; once per change.
  std::function<void(const absl::Status&)> trouble;
};

/// Gets the position of the new record, or why it is not in the log. With
/// `Unavailable` and `Cancelled` it may be in it nevertheless: append the same
/// command, with its request id, again.
using append_callback = std::function<void(absl::StatusOr<log_position>)>;

class command_log {
public:
  virtual ~command_log() = default;

  /// Appends `record` and calls `done` once, later or at once. Records above
  /// `max_command_bytes` give `InvalidArgument`. Any thread.
  virtual void append(std::string record, append_callback done) = 0;

  /// Starts to deliver all records above `after`. Call once, before anything
  /// else.
  virtual void subscribe(log_position after, log_listener listener) = 0;

  /// The subscriber needs the records up to `upto` no more. Any thread.
  virtual void confirm(log_position upto) = 0;

  /// Ends all callbacks and waits for the one under way; pending appends get
  /// `Cancelled`. Idempotent. Not from a callback.
  virtual void close() = 0;
};

} // namespace herald::cluster
