#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

// The pieces of a result on their way from the thread that computes it to the
// actor that hands them out. The first blocks while `pieces_max` wait; the
// second never blocks and is told when it may look again.

namespace herald {

class result_buffer {
public:
  /// Pieces that are computed ahead of the client.
  static constexpr std::size_t pieces_max = 4;
  /// Bytes of a piece; what one call of a client may carry.
  static constexpr std::size_t piece_bytes_max = 1 << 20;

  /// `changed` is called after each piece, on the thread that computes.
  explicit result_buffer(std::function<void()> changed);

  // -- the thread that computes ----------------------------------------------

  /// Adds a piece of at most `piece_bytes_max` bytes; waits for room. False
  /// when nobody wants the result any more.
  bool push(std::string piece);

  bool closed() const;

  // -- the actor -------------------------------------------------------------

  /// Takes the next piece, if there is one now.
  std::optional<std::string> take();

  /// Whether there is one.
  bool ready() const;

  /// Whether the next `push` has to wait.
  bool full() const;

  /// Throws away what is left; `push` returns false from now on.
  void close();

  // -- both ------------------------------------------------------------------

  /// Computed so far.
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> bytes{0};

private:
  std::function<void()> changed_;
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<std::string> pieces_;
  bool closed_ = false;
};

} // namespace herald
