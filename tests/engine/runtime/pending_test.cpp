#include "engine/runtime/subtask.hpp"
#include "tests/engine/runtime/runtime_support.hpp"

#include <gtest/gtest.h>

// Operators whose results come later than the call: nothing overtakes them.

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

/// Keeps what it takes until the test allows it to go on; takes two batches.
class slow_operator final : public stream_operator {
public:
  struct shared {
    int allowed = 0; ///< batches that it may still give
    std::function<void()> wake;
    std::optional<std::int64_t> due;
  };

  explicit slow_operator(std::shared_ptr<shared> x) : x_(std::move(x)) {}

  absl::Status open(const operator_context& context) override {
    x_->wake = context.wake;
    return stream_operator::open(context);
  }

  absl::Status process(int, const batch_ptr& rows, output& out) override {
    EXPECT_FALSE(busy());
    held_.push_back({rows, 0});
    return resume(out);
  }

  absl::Status advance(event_time t, output& out) override {
    held_.push_back({nullptr, t});
    return resume(out);
  }

  bool busy() const override {
    return held_.size() >= 2;
  }

  bool pending() const override {
    return !held_.empty();
  }

  absl::Status resume(output& out) override {
    while (!held_.empty() && !out.full()) {
      auto [rows, time] = held_.front();
      if (rows && x_->allowed == 0)
        break;
      held_.pop_front();
      x_->allowed -= rows ? 1 : 0;
      HERALD_TRY(rows ? out.emit(rows) : out.advance(time));
    }
    return absl::OkStatus();
  }

  std::optional<std::int64_t> due_ms() const override {
    return x_->due;
  }

private:
  std::shared_ptr<shared> x_;
  std::deque<std::pair<batch_ptr, event_time>> held_;
};

stage_operator slow_stage(const std::shared_ptr<slow_operator::shared>& x) {
  stage_operator result;
  result.spec
      = custom_spec{"slow", [x] { return std::make_unique<slow_operator>(x); }};
  result.layout = time_layout();
  result.targets = {{target::kind::sink, 0, 0}};
  return result;
}

class pending_subtask : public ::testing::Test {
protected:
  void SetUp() override {
    job_graph graph = *scan_place().graph;
    auto& from = graph.stages[0];
    from.sink.reset();
    from.scan->targets = {{target::kind::edge, 0, 0}};
    stage work;
    work.inputs = {{{target::kind::operation, 0, 0}}};
    work.operators.push_back(slow_stage(slow_));
    work.sink = sink_spec{nullptr, time_layout(), false};
    graph.stages.push_back(std::move(work));
    graph.edges.push_back({0, 1, 0, exchange::forward, {}, time_layout()});
    subtask_ = std::make_unique<subtask>(
        subtask_place{std::make_shared<const job_graph>(std::move(graph)), 1,
                      0},
        std::make_shared<subtask_metrics>());
    ASSERT_EQ(subtask_->open({}, 100, [this] { ++wakes_; }), absl::OkStatus());
  }

  void put(frame_kind kind, std::int64_t value = 0, batch_ptr rows = nullptr) {
    EXPECT_EQ(subtask_->receive(
                  {{0, 0, 0}, ++sequence_, kind, value, std::move(rows)}),
              absl::OkStatus());
  }

  lines step() {
    auto result = subtask_->step(10);
    EXPECT_EQ(result.status(), absl::OkStatus());
    last_ = *result;
    return describe(subtask_->take_frames());
  }

  std::shared_ptr<slow_operator::shared> slow_
      = std::make_shared<slow_operator::shared>();
  std::unique_ptr<subtask> subtask_;
  std::uint64_t sequence_ = 0;
  int wakes_ = 0;
  step_result last_ = step_result::idle;
};

TEST_F(pending_subtask, lets_nothing_overtake_what_is_pending) {
  put(frame_kind::rows, 0, times({1}));
  put(frame_kind::barrier, 1);
  put(frame_kind::rows, 0, times({2, 3}));
  put(frame_kind::watermark, 2);
  put(frame_kind::end);
  EXPECT_EQ(step(), lines{});
  EXPECT_EQ(last_, step_result::idle);
  EXPECT_EQ(subtask_->take_credits().size(), 1u);
  slow_->wake();
  EXPECT_EQ(wakes_, 1);
  slow_->allowed = 1;
  EXPECT_EQ(step(), (lines{"rows 1", "barrier 1"}));
  slow_->allowed = 1;
  EXPECT_EQ(step(), (lines{"rows 2", "watermark 2", "end"}));
  EXPECT_EQ(last_, step_result::finished);
}

TEST_F(pending_subtask, leaves_its_inbox_alone_while_it_is_busy) {
  for (int i = 0; i < 5; ++i)
    put(frame_kind::rows, 0, times({i}));
  EXPECT_EQ(step(), lines{});
  EXPECT_EQ(subtask_->take_credits().size(), 2u);
  slow_->allowed = 3;
  EXPECT_EQ(step(), (lines{"rows 1", "rows 1", "rows 1"}));
  EXPECT_EQ(subtask_->take_credits().size(), 3u);
}

