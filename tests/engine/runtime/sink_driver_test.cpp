#include "tests/engine/runtime/runtime_support.hpp"

#include <gtest/gtest.h>

namespace herald::testing {
namespace {

class sink_driver_test : public ::testing::Test {
protected:
  void push(frame_kind kind, std::int64_t value = 0) {
    frame x{at_, ++sequence_, kind, value, nullptr};
    if (kind == frame_kind::rows)
      x.rows = times({value});
    ASSERT_EQ(driver_.receive(std::move(x)), absl::OkStatus());
  }

  step_result step() {
    auto result = driver_.step(100);
    EXPECT_EQ(result.status(), absl::OkStatus());
    return *result;
  }

  channel at_{sink_edge(*scan_place().graph, 0), 0, 0};
  std::uint64_t sequence_ = 0;
  std::shared_ptr<held_writer::shared> writer_
      = std::make_shared<held_writer::shared>();
  std::shared_ptr<subtask_metrics> metrics_
      = std::make_shared<subtask_metrics>();
  sink_driver driver_{scan_place(), std::make_unique<held_writer>(writer_),
                      metrics_};
};

TEST_F(sink_driver_test, leaves_its_inbox_alone_while_the_writer_is_slow) {
  writer_->bytes_a_batch = sink_driver::pending_bytes_max;
  for (int i = 0; i < 4; ++i)
    push(frame_kind::rows, i);
  EXPECT_EQ(step(), step_result::idle);
  // One at the limit, one beyond it; the others get no credit.
  EXPECT_EQ(writer_->written.size(), 2u);
  EXPECT_EQ(driver_.take_credits().size(), 2u);
  EXPECT_EQ(step(), step_result::idle);
  EXPECT_EQ(writer_->written.size(), 2u);
  writer_->pending = 0;
  EXPECT_EQ(step(), step_result::idle);
  EXPECT_EQ(writer_->written.size(), 4u);
  auto credits = driver_.take_credits();
  ASSERT_EQ(credits.size(), 2u);
  EXPECT_EQ(credits[0].at, at_);
  EXPECT_EQ(credits[0].bytes, frame_bytes(*times({1})));
  EXPECT_EQ(metrics_->rows_out, 0); // nothing was flushed
}

TEST_F(sink_driver_test, reports_a_barrier_only_when_all_before_it_is_out) {
  writer_->bytes_a_batch = 10;
  push(frame_kind::rows, 1);
  push(frame_kind::barrier, 1);
  push(frame_kind::rows, 2);
  step();
  EXPECT_EQ(writer_->flushes, 1);
  EXPECT_TRUE(driver_.take_barriers().empty());
  EXPECT_EQ(writer_->written.size(), 1u); // nothing behind it is taken
  EXPECT_EQ(metrics_->rows_out, 0);
  writer_->pending = 0;
  step();
  EXPECT_EQ(driver_.take_barriers(), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(metrics_->rows_out, 1);
  EXPECT_EQ(writer_->written.size(), 2u);
}

TEST_F(sink_driver_test, closes_after_the_last_flush) {
  writer_->bytes_a_batch = 10;
  push(frame_kind::rows, 1);
  push(frame_kind::end);
  EXPECT_EQ(step(), step_result::idle);
  EXPECT_EQ(writer_->flushes, 1);
  EXPECT_FALSE(writer_->closed);
  writer_->pending = 0;
  EXPECT_EQ(step(), step_result::finished);
  EXPECT_TRUE(writer_->closed);
  EXPECT_EQ(step(), step_result::finished);
}

} // namespace
} // namespace herald::testing
