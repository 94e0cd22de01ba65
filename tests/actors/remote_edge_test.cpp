#include "actors/actor_base.hpp"
#include "actors/subtask_actor.hpp"
#include "actors/task_compiler.hpp"
#include "tests/support/child_process.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <caf/actor_system_config.hpp>
#include <caf/io/all.hpp>
#include <caf/scoped_actor.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

// One edge of a task between two processes, over CAF's own connection: the
// source here, its sink in a child. Batches and marks arrive whole, credit
// comes back, a slow sink stops the source, and a dead one ends it. The child
// is this program with "sink" as its argument; it answers line by line.

namespace herald {
namespace {

constexpr std::int64_t rows_in_all = 200'000;
constexpr std::int64_t text_bytes = 200;
constexpr task_ref run_of_task{1, 1};

struct process_config : caf::actor_system_config {
  process_config() {
    load<caf::io::middleman>();
    add_message_types<caf::id_block::herald>();
    set("scheduler.policy", caf::atom("sharing"));
  }
};

/// Holds what it is given while the test says so, and counts it.
class slow_writer final : public sink_writer {
public:
  struct shared {
    std::atomic<bool> held{true};
    std::atomic<std::int64_t> pending{0};
    std::atomic<std::int64_t> rows{0};
    std::atomic<std::int64_t> sum{0};
    wake_function wake;
  };

  explicit slow_writer(std::shared_ptr<shared> x) : x_(std::move(x)) {}

  absl::Status open(wake_function wake) override {
    x_->wake = std::move(wake);
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr& rows) override {
    for (auto id : rows->columns[0]->as<std::int64_t>())
      x_->sum += id;
    x_->rows += rows->rows;
    x_->pending += frame_bytes(*rows);
    return poll();
  }

  absl::Status poll() override {
    if (!x_->held)
      x_->pending = 0;
    return absl::OkStatus();
  }

  std::int64_t pending_bytes() const override {
    return x_->pending;
  }

private:
  std::shared_ptr<shared> x_;
};

/// The task as both sides compile it; its sink is the child's writer.
std::shared_ptr<const task_spec>
make_task(std::shared_ptr<slow_writer::shared> to) {
  auto sql = fmt::format(R"(
    CREATE TABLE numbers (id BIGINT, name STRING) WITH (
      'connector' = 'datagen', 'number-of-rows' = '{0}',
      'rows-per-second' = '10000000',
      'fields.id.kind' = 'sequence', 'fields.id.start' = '1',
      'fields.id.end' = '{0}', 'fields.name.length' = '{1}');
    CREATE TABLE nowhere (id BIGINT, name STRING)
      WITH ('connector' = 'blackhole');
    INSERT INTO nowhere SELECT id, name FROM numbers;)",
                         rows_in_all, text_bytes);
  auto spec = **compile_task("edge", sql, {{"parallelism", "1"}});
  auto graph = *spec.graph;
  graph.stages[0].sink->table = nullptr;
  spec.graph = std::make_shared<const job_graph>(std::move(graph));
  spec.client_sink = [to](const sink_context&) {
    return absl::StatusOr<std::unique_ptr<sink_writer>>(
        std::make_unique<slow_writer>(to));
  };
  return std::make_shared<const task_spec>(std::move(spec));
}

/// Stands for the task: hears of failures, barriers and the end as lines.
task_actor spawn_owner(caf::actor_system& system,
                       std::function<void(std::string)> say) {
  return system.spawn([say](task_actor::pointer) -> task_actor::behavior_type {
    return {
        [](atom::run) {},
        [](atom::tick) {},
        [say](const subtask_failure& x) { say("failed: " + x.reason); },
        [say](atom::barrier, int, int, std::int64_t epoch) {
          say(fmt::format("barrier {}", epoch));
        },
        [say](atom::done, int, int, bool) { say("done"); },
        [](atom::change, const operator_change&) {},
        [](atom::pause, bool) {},
        [](atom::stop) {},
        [](atom::status) { return task_report{}; },
    };
  });
}

std::uint16_t publish(caf::actor_system& system, const subtask_actor& who) {
  return *system.middleman().publish(who, 0, "127.0.0.1");
}

subtask_actor connect(caf::actor_system& system, std::uint16_t port) {
  return *system.middleman().remote_actor<subtask_actor>("127.0.0.1", port);
}

channel edge_of(const task_spec& spec) {
  return {sink_edge(*spec.graph, 0), 0, 0};
}

subtask_launch launch_of(const std::shared_ptr<const task_spec>& spec,
                         const task_actor& owner) {
  return {run_of_task,
          spec,
          {spec->graph, 0, 0},
          std::make_shared<subtask_metrics>(),
          owner};
}

/// The child: serves the sink until its input ends.
int run_sink(std::uint16_t source_port) {
  process_config config;
  caf::actor_system system(config);
  caf::scoped_actor parent(system);
  auto shared = std::make_shared<slow_writer::shared>();
  auto spec = make_task(shared);
  auto owner = spawn_owner(system, [shared](std::string line) {
    fmt::print("{} {} {}\n", line, shared->rows.load(), shared->sum.load());
    std::fflush(stdout);
  });
  auto sink = spawn_sink(*parent.ptr(), launch_of(spec, owner));
  wiring neighbours;
  neighbours.senders[edge_of(*spec)] = connect(system, source_port);
  caf::anon_send(sink, atom::wire_v, neighbours);
  caf::anon_send(sink, atom::run_v);
  fmt::print("{}\n", publish(system, sink));
  std::fflush(stdout);
  for (int c = std::getchar(); c != EOF; c = std::getchar())
    if (c == 'r') {
      shared->held = false;
      shared->wake();
    }
  end_now(sink);
  end_now(owner);
  return 0;
}

class remote_edge : public testing::Test {
protected:
  remote_edge() : system(config), parent(system) {
    owner = spawn_owner(system, [this](std::string line) {
      std::lock_guard lock(mutex);
      failure = std::move(line);
      changed.notify_all();
    });
    auto launch = launch_of(spec, owner);
    metrics = launch.metrics;
    source = spawn_source(*parent.ptr(), launch);
    child.emplace(std::vector<std::string>{
        "sink", fmt::format("{}", publish(system, source))});
    auto sink_port = static_cast<std::uint16_t>(std::stoi(child->read_line()));
    wiring neighbours;
    neighbours.receivers[edge_of(*spec)] = connect(system, sink_port);
    caf::anon_send(source, atom::wire_v, neighbours);
    caf::anon_send(source, atom::run_v);
  }