TEST_F(pending_subtask, sees_that_there_is_no_credit) {
  std::vector<std::int64_t> many(600'000, 1); // 4.8 MB
  put(frame_kind::rows, 0, times(many));
  put(frame_kind::rows, 0, times({2}));
  slow_->allowed = 9;
  EXPECT_EQ(step(), (lines{"rows 600000"}));
  EXPECT_EQ(step(), lines{});
  ASSERT_EQ(subtask_->grant({{1 + 1, 0, 0}, 4'800'000}), absl::OkStatus());
  EXPECT_EQ(step(), (lines{"rows 1"}));
}

TEST_F(pending_subtask, says_when_it_wants_to_be_asked_again) {
  EXPECT_EQ(subtask_->due_ms(), std::nullopt);
  slow_->due = 77;
  EXPECT_EQ(subtask_->due_ms(), 77);
}

TEST_F(pending_subtask, wants_nothing_while_a_step_would_do_nothing) {
  slow_->due = 77;
  slow_->allowed = 2;
  put(frame_kind::rows, 0, times(std::vector<std::int64_t>(600'000, 1)));
  step(); // 4.8 MB: more than the credit
  EXPECT_EQ(subtask_->due_ms(), std::nullopt);
  ASSERT_EQ(subtask_->grant({{1 + 1, 0, 0}, 4'800'000}), absl::OkStatus());
  EXPECT_EQ(subtask_->due_ms(), 77);
  put(frame_kind::end);
  step();
  EXPECT_EQ(last_, step_result::finished);
  EXPECT_EQ(subtask_->due_ms(), std::nullopt);
}

TEST(pending_source, holds_barriers_and_its_end_until_all_is_out) {
  auto slow = std::make_shared<slow_operator::shared>();
  job_graph graph = *scan_place().graph;
  graph.stages[0].scan->targets = {{target::kind::operation, 0, 0}};
  graph.stages[0].operators.push_back(slow_stage(slow));
  auto reader = std::make_shared<scripted_reader::shared>();
  source_driver driver(
      {std::make_shared<const job_graph>(std::move(graph)), 0, 0},
      std::make_unique<scripted_reader>(reader), nullptr,
      std::make_shared<subtask_metrics>());
  ASSERT_EQ(driver.open({}, 100, [] {}), absl::OkStatus());
  const auto step = [&driver] {
    EXPECT_EQ(driver.step(1'000).status(), absl::OkStatus());
    return describe(driver.take_frames());
  };
  reader->events.push_back(source_rows{times({1}), 0, {}});
  reader->events.push_back(source_finished{});
  EXPECT_EQ(step(), lines{});
  ASSERT_EQ(driver.barrier(1), absl::OkStatus());
  EXPECT_EQ(step(), lines{});
  EXPECT_EQ(reader->polls, 1);
  slow->allowed = 1;
  EXPECT_EQ(step(), (lines{"rows 1", "barrier 1",
                           "watermark " + std::to_string(time_max), "end"}));
  ASSERT_EQ(driver.commit(1), absl::OkStatus());
  EXPECT_EQ(reader->commits.size(), 1u);
  EXPECT_EQ(*driver.step(1'000), step_result::finished);
}

/// Operators that do not look whether there is room get a queue before the
/// one that has none.
TEST(pending_pipeline, keeps_in_order_what_waits_before_a_busy_operator) {
  auto slow = std::make_shared<slow_operator::shared>();
  stage plan;
  plan.inputs = {{{target::kind::operation, 0, 0}}};
  stage_operator same;
  same.spec = project_spec{{make_column(0, time_layout()->fields[0].type)}};
  same.layout = time_layout();
  same.targets = {{target::kind::operation, 1, 0}};
  plan.operators = {same, slow_stage(slow)};

  struct sink final : pipeline_output {
    absl::Status emit_edge(int, batch_ptr) override {
      return absl::OkStatus();
    }

    absl::Status advance_edge(int, event_time) override {
      return absl::OkStatus();
    }

    absl::Status emit_sink(batch_ptr rows) override {
      seen.push_back("rows " + std::to_string(rows->rows));
      return absl::OkStatus();
    }

    absl::Status advance_sink(event_time t) override {
      seen.push_back("watermark " + std::to_string(t));
      return absl::OkStatus();
    }

    bool full() const override {
      return seen.size() >= room;
    }

    lines seen;
    std::size_t room = 0;
  } out;

  pipeline x(plan, {time_layout()});
  ASSERT_EQ(x.open({}, out), absl::OkStatus());
  slow->allowed = 100;
  ASSERT_EQ(x.process(0, times({1})), absl::OkStatus());
  ASSERT_EQ(x.advance(0, 1), absl::OkStatus());
  ASSERT_EQ(x.process(0, times({2, 2})), absl::OkStatus());
  ASSERT_EQ(x.advance(0, 2), absl::OkStatus());
  EXPECT_TRUE(x.busy());
  out.room = 1;
  ASSERT_EQ(x.resume(), absl::OkStatus());
  EXPECT_EQ(out.seen, (lines{"rows 1"}));
  out.room = 10;
  ASSERT_EQ(x.resume(), absl::OkStatus());
  EXPECT_EQ(out.seen,
            (lines{"rows 1", "watermark 1", "rows 2", "watermark 2"}));
  EXPECT_FALSE(x.pending());
}

} // namespace
} // namespace herald::testing
