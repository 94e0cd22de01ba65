#pragma once

#include "engine/connectors/connector.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

// Calls a wake function at a later time, from a thread of its own: for
// sources that are idle until a moment rather than until something arrives.
// At most one call is outstanding. `set` may be called from any thread; after
// the destructor nothing is called any more.

namespace herald {

class alarm {
public:
  using clock = std::chrono::steady_clock;

  alarm() = default;
  alarm(const alarm&) = delete;
  alarm& operator=(const alarm&) = delete;
  ~alarm();

  /// Starts the thread; once, before `set`.
  void start(wake_function wake);

  /// Calls the wake function once at `when`, instead of at any time set
  /// before.
  void set(clock::time_point when);

private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  clock::time_point when_ = clock::time_point::max();
  bool stopping_ = false;
  wake_function wake_;
  std::thread thread_;
};

} // namespace herald
