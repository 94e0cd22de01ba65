#include "engine/serving/job_queue.hpp"

#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace herald {
namespace {

queue_settings settings(std::uint32_t capacity = 1000,
                        std::uint32_t running_max = 4) {
  queue_settings result;
  result.name = "q";
  result.capacity = capacity;
  result.running_max = running_max;
  return result;
}

job_order order(int number, std::uint32_t timeout_ms = 0) {
  job_order result;
  result.id = fmt::format("q.{:016x}", number);
  result.sql = "SELECT 1";
  result.timeout_ms = timeout_ms;
  return result;
}

job_state state_of(const job_queue& queue, int number) {
  return queue.state_of(order(number).id).value();
}

job_news end_of(const job_report& job, job_error error = {}) {
  job_news result;
  result.id = job.order.id;
  result.attempt = job.attempt;
  result.over = true;
  result.error = std::move(error);
  result.rows = 7;
  return result;
}

TEST(job_queue, a_job_goes_from_waiting_to_running_to_success) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1), 100).ok());
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  EXPECT_EQ(queue.find(order(1).id)->position, 1u);
  auto job = queue.take(5, "node", "engine", 200);
  ASSERT_TRUE(job);
  EXPECT_EQ(state_of(queue, 1), job_state::running);
  EXPECT_EQ(queue.worker_of(order(1).id), 5u);
  queue.take_news(end_of(*job), 300);
  auto found = queue.find(order(1).id);
  EXPECT_EQ(found->state, job_state::success);
  EXPECT_EQ(found->rows, 7u);
  EXPECT_EQ(found->submitted_ms, 100);
  EXPECT_EQ(found->started_ms, 200);
  EXPECT_EQ(found->finished_ms, 300);
  EXPECT_EQ(queue.report(300).running, 0u);
}

TEST(job_queue, the_job_with_the_shorter_timeout_goes_first) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1, 600'000), 0).ok());
  ASSERT_TRUE(queue.submit(order(2, 1'000), 0).ok());
  EXPECT_EQ(queue.find(order(1).id)->position, 2u);
  EXPECT_EQ(queue.take(1, "", "", 0)->order.id, order(2).id);
}

TEST(job_queue, no_job_is_overtaken_by_one_that_came_much_later) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1, 4'000'000'000), 0).ok());
  ASSERT_TRUE(queue.submit(order(2, 1), job_queue::overtake_ms).ok());
  EXPECT_EQ(queue.take(1, "", "", 0)->order.id, order(1).id);
}

TEST(job_queue, it_takes_no_more_than_its_capacity) {
  job_queue queue(settings(2));
  ASSERT_TRUE(queue.submit(order(1), 0).ok());
  ASSERT_TRUE(queue.submit(order(2), 0).ok());
  EXPECT_EQ(queue.submit(order(3), 0).code(),
            absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(queue.take(1, "", "", 0));
  EXPECT_TRUE(queue.submit(order(3), 0).ok());
}

TEST(job_queue, statements_that_wait_are_bounded_in_bytes) {
  job_queue queue(settings());
  auto large = order(1);
  large.sql.assign(job_queue::waiting_bytes_max, ' ');
  ASSERT_TRUE(queue.submit(large, 0).ok());
  EXPECT_EQ(queue.submit(order(2), 0).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(job_queue, it_runs_no_more_than_it_may) {
  job_queue queue(settings(10, 1));
  ASSERT_TRUE(queue.submit(order(1), 0).ok());
  ASSERT_TRUE(queue.submit(order(2), 0).ok());
  auto job = queue.take(1, "", "", 0);
  EXPECT_FALSE(queue.bid(0));
  EXPECT_FALSE(queue.take(2, "", "", 0));
  queue.take_news(end_of(*job), 0);
  EXPECT_TRUE(queue.take(2, "", "", 0));
}

TEST(job_queue, it_refuses_kinds_that_it_does_not_take) {
  auto some = settings();
  some.kinds = {static_cast<std::uint8_t>(job_kind::etl)};
  job_queue queue(some);
  EXPECT_EQ(queue.submit(order(1), 0).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(job_queue, jobs_of_a_lost_worker_wait_again_in_their_place) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1), 0).ok());
  ASSERT_TRUE(queue.submit(order(2), 1).ok());
  auto first = queue.take(9, "", "", 2);
  queue.worker_lost(9, 3);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  queue.take_news(end_of(*first), 4);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  auto again = queue.take(10, "", "", 5);
  EXPECT_EQ(again->order.id, order(1).id);
  EXPECT_EQ(again->attempt, 2u);
}

TEST(job_queue, a_job_with_a_released_piece_fails_with_its_worker) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1), 0).ok());
  auto job = queue.take(9, "", "", 0);
  EXPECT_TRUE(queue.release(job->order.id, job->attempt));
  EXPECT_FALSE(queue.release(job->order.id, job->attempt + 1));
  queue.worker_lost(9, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
}

TEST(job_queue, a_job_that_loses_every_worker_fails) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1), 0).ok());
  for (std::uint32_t i = 1; i <= job_queue::attempts_max; ++i) {
    ASSERT_EQ(state_of(queue, 1), job_state::waiting);
    ASSERT_TRUE(queue.take(i, "", "", 0));
    queue.worker_lost(i, 0);
  }
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
}