  ~remote_edge() override {
    end_now(source);
    end_now(owner);
  }

  /// The source has sent all that the sink gave it room for.
  void wait_until_starved() {
    auto end = std::chrono::steady_clock::now() + patience;
    while (metrics->credit_waits == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  std::string wait_for_failure() {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(
        changed.wait_for(lock, patience, [this] { return !failure.empty(); }));
    return failure;
  }

  static constexpr auto patience = std::chrono::seconds(60);

  std::shared_ptr<const task_spec> spec
      = make_task(std::make_shared<slow_writer::shared>());
  process_config config;
  caf::actor_system system;
  caf::scoped_actor parent;
  task_actor owner;
  subtask_actor source;
  std::shared_ptr<subtask_metrics> metrics;
  std::optional<child_process> child;
  std::mutex mutex;
  std::condition_variable changed;
  std::string failure;
};

TEST_F(remote_edge, carries_everything_once_the_slow_sink_goes_on) {
  wait_until_starved();
  // Nobody took a byte: what is under way is one channel's credit and what
  // was being worked on.
  auto sent = metrics->rows_in * text_bytes;
  EXPECT_GE(sent, channel_credit_bytes / 2);
  EXPECT_LE(sent, 2 * channel_credit_bytes);
  caf::anon_send(source, atom::barrier_v, std::int64_t{1});
  child->write("r");
  EXPECT_TRUE(child->read_line().starts_with("barrier 1 "));
  EXPECT_EQ(child->read_line(),
            fmt::format("done {} {}", rows_in_all,
                        rows_in_all * (rows_in_all + 1) / 2));
}

TEST_F(remote_edge, ends_when_the_process_of_its_sink_is_killed) {
  wait_until_starved();
  child->kill();
  EXPECT_EQ(wait_for_failure(),
            fmt::format("failed: the connection of edge {} was lost",
                        edge_of(*spec).edge));
}

} // namespace
} // namespace herald

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "sink")
    return herald::run_sink(static_cast<std::uint16_t>(std::stoi(argv[2])));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
