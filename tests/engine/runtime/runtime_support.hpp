#pragma once

#include "engine/runtime/sink_driver.hpp"
#include "engine/runtime/source_driver.hpp"
#include "tests/support/rows.hpp"

#include <deque>

// Readers and writers that tests hold in their hands, and the smallest graph
// that has both.

// g++ 12 takes the moved variant's other members for read before written.
#pragma GCC diagnostic ignored "-Wuninitialized"

namespace herald::testing {

/// Gives the events that a test puts in; idle without any.
class scripted_reader final : public source_reader {
public:
  struct shared {
    std::deque<source_event> events;
    std::vector<std::vector<split_position>> commits;
    std::vector<std::string> splits = {"a", "b"};
    std::string problem;
    int polls = 0;
    std::int64_t rows = 0; ///< given so far
  };

  explicit scripted_reader(std::shared_ptr<shared> x) : x_(std::move(x)) {}

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  std::vector<std::string> splits() const override {
    return x_->splits;
  }

  absl::StatusOr<source_event> poll(std::int64_t) override {
    ++x_->polls;
    if (x_->events.empty())
      return source_idle{};
    auto result = std::move(x_->events.front());
    x_->events.pop_front();
    if (auto* rows = std::get_if<source_rows>(&result))
      x_->rows += rows->rows ? rows->rows->rows : 0;
    return result;
  }

  std::vector<split_position> positions() const override {
    return {{"a", x_->rows}};
  }

  absl::Status commit(const std::vector<split_position>& x) override {
    x_->commits.push_back(x);
    return absl::OkStatus();
  }

  source_counters counters() const override {
    source_counters result;
    result.problem = x_->problem;
    result.records = x_->rows;
    return result;
  }

private:
  std::shared_ptr<shared> x_;
};

/// Holds what is written until the test lets it go.
class held_writer final : public sink_writer {
public:
  struct shared {
    std::vector<batch_ptr> written;
    std::int64_t pending = 0;
    int flushes = 0;
    bool closed = false;
    std::int64_t bytes_a_batch = 0; ///< that stay pending
  };

  explicit held_writer(std::shared_ptr<shared> x) : x_(std::move(x)) {}

  absl::Status open(wake_function) override {
    return absl::OkStatus();
  }

  absl::Status write(const batch_ptr& rows) override {
    x_->written.push_back(rows);
    x_->pending += x_->bytes_a_batch;
    return absl::OkStatus();
  }

  std::int64_t pending_bytes() const override {
    return x_->pending;
  }

  absl::Status flush() override {
    ++x_->flushes;
    return absl::OkStatus();
  }

  absl::Status close() override {
    x_->closed = true;
    return absl::OkStatus();
  }

private:
  std::shared_ptr<shared> x_;
};

/// A column t TIMESTAMP(3) NOT NULL.
inline schema_ptr time_layout() {
  static const auto layout
      = make_schema({{"t", data_type::timestamp(3).with_nullable(false)}});
  return layout;
}

inline batch_ptr times(const std::vector<std::int64_t>& values) {
  std::vector<literal_row> rows;
  for (auto t : values)
    rows.push_back({t});
  return make_rows(time_layout(), rows);
}

/// One stage: a scan, its time as its watermark, and the client's sink.
inline subtask_place scan_place(std::optional<std::int64_t> idle_timeout_ms
                                = {}) {
  job_graph graph;
  stage x;
  x.name = "scan";
  x.scan.emplace();
  x.scan->layout = time_layout();
  x.scan->watermark = make_column(0, time_layout()->fields[0].type, "t");
  x.scan->idle_timeout_ms = idle_timeout_ms;
  x.scan->targets = {{target::kind::sink, 0, 0}};
  x.sink = sink_spec{nullptr, time_layout(), false};
  graph.stages.push_back(std::move(x));
  return {std::make_shared<const job_graph>(std::move(graph)), 0, 0};
}

/// What a frame is, in few letters: "rows 3", "watermark 5", "barrier 1".
inline std::string describe(const frame& x) {
  switch (x.kind) {
  case frame_kind::rows:
    return "rows " + std::to_string(x.rows->rows);
  case frame_kind::watermark:
    return "watermark " + std::to_string(x.value);
  case frame_kind::barrier:
    return "barrier " + std::to_string(x.value);
  case frame_kind::idle:
    return "idle";
  case frame_kind::end:
    return "end";
  }
  return {};
}

inline std::vector<std::string> describe(const std::vector<frame>& frames) {
  std::vector<std::string> result;
  for (const auto& x : frames)
    result.push_back(describe(x));
  return result;
}

} // namespace herald::testing
