#pragma once

#include "actors/actor_base.hpp"
#include "actors/task_actor.hpp"
#include "actors/task_compiler.hpp"

#include <condition_variable>
#include <mutex>

#include <caf/actor_system_config.hpp>
#include <gtest/gtest.h>

// A task as actors on real threads. Waiting is for what the task tells its
// owner.

namespace herald::test {

struct actor_types : caf::actor_system_config {
  actor_types() {
    add_message_types<caf::id_block::herald>();
  }
};

class running_task {
protected:
  ~running_task() {
    end_now(task_);
    end_now(owner_);
  }

  void run(task_spec spec) {
    metrics_ = std::make_shared<task_metrics>(*spec.graph);
    owner_ = system_.spawn(hear, heard_);
    task_ = spawn_task(system_, {1, 1},
                       std::make_shared<const task_spec>(std::move(spec)),
                       metrics_, owner_);
    caf::anon_send(task_, atom::run_v);
  }

  template <class Condition>
  task_event wait(Condition condition) {
    std::unique_lock lock(heard_->mutex);
    EXPECT_TRUE(heard_->changed.wait_for(lock, std::chrono::seconds(60), [&] {
      return condition(heard_->last);
    }));
    return heard_->last;
  }

  task_event wait_for(task_state state) {
    return wait([state](const task_event& x) { return x.state == state; });
  }

private:
  struct hearing {
    std::mutex mutex;
    std::condition_variable changed;
    task_event last;
  };

  static task_owner::behavior_type hear(task_owner::pointer,
                                        std::shared_ptr<hearing> shared) {
    return {[shared](const task_event& x) {
      std::lock_guard lock(shared->mutex);
      shared->last = x;
      shared->changed.notify_all();
    }};
  }

  actor_types config_;
  caf::actor_system system_{config_};
  std::shared_ptr<hearing> heard_ = std::make_shared<hearing>();
  task_owner owner_;

protected:
  task_actor task_;
  std::shared_ptr<task_metrics> metrics_;
};

} // namespace herald::test
