#include "tests/actors/running_task.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

// Tasks whose file is not there at first, and such that take long to drain.

namespace herald {
namespace {

using testing::HasSubstr;

class task_of_a_file : public testing::Test, protected test::running_task {
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
    run(std::move(spec));
  }

  std::filesystem::path path_;
};

TEST_F(task_of_a_file, goes_on_once_the_file_is_there) {
  start(1'000'000);
  wait([](const task_event& x) { return x.restarts >= 3; });
  std::ofstream(path_.string() + ".new") << "{\"id\":1}\n{\"id\":2}\n";
  std::filesystem::rename(path_.string() + ".new", path_);
  wait_for(task_state::finished);
  task_report report;
  metrics_->sum(report);
  EXPECT_EQ(report.rows_out, 2);
}

TEST_F(task_of_a_file, fails_after_its_last_restart_and_says_why) {
  start(2);
  auto end = wait_for(task_state::failed);
  EXPECT_EQ(end.restarts, 2);
  EXPECT_THAT(end.reason, HasSubstr("does not exist"));
}

/// Has something to write until the test says that it is out.
class slow_writer final : public sink_writer {
public:
  struct shared {
    std::atomic<bool> out{false};
    std::atomic<bool> gone{false};
    std::promise<wake_function> opened;
  };

  explicit slow_writer(std::shared_ptr<shared> x) : x_(std::move(x)) {}

  ~slow_writer() override {
    // Whoever does not wait for the end is told too early.
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    x_->gone = true;
  }

  absl::Status open(wake_function wake) override {
    x_->opened.set_value(std::move(wake));
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr&) override {
    return absl::OkStatus();
  }

  std::int64_t pending_bytes() const override {
    return x_->out ? 0 : 1;
  }

private:
  std::shared_ptr<shared> x_;
};

class task_that_drains : public testing::Test, protected test::running_task {
protected:
  static constexpr auto barrier_interval = std::chrono::milliseconds(5);

  /// Starts the task and tells it to stop.
  void stop(std::chrono::milliseconds grace) {
    auto spec = **compile_task(
        "t",
        "CREATE TABLE numbers (id INT) WITH ('connector' = 'datagen', "
        "'rows-per-second' = '100');"
        "CREATE TABLE nowhere (id INT) WITH ('connector' = 'blackhole');"
        "INSERT INTO nowhere SELECT id FROM numbers;",
        {{"parallelism", "1"}});
    auto graph = *spec.graph;
    graph.stages[0].sink->table = nullptr;
    spec.graph = std::make_shared<const job_graph>(std::move(graph));
    spec.client_sink = [to = writer_](const sink_context&) {
      return absl::StatusOr<std::unique_ptr<sink_writer>>(
          std::make_unique<slow_writer>(to));
    };
    spec.barrier_interval = barrier_interval;
    spec.stop_grace = grace;
    run(std::move(spec));
    wake_ = writer_->opened.get_future().get();
    caf::anon_send(task_, atom::stop_v);
  }

  /// Everything is written.
  void finish_writing() {
    writer_->out = true;
    wake_();
  }

  std::shared_ptr<slow_writer::shared> writer_
      = std::make_shared<slow_writer::shared>();
  wake_function wake_;
};

TEST_F(task_that_drains, has_its_whole_grace) {
  stop(std::chrono::minutes(1));
  std::this_thread::sleep_for(20 * barrier_interval);
  finish_writing();
  EXPECT_EQ(wait_for(task_state::stopped).reason, "");
}

TEST_F(task_that_drains, ends_once_its_grace_has_passed) {
  stop(2 * barrier_interval);
  auto end = wait_for(task_state::stopped);
  EXPECT_THAT(end.reason, HasSubstr("took too long"));
}

TEST_F(task_that_drains, says_that_it_stopped_once_its_subtasks_have_ended) {
  stop(std::chrono::minutes(1));
  finish_writing();
  wait_for(task_state::stopped);
  EXPECT_TRUE(writer_->gone);
}

} // namespace
} // namespace herald
