#include "actors/actor_base.hpp"
#include "actors/task_actor.hpp"
#include "actors/task_compiler.hpp"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <caf/actor_system_config.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

// A task as actors on real threads, whose file is not there at first. Waiting
// is always for what the task tells its owner.

namespace herald {
namespace {

using testing::HasSubstr;

struct types : caf::actor_system_config {
  types() {
    add_message_types<caf::id_block::herald>();
  }
};

/// Hears the task's events; tests wait for one.
struct hearing {
  std::mutex mutex;
  std::condition_variable changed;
  task_event last;
};

task_owner::behavior_type hear(task_owner::pointer,
                               std::shared_ptr<hearing> shared) {
  return {[shared](const task_event& x) {
    std::lock_guard lock(shared->mutex);
    shared->last = x;
    shared->changed.notify_all();
  }};
}

class task_of_a_file : public testing::Test {
protected:
  task_of_a_file()
      : path_(std::filesystem::temp_directory_path()
              / fmt::format("herald-task-test-{}.json", getpid())) {
    std::filesystem::remove(path_);
  }

  ~task_of_a_file() override {
    std::filesystem::remove(path_);
  }

  void start(int restarts_max) {
    auto compiled
        = compile_task("t",
                       fmt::format("CREATE TABLE input (id BIGINT) WITH ("
                                   "'connector' = 'filesystem', 'path' = '{}', "
                                   "'format' = 'json');"
                                   "CREATE TABLE output (id BIGINT) WITH ("
                                   "'connector' = 'blackhole');"
                                   "INSERT INTO output SELECT id FROM input;",
                                   path_.string()),
                       {});
    ASSERT_TRUE(compiled.ok()) << compiled.status();
    auto spec = **compiled;
    spec.restarts.restarts_max = restarts_max;
    spec.restarts.backoff_first = std::chrono::milliseconds(1);
    spec.restarts.backoff_max = std::chrono::milliseconds(10);
    metrics_ = std::make_shared<task_metrics>(*spec.graph);
    owner_ = system_.spawn(hear, shared_);
    caf::anon_send(
        spawn_task(system_, {1, 1},
                   std::make_shared<const task_spec>(std::move(spec)), metrics_,
                   owner_),
        atom::run_v);
  }

  template <class Condition>
  task_event wait(Condition condition) {
    std::unique_lock lock(shared_->mutex);
    EXPECT_TRUE(shared_->changed.wait_for(lock, std::chrono::seconds(60), [&] {
      return condition(shared_->last);
    }));
    return shared_->last;
  }

  void TearDown() override {
    end_now(owner_);
  }

  std::filesystem::path path_;
  types config_;
  caf::actor_system system_{config_};
  std::shared_ptr<hearing> shared_ = std::make_shared<hearing>();
  std::shared_ptr<task_metrics> metrics_;
  task_owner owner_;
};

TEST_F(task_of_a_file, goes_on_once_the_file_is_there) {
  start(1'000'000);
  wait([](const task_event& x) { return x.restarts >= 3; });
  std::ofstream(path_.string() + ".new") << "{\"id\":1}\n{\"id\":2}\n";
  std::filesystem::rename(path_.string() + ".new", path_);
  wait([](const task_event& x) { return x.state == task_state::finished; });
  task_report report;
  metrics_->sum(report);
  EXPECT_EQ(report.rows_out, 2);
}

TEST_F(task_of_a_file, fails_after_its_last_restart_and_says_why) {
  start(2);
  auto end
      = wait([](const task_event& x) { return x.state == task_state::failed; });
  EXPECT_EQ(end.restarts, 2);
  EXPECT_THAT(end.reason, HasSubstr("does not exist"));
}

} // namespace
} // namespace herald
