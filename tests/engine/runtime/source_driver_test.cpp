#include "tests/engine/runtime/runtime_support.hpp"

#include <gtest/gtest.h>

namespace herald::testing {
namespace {

using lines = std::vector<std::string>;

class source_driver_test : public ::testing::Test {
protected:
  void start(std::optional<std::int64_t> idle_timeout_ms = {},
             bool with_dead_letters = false) {
    std::unique_ptr<sink_writer> dead;
    if (with_dead_letters)
      dead = std::make_unique<held_writer>(letters_);
    driver_ = std::make_unique<source_driver>(
        scan_place(idle_timeout_ms), std::make_unique<scripted_reader>(reader_),
        std::move(dead), metrics_);
    ASSERT_EQ(driver_->open({}, 100, [] {}), absl::OkStatus());
  }

  void put(std::vector<std::int64_t> values, int split = 0) {
    reader_->events.push_back(source_rows{times(values), split, {}});
  }

  /// Steps once and gives what it sent.
  lines step(std::int64_t now_ms = 1'000) {
    auto result = driver_->step(now_ms);
    EXPECT_EQ(result.status(), absl::OkStatus());
    last_ = *result;
    auto frames = driver_->take_frames();
    for (auto& x : frames)
      sent_.push_back(x);
    return describe(frames);
  }

