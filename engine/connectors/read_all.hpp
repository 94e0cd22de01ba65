#pragma once

#include "engine/connectors/connector.hpp"

#include <condition_variable>
#include <mutex>

// Reading a bounded table to its end on the caller's own thread, which waits.
// Bounded by what the caller keeps.

namespace herald {

/// Lets a thread wait until something may have come.
class doorbell {
public:
  void ring() {
    std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_one();
  }

  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return rung_; });
    rung_ = false;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

/// Reads all that `context` says in batches of `rows` rows. `take` gets each
/// batch, and null after each ring of `bell`, which the caller may ring, too;
/// an error of it ends the reading.
absl::Status read_all(const connector& from, source_context context,
                      std::int64_t rows, doorbell& bell,
                      const std::function<absl::Status(batch_ptr)>& take);

} // namespace herald
