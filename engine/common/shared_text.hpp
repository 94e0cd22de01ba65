#pragma once

#include <mutex>
#include <string>
#include <utility>

// A short text that one thread changes and others read: why something waits,
// for people. Any thread at any time; each call holds the lock only as long as
// it copies.

namespace herald {

class shared_text {
public:
  void set(std::string text) {
    std::lock_guard lock(mutex_);
    text_ = std::move(text);
  }

  std::string get() const {
    std::lock_guard lock(mutex_);
    return text_;
  }

private:
  mutable std::mutex mutex_;
  std::string text_;
};

} // namespace herald