  std::shared_ptr<scripted_reader::shared> reader_
      = std::make_shared<scripted_reader::shared>();
  std::shared_ptr<held_writer::shared> letters_
      = std::make_shared<held_writer::shared>();
  std::shared_ptr<subtask_metrics> metrics_
      = std::make_shared<subtask_metrics>();
  std::unique_ptr<source_driver> driver_;
  std::vector<frame> sent_;
  step_result last_ = step_result::idle;
};

TEST_F(source_driver_test, joins_the_watermarks_of_its_splits) {
  start();
  put({10, 30, 20}, 0);
  put({5}, 1);
  put({40}, 1);
  EXPECT_EQ(step(), (lines{"rows 3"})); // nothing is known of split b
  EXPECT_EQ(step(), (lines{"rows 1", "watermark 5"}));
  EXPECT_EQ(step(), (lines{"rows 1", "watermark 30"}));
  EXPECT_EQ(step(), (lines{}));
  EXPECT_EQ(last_, step_result::idle);
  reader_->events.push_back(source_finished{});
  auto end = "watermark " + std::to_string(time_max);
  EXPECT_EQ(step(), (lines{end, "end"}));
  EXPECT_EQ(step(), (lines{}));
  EXPECT_EQ(last_, step_result::finished);
  EXPECT_TRUE(driver_->barrier(7).ok()); // says nothing after the end
  EXPECT_TRUE(driver_->take_frames().empty());
}

TEST_F(source_driver_test, polls_nothing_without_credit_and_goes_on_with_it) {
  start();
  std::vector<std::int64_t> many(200'000, 1);
  for (int i = 0; i < 5; ++i)
    put(many);
  auto rows_sent = 0;
  for (int i = 0; i < 20; ++i)
    rows_sent += static_cast<int>(step().size());
  EXPECT_EQ(rows_sent, 3); // 1.6 MB each, of 4 MiB
  EXPECT_EQ(last_, step_result::idle);
  EXPECT_EQ(reader_->polls, 3);
  EXPECT_EQ(metrics_->credit_waits, 1);
  auto bytes = frame_bytes(*times(many));
  ASSERT_TRUE(driver_->grant({sent_[0].at, bytes}).ok());
  EXPECT_EQ(step(), (lines{"rows 200000"}));
  EXPECT_EQ(step(), (lines{}));
  EXPECT_EQ(metrics_->credit_waits, 2);
}

TEST_F(source_driver_test, commits_the_positions_of_a_confirmed_barrier) {
  start();
  put({1, 2});
  step();
  ASSERT_TRUE(driver_->barrier(1).ok());
  EXPECT_EQ(describe(driver_->take_frames()), (lines{"barrier 1"}));
  put({3});
  step();
  ASSERT_TRUE(driver_->barrier(2).ok());
  put({4});
  step();
  ASSERT_TRUE(driver_->barrier(3).ok());
  EXPECT_TRUE(reader_->commits.empty());
  ASSERT_TRUE(driver_->commit(2).ok());
  ASSERT_EQ(reader_->commits.size(), 1u);
  EXPECT_EQ(reader_->commits[0][0], (split_position{"a", 3}));
  ASSERT_TRUE(driver_->commit(1).ok()); // confirmed by 2 already
  EXPECT_EQ(reader_->commits.size(), 1u);
  ASSERT_TRUE(driver_->commit(3).ok());
  EXPECT_EQ(reader_->commits[1][0], (split_position{"a", 4}));
}

TEST_F(source_driver_test, commits_also_what_it_read_after_the_last_barrier) {
  start();
  put({1, 2});
  reader_->events.push_back(source_finished{});
  for (int i = 0; i < 4; ++i)
    step();
  ASSERT_TRUE(driver_->barrier(7).ok());
  EXPECT_EQ(describe(driver_->take_frames()), (lines{})); // the end is out
  ASSERT_TRUE(driver_->commit(7).ok());
  ASSERT_EQ(reader_->commits.size(), 1u);
  EXPECT_EQ(reader_->commits[0][0], (split_position{"a", 2}));
}

TEST_F(source_driver_test, forgets_the_oldest_of_too_many_barriers) {
  start();
  auto most = static_cast<std::int64_t>(source_driver::epochs_open_max);
  for (std::int64_t epoch = 1; epoch <= most + 1; ++epoch)
    ASSERT_TRUE(driver_->barrier(epoch).ok());
  ASSERT_TRUE(driver_->commit(1).ok());
  EXPECT_TRUE(reader_->commits.empty());
  ASSERT_TRUE(driver_->commit(2).ok());
  EXPECT_EQ(reader_->commits.size(), 1u);
}

TEST_F(source_driver_test, says_that_it_is_idle_once_and_takes_it_back) {
  start(500);
  EXPECT_EQ(step(10'000), (lines{})); // it just began
  EXPECT_EQ(step(10'499), (lines{}));
  EXPECT_EQ(step(10'500), (lines{"idle"}));
  EXPECT_EQ(step(20'000), (lines{}));
  put({7}, 0);
  put({9}, 1);
  put({8}, 1);
  auto unknown = "watermark " + std::to_string(time_min);
  EXPECT_EQ(step(20'001), (lines{unknown, "rows 1"}));
  EXPECT_EQ(step(20'002), (lines{"rows 1", "watermark 7"}));
  EXPECT_EQ(step(20'600), (lines{"rows 1", "watermark 9"})); // a is idle now
  EXPECT_EQ(step(21'200), (lines{"idle"}));
  put({1}, 1); // brings no new watermark, yet the source is back
  EXPECT_EQ(step(21'300), (lines{"watermark 9", "rows 1"}));
}

TEST_F(source_driver_test, is_not_held_back_by_a_split_without_rows) {
  start(500);
  put({10}, 0);
  EXPECT_EQ(step(1'000), (lines{"rows 1"}));
  put({20}, 0);
  EXPECT_EQ(step(1'400), (lines{"rows 1"}));
  EXPECT_EQ(step(1'500), (lines{"watermark 20"}));
  put({15}, 1);
  put({30}, 1);
  put({25}, 0);
  EXPECT_EQ(step(1'501), (lines{"rows 1"}));
  EXPECT_EQ(step(1'502), (lines{"rows 1"})); // a stays at 20
  EXPECT_EQ(step(1'503), (lines{"rows 1", "watermark 25"}));
}

TEST_F(source_driver_test, waits_for_splits_from_their_first_rows_on) {
  start();
  put({10}, 0);
  put({5}, 1);
  put({50}, 2); // found meanwhile
  put({60}, 0);
  put({70}, 1);
  EXPECT_EQ(step(), (lines{"rows 1"}));
  EXPECT_EQ(step(), (lines{"rows 1", "watermark 5"}));
  EXPECT_EQ(step(), (lines{"rows 1"}));
  EXPECT_EQ(step(), (lines{"rows 1"}));
  EXPECT_EQ(step(), (lines{"rows 1", "watermark 50"}));
}

TEST_F(source_driver_test, holds_nobody_back_while_there_is_nothing_to_read) {
  start();
  reader_->events.push_back(source_idle{true});
  EXPECT_EQ(step(), (lines{"idle"}));
  reader_->events.push_back(source_idle{true});
  EXPECT_EQ(step(), (lines{}));
  put({7}, 0);
  auto unknown = "watermark " + std::to_string(time_min);
  EXPECT_EQ(step(), (lines{unknown, "rows 1"}));
}

TEST_F(source_driver_test, goes_on_counting_after_a_restart) {
  start();
  put({1, 2, 3});
  step();
  EXPECT_EQ(metrics_->rows_in, 3);
  reader_->rows = 0; // a reader of its own
  start();
  put({4, 5});
  step();
  EXPECT_EQ(metrics_->rows_in, 5);
}

TEST_F(source_driver_test, is_not_idle_before_it_knows_its_splits) {
  reader_->splits.clear();
  start(500);
  EXPECT_EQ(step(1'000), (lines{}));
  EXPECT_EQ(step(9'000), (lines{}));
  reader_->splits = {"a", "b"};
  EXPECT_EQ(step(9'499), (lines{}));
  EXPECT_EQ(step(9'500), (lines{"idle"}));
}

TEST_F(source_driver_test, is_not_idle_while_it_cannot_be_reached) {
  start(500);
  put({10}, 0);
  EXPECT_EQ(step(1'000), (lines{"rows 1"}));
  reader_->problem = "no answer";
  EXPECT_EQ(step(5'000), (lines{})); // split b may have rows that we miss
  EXPECT_EQ(metrics_->problem.get(), "no answer");
  reader_->problem.clear();
  put({20}, 0);
  EXPECT_EQ(step(5'499), (lines{"rows 1"}));
  EXPECT_EQ(metrics_->problem.get(), "");
  EXPECT_EQ(step(5'500), (lines{"watermark 20"}));
  EXPECT_EQ(step(5'999), (lines{"idle"}));
}

TEST_F(source_driver_test, says_at_a_barrier_why_nothing_comes) {
  start();
  reader_->problem = "no answer"; // and nothing wakes the source
  ASSERT_TRUE(driver_->barrier(1).ok());
  EXPECT_EQ(metrics_->problem.get(), "no answer");
}

TEST_F(source_driver_test, keeps_dead_letters_and_waits_for_them) {
  start({}, true);
  letters_->bytes_a_batch = 100;
  reader_->events.push_back(source_rows{
      times({1}), 0, {{"{bad", "no value", "a", 3}, {"", "empty", "a", 4}}});
  put({2});
  EXPECT_EQ(step(), (lines{"rows 1"}));
  ASSERT_EQ(letters_->written.size(), 1u);
  EXPECT_EQ(
      print_rows(*letters_->written[0]),
      (lines{"(x'7b626164', 'no value', 'a', 3)", "(x'', 'empty', 'a', 4)"}));
  ASSERT_TRUE(driver_->barrier(1).ok());
  EXPECT_EQ(letters_->flushes, 1);
  driver_->take_frames();
  ASSERT_TRUE(driver_->commit(1).ok());
  EXPECT_TRUE(reader_->commits.empty()); // the letters are not out yet
  EXPECT_EQ(step(), (lines{}));
  EXPECT_EQ(reader_->polls, 1);
  letters_->pending = 0;
  EXPECT_EQ(step(), (lines{"rows 1"}));
  ASSERT_EQ(reader_->commits.size(), 1u);
  EXPECT_EQ(reader_->commits[0][0], (split_position{"a", 1}));
}

TEST_F(source_driver_test, ends_only_when_its_dead_letters_are_out) {
  start({}, true);
  letters_->bytes_a_batch = 100;
  reader_->events.push_back(source_rows{nullptr, 0, {{"x", "y", "a", 0}}});
  reader_->events.push_back(source_finished{});
  step();
  EXPECT_EQ(step().back(), "end");
  step();
  EXPECT_EQ(last_, step_result::idle);
  EXPECT_FALSE(letters_->closed);
  letters_->pending = 0;
  step();
  EXPECT_EQ(last_, step_result::finished);
  EXPECT_TRUE(letters_->closed);
}

TEST_F(source_driver_test, that_is_stopped_ends_without_closing_windows) {
  start();
  put({1});
  step();
  driver_->stop();
  EXPECT_EQ(step(), (lines{"end"}));
  EXPECT_EQ(step(), (lines{}));
  EXPECT_EQ(last_, step_result::finished);
}

} // namespace
} // namespace herald::testing
