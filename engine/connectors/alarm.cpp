#include "engine/connectors/alarm.hpp"

namespace herald {

alarm::~alarm() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void alarm::start(wake_function wake) {
  wake_ = std::move(wake);
  thread_ = std::thread([this] { run(); });
}

void alarm::set(clock::time_point when) {
  {
    std::lock_guard lock(mutex_);
    when_ = when;
  }
  changed_.notify_one();
}

void alarm::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (when_ == clock::time_point::max()) {
      changed_.wait(lock);
    } else if (clock::now() < when_) {
      auto until = when_; // `when_` may change while the lock is released
      changed_.wait_until(lock, until);
    } else {
      when_ = clock::time_point::max();
      lock.unlock();
      wake_();
      lock.lock();
    }
  }
}

} // namespace herald
