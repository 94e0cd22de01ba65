#pragma once

#include "engine/runtime/sink_driver.hpp"
#include "engine/runtime/source_driver.hpp"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

// Runs a job graph in the test's thread through the classes that the actors
// drive: sources, subtasks, sinks, frames and credit, in an order that a seed
// chooses. Sources read splits from memory; the client sinks keep what comes.
// It can stop at a barrier, and another runner, of another parallelism, can
// go on from there: state passes as bytes. Bounded by its input; a job that
// makes no progress is an error.

namespace herald::testing {

/// Splits of every stage that scans; split i is read by subtask i modulo the
/// stage's parallelism.
using split_rows = std::map<int, std::vector<batch_ptr>>;

struct run_options {
  std::uint64_t seed = 1;
  std::int64_t batch_rows = 4096;
  std::string time_zone = "UTC";
  bool endless = false; ///< sources fall idle instead of ending
};

/// A job at a barrier.
struct job_snapshot {
  std::map<int, std::vector<std::string>> streams; ///< by stage
  std::map<int, std::vector<split_position>> positions;
};

/// `x`, of job `from`, for `to`, the same plan at another parallelism, whose
/// operators may lie in other stages: each finds its state by name.
job_snapshot moved(const job_snapshot& x, const job_graph& from,
                   const job_graph& to);

/// Splits in memory as a connector's reader.
class memory_reader final : public source_reader {
public:
  /// Reads `splits[i]` for i of `mine`, from `restore`.
  memory_reader(std::vector<batch_ptr> splits, std::vector<int> mine,
                const std::vector<split_position>& restore, bool endless);

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  std::vector<std::string> splits() const override;
  absl::StatusOr<source_event> poll(std::int64_t rows_max) override;
  std::vector<split_position> positions() const override;

  source_counters counters() const override {
    return {};
  }

private:
  std::vector<batch_ptr> splits_;
  std::vector<int> mine_;
  std::vector<std::int64_t> next_; ///< by entry of `mine_`
  std::size_t turn_ = 0;
  bool endless_;
};

class local_runner {
public:
  local_runner(job_graph graph, split_rows input, run_options options);

  /// Begins at `from`, which another runner of the same operators gave.
  absl::Status open(const job_snapshot& from = {});

  /// Runs until everything has ended.
  absl::Status run();

  /// Runs endless sources until nothing moves; 10 ms pass in a round.
  absl::Status run_until_quiet();

  /// Sends a barrier after `rounds` rounds and stops behind it; what the
  /// sinks keep is what came before.
  absl::StatusOr<job_snapshot> run_to_barrier(int rounds);

  /// What the client sinks took, in order.
  const std::vector<batch_ptr>& results() const {
    return *results_;
  }

  std::int64_t rows_late() const;

  std::int64_t state_bytes_max() const {
    return state_bytes_max_;
  }

  /// Bytes of state that the subtasks hold as they end.
  std::int64_t state_bytes() const;

private:
  struct node {
    int stage = 0;
    int index = 0;
    std::unique_ptr<source_driver> source;
    std::unique_ptr<subtask> compute;
    std::unique_ptr<sink_driver> sink;
    std::shared_ptr<subtask_metrics> metrics;
    bool done = false; ///< ended, or behind the barrier
  };

  void add(int stage, int index, const job_snapshot& from);
  node& receiver(const channel& at);
  node& sender(const channel& at);
  absl::StatusOr<bool> step(node& x);
  absl::StatusOr<bool> step_source(node& x);
  absl::StatusOr<bool> step_compute(node& x);
  absl::StatusOr<bool> step_sink(node& x);
  absl::StatusOr<bool> deliver(bool everything);
  absl::Status round();
  absl::Status save(const node& x);
  bool done() const;

  std::shared_ptr<const job_graph> graph_;
  split_rows input_;
  run_options options_;
  std::mt19937_64 random_;
  std::vector<node> nodes_;
  std::map<channel, std::deque<frame>> frames_; ///< under way
  std::deque<credit> credits_;                  ///< under way
  std::shared_ptr<std::vector<batch_ptr>> results_;
  job_snapshot taken_;
  bool stopping_ = false; ///< a barrier is under way
  int quiet_rounds_ = 0;
  std::int64_t now_ms_ = 1;
  std::int64_t state_bytes_max_ = 0;
};

} // namespace herald::testing
