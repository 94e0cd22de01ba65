#pragma once

#include "cluster/log/command_log.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

// A subscriber that keeps what a log says and lets a test wait for it. The log
// calls from its thread, the test waits on its own. Waits give up after a time
// that only a hanging log reaches.

namespace herald::cluster {

class log_probe {
public:
  struct record {
    log_position at;
    std::string bytes;

    friend bool operator==(const record&, const record&) = default;
  };

  /// Returns a listener that fills this probe, which must outlive the log.
  log_listener listener() {
    return {
        .record =
            [this](log_position at, std::string_view bytes) {
              note([&] { records_.push_back({at, std::string(bytes)}); });
            },
        .contact =
            [this](log_position tail, std::chrono::steady_clock::time_point) {
              note([&] {
                tail_ = tail;
                ++contacts_;
              });
            },
        .trouble =
            [this](const absl::Status& status) {
              note([&] { troubles_.push_back(status); });
            }};
  }

  /// Waits for `count` records and returns all.
  std::vector<record> wait_for_records(std::size_t count) {
    return wait([&] { return records_.size() >= count; }, records_);
  }

  /// Waits for `count` troubles and returns all.
  std::vector<absl::Status> wait_for_troubles(std::size_t count) {
    return wait([&] { return troubles_.size() >= count; }, troubles_);
  }

  /// Waits for `count` more contacts and returns the last tail.
  log_position wait_for_contacts(std::size_t count) {
    std::unique_lock lock(mutex_);
    auto target = contacts_ + count;
    changed_.wait_for(lock, patience, [&] { return contacts_ >= target; });
    return tail_;
  }

  std::size_t record_count() {
    std::lock_guard guard(mutex_);
    return records_.size();
  }

private:
  static constexpr std::chrono::seconds patience{30};

  template <class Change>
  void note(Change change) {
    std::lock_guard guard(mutex_);
    change();
    changed_.notify_all();
  }

  template <class Ready, class Value>
  Value wait(Ready ready, const Value& value) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, ready);
    return value;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<record> records_;
  std::vector<absl::Status> troubles_;
  log_position tail_;
  std::size_t contacts_ = 0;
};

/// The answer to one append.
class append_probe {
public:
  append_callback callback() {
    return [this](absl::StatusOr<log_position> result) {
      std::lock_guard guard(mutex_);
      ++calls_;
      result_ = std::move(result);
      changed_.notify_all();
    };
  }

  absl::StatusOr<log_position> wait() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds{30},
                      [this] { return calls_ > 0; });
    return result_;
  }

  unsigned calls() {
    std::lock_guard guard(mutex_);
    return calls_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  absl::StatusOr<log_position> result_ = absl::UnknownError("no answer");
  unsigned calls_ = 0;
};

/// Appends and waits for the answer.
inline absl::StatusOr<log_position> append_and_wait(command_log& log,
                                                    std::string record) {
  append_probe answer;
  log.append(std::move(record), answer.callback());
  return answer.wait();
}

} // namespace herald::cluster
