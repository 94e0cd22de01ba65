#include "actors/actor_base.hpp"
#include "cluster/node/object_host.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

#include <caf/actor_system_config.hpp>
#include <gtest/gtest.h>

// The host of a node's tasks, whose events the test passes on.

namespace herald::cluster {
namespace {

struct task_types : caf::actor_system_config {
  task_types() {
    add_message_types<caf::id_block::herald>();
  }
};

/// Events of tasks, in order.
class event_queue {
public:
  void put(const task_event& x) {
    std::lock_guard lock(mutex_);
    events_.push_back(x);
    changed_.notify_one();
  }

  std::optional<task_event> take(std::chrono::milliseconds within) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, within, [this] { return !events_.empty(); }))
      return std::nullopt;
    auto result = events_.front();
    events_.pop_front();
    return result;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<task_event> events_;
};

class object_host_test : public testing::Test {
protected:
  ~object_host_test() override {
    end_now(owner_);
  }

  /// A task that reads `rows` numbers, with `versions` of its text.
  static object numbers(const std::string& rows, std::uint64_t versions) {
    object result;
    for (std::uint64_t i = 1; i <= versions; ++i)
      result.versions.push_back(
          {version_number{i},
           "CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen', "
           "'number-of-rows' = '"
               + rows
               + "');"
                 "CREATE TABLE nowhere (id INT) WITH ('connector' = "
                 "'blackhole');"
                 "INSERT INTO nowhere SELECT id FROM numbers;",
           {},
           "test"});
    return result;
  }

  /// Passes events on until one says `state`; false if none does in time.
  bool wait_for(task_state state, std::chrono::milliseconds within) {
    while (auto event = events_->take(within)) {
      host_->take(*event);
      if (event->state == state)
        return true;
    }
    return false;
  }

  static constexpr auto patience = std::chrono::seconds(60);

  task_types config_;
  caf::actor_system system_{config_};
  std::shared_ptr<event_queue> events_ = std::make_shared<event_queue>();
  task_owner owner_ = system_.spawn(
      [events = events_](task_owner::pointer) -> task_owner::behavior_type {
        return {[events](const task_event& x) { events->put(x); }};
      });
  std::optional<object_host> host_{std::in_place, system_, owner_,
                                   queue_journal{}};
};

TEST_F(object_host_test, a_successor_does_not_read_while_all_are_paused) {
  object_key key{object_kind::task, "p", "t"};
  ASSERT_TRUE(host_
                  ->start(key, generation{1}, version_number{1},
                          numbers("1000000000", 1))
                  .ok());
  ASSERT_TRUE(wait_for(task_state::running, patience));
  host_->pause();
  host_->update(key, generation{1}, version_number{2}, numbers("1", 2));
  ASSERT_TRUE(wait_for(task_state::stopped, patience));
  ASSERT_TRUE(wait_for(task_state::running, patience));
  EXPECT_FALSE(wait_for(task_state::finished, std::chrono::milliseconds(200)));
  host_->resume();
  EXPECT_TRUE(wait_for(task_state::finished, patience));
}

} // namespace
} // namespace herald::cluster