TEST(job_queue, a_silent_worker_loses_its_job) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1), 0).ok());
  auto job = queue.take(9, "", "", 0);
  auto beat = end_of(*job);
  beat.over = false;
  queue.take_news(beat, 5);
  EXPECT_TRUE(queue.expire(job_queue::silence_max_ms + 4).empty());
  EXPECT_EQ(queue.expire(job_queue::silence_max_ms + 5).size(), 1u);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
}

TEST(job_queue, jobs_end_at_their_timeout_waiting_or_running) {
  job_queue queue(settings());
  ASSERT_TRUE(queue.submit(order(1, 50), 0).ok());
  ASSERT_TRUE(queue.submit(order(2, 50), 0).ok());
  ASSERT_TRUE(queue.take(9, "", "", 10));
  EXPECT_TRUE(queue.expire(49).empty());
  EXPECT_EQ(queue.expire(50).size(), 1u);
  for (int i : {1, 2}) {
    EXPECT_EQ(state_of(queue, i), job_state::fail);
    EXPECT_EQ(queue.find(order(i).id)->error.code,
              static_cast<int>(absl::StatusCode::kDeadlineExceeded));
  }
}

TEST(job_queue, it_remembers_a_bounded_number_of_ended_jobs) {
  job_queue queue(settings());
  auto total = static_cast<int>(job_queue::history_max) + 5;
  for (int i = 0; i < total; ++i) {
    ASSERT_TRUE(queue.submit(order(i), i).ok());
    queue.cancel(order(i).id, absl::CancelledError("x"), i);
  }
  EXPECT_FALSE(queue.state_of(order(4).id));
  EXPECT_TRUE(queue.state_of(order(5).id));
  auto [jobs, more] = queue.list([](const job_report&) { return true; }, 3);
  EXPECT_TRUE(more);
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[0].order.id, order(total - 1).id);
}

TEST(job_queue, a_light_queue_outweighs_a_busy_heavy_one_in_the_end) {
  auto heavy = settings();
  heavy.weight_milli = weight_milli_max;
  job_queue light(settings());
  job_queue busy(heavy);
  ASSERT_TRUE(light.submit(order(0), 0).ok());
  int number = 1;
  std::int64_t now = 0;
  for (; now < 200'000; now += 100) {
    ASSERT_TRUE(busy.submit(order(number++, 1), now).ok());
    if (light.bid(now)->sum() > busy.bid(now)->sum())
      break;
    auto job = busy.take(1, "", "", now);
    busy.take_news(end_of(*job), now);
  }
  EXPECT_LT(now, 130'000);
}

/// Random histories: every job is in exactly one place, ends once, and
/// whoever waits is taken in the order of urgency.
TEST(job_queue, nothing_is_lost_in_random_histories) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](std::uint32_t n) { return random() % n; };
    job_queue queue(settings(50, 5));
    std::map<std::string, job_report> running; // by id
    std::int64_t now = 0;
    int submitted = 0;
    int accepted = 0;
    for (int step = 0; step < 400; ++step) {
      now += below(500);
      switch (below(6)) {
      case 0:
      case 1:
      case 2:
        accepted
            += queue.submit(order(submitted++, 1 + below(1'000'000)), now).ok();
        break;
      case 3:
        if (auto job = queue.take(1 + below(3), "", "", now)) {
          EXPECT_EQ(job->position, 0u);
          running[job->order.id] = *job;
        }
        break;
      case 4:
        if (!running.empty()) {
          queue.take_news(end_of(running.begin()->second), now);
          running.erase(running.begin());
        }
        break;
      default:
        if (below(4) == 0)
          queue.worker_lost(1 + below(3), now);
        else if (submitted > 0)
          queue.cancel(order(static_cast<int>(
                                 below(static_cast<std::uint32_t>(submitted))))
                           .id,
                       absl::CancelledError("x"), now);
      }
      auto [jobs, more]
          = queue.list([](const job_report&) { return true; }, 10'000);
      EXPECT_EQ(jobs.size(), static_cast<std::size_t>(accepted));
      std::uint32_t waiting = 0;
      std::uint32_t busy = 0;
      for (const auto& x : jobs) {
        waiting += x.state == job_state::waiting;
        busy += x.state == job_state::running;
        EXPECT_EQ(x.over(), x.finished_ms != 0 || x.state == job_state::fail
                                || x.state == job_state::success);
      }
      auto report = queue.report(now);
      ASSERT_EQ(report.waiting, waiting);
      ASSERT_EQ(report.running, busy);
      ASSERT_LE(busy, 5u);
    }
  }
}

TEST(job_ids, name_their_queue) {
  EXPECT_EQ(queue_of("some-queue.0123456789abcdef"), "some-queue");
  EXPECT_EQ(queue_of(".0123456789abcdef"), "");
  EXPECT_EQ(queue_of("q.0123"), "");
  EXPECT_EQ(queue_of(""), "");
}

TEST(queue_settings, names_and_ranges_are_checked) {
  auto good = settings();
  EXPECT_TRUE(check(good).ok());
  auto bad = good;
  bad.name = "a.b";
  EXPECT_FALSE(check(bad).ok());
  bad = good;
  bad.name.assign(65, 'x');
  EXPECT_FALSE(check(bad).ok());
  bad = good;
  bad.weight_milli = 0;
  EXPECT_FALSE(check(bad).ok());
  bad = good;
  bad.capacity = 0;
  EXPECT_FALSE(check(bad).ok());
}

} // namespace
} // namespace herald
