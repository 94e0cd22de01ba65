#include "tests/engine/serving/job_queue_fixture.hpp"

#include <gtest/gtest.h>

namespace herald {
namespace {

/// What the log does: a job comes, its start is confirmed, its end.
void submit(job_queue& queue, job_order what, std::int64_t now) {
  job_report job;
  job.order = std::move(what);
  job.state = job_state::waiting;
  job.submitted_ms = now;
  queue.admit(std::move(job), false, now);
}

std::optional<job_report> take(job_queue& queue, std::uint64_t worker,
                               std::int64_t now) {
  auto job = queue.take(worker, "node", "engine", now);
  if (job) {
    EXPECT_TRUE(queue.started(job->order.id, job->attempt, now));
  }
  return job;
}

void write_ends(job_queue& queue, std::int64_t now) {
  for (const auto& job : queue.endings(now))
    queue.ended(job.order.id);
}

job_state state_of(const job_queue& queue, int number) {
  return queue.state_of(order(number).id).value();
}

TEST(job_queue, a_job_goes_from_waiting_to_running_to_success) {
  job_queue queue(settings());
  submit(queue, order(1), 100);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  EXPECT_EQ(queue.find(order(1).id)->position, 1u);
  auto job = take(queue, 5, 200);
  ASSERT_TRUE(job);
  EXPECT_EQ(state_of(queue, 1), job_state::running);
  EXPECT_EQ(queue.worker_of(order(1).id), 5u);
  EXPECT_EQ(queue.take_news(end_of(*job), 5, 300), taken);
  EXPECT_EQ(state_of(queue, 1), job_state::running);
  write_ends(queue, 300);
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
  submit(queue, order(1, 600'000), 0);
  submit(queue, order(2, 1'000), 0);
  EXPECT_EQ(queue.find(order(1).id)->position, 2u);
  EXPECT_EQ(take(queue, 1, 0)->order.id, order(2).id);
}

TEST(job_queue, no_job_is_overtaken_by_one_that_came_much_later) {
  job_queue queue(settings());
  submit(queue, order(1, 4'000'000'000), 0);
  submit(queue, order(2, 1), job_queue::overtake_ms);
  EXPECT_EQ(take(queue, 1, 0)->order.id, order(1).id);
}

TEST(job_queue, it_runs_no_more_than_it_may) {
  job_queue queue(settings(10, 1));
  submit(queue, order(1), 0);
  submit(queue, order(2), 0);
  auto job = take(queue, 1, 0);
  EXPECT_FALSE(queue.bid(0));
  EXPECT_FALSE(take(queue, 2, 0));
  queue.take_news(end_of(*job), 1, 0);
  EXPECT_TRUE(take(queue, 2, 0));
}

TEST(job_queue, jobs_of_a_lost_worker_wait_again_in_their_place) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  submit(queue, order(2), 1);
  auto first = take(queue, 9, 2);
  queue.worker_lost(9, 3);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  EXPECT_EQ(queue.take_news(end_of(*first), 9, 4), foreign);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  auto again = take(queue, 10, 5);
  EXPECT_EQ(again->order.id, order(1).id);
  EXPECT_EQ(again->attempt, 2u);
}

TEST(job_queue, a_job_with_a_released_piece_fails_with_its_worker) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  auto job = take(queue, 9, 0);
  EXPECT_TRUE(queue.release(job->order.id, job->attempt));
  EXPECT_FALSE(queue.release(job->order.id, job->attempt + 1));
  queue.worker_lost(9, 0);
  write_ends(queue, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
}

TEST(job_queue, a_job_that_loses_every_worker_fails) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  for (std::uint32_t i = 1; i <= job_queue::losses_max; ++i) {
    ASSERT_EQ(state_of(queue, 1), job_state::waiting);
    ASSERT_TRUE(take(queue, i, 0));
    queue.worker_lost(i, 0);
  }
  write_ends(queue, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
}

TEST(job_queue, a_start_that_the_log_did_not_take_costs_no_life) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  for (std::uint32_t i = 0; i < job_queue::losses_max; ++i) {
    auto job = queue.take(1, "", "", 0);
    queue.not_started(job->order.id, job->attempt);
  }
  ASSERT_TRUE(take(queue, 1, 0));
  queue.worker_lost(1, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
}

TEST(job_queue, a_silent_worker_loses_its_job) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  auto job = take(queue, 9, 0);
  auto beat = end_of(*job);
  beat.over = false;
  EXPECT_EQ(queue.take_news(beat, 9, 5), taken);
  EXPECT_TRUE(queue.expire(job_queue::silence_max_ms + 4).empty());
  EXPECT_EQ(queue.expire(job_queue::silence_max_ms + 5).size(), 1u);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
}

TEST(job_queue, jobs_end_at_their_timeout_waiting_or_running) {
  job_queue queue(settings());
  submit(queue, order(1, 50), 0);
  submit(queue, order(2, 50), 0);
  ASSERT_TRUE(take(queue, 9, 10));
  EXPECT_TRUE(queue.expire(49).empty());
  EXPECT_EQ(queue.expire(50).size(), 1u);
  write_ends(queue, 50);
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
    submit(queue, order(i), i);
    queue.cancel(order(i).id, absl::CancelledError("x"), i);
    write_ends(queue, i);
  }
  EXPECT_FALSE(queue.state_of(order(4).id));
  EXPECT_TRUE(queue.state_of(order(5).id));
  auto [jobs, more] = queue.list([](const job_report&) { return true; }, 3);
  EXPECT_TRUE(more);
  ASSERT_EQ(jobs.size(), 3u);
  EXPECT_EQ(jobs[0].order.id, order(total - 1).id);
}

TEST(job_queue, what_it_remembers_of_a_statement_has_whole_characters) {
  job_queue queue(settings());
  job_report long_one;
  long_one.order = order(1);
  long_one.order.sql = "x";
  while (long_one.order.sql.size() <= job_queue::history_sql_max)
    long_one.order.sql += "ü";
  long_one.state = job_state::success;
  queue.admit(long_one, false, 0);
  auto sql = queue.find(long_one.order.id)->order.sql;
  EXPECT_EQ(sql.size(), job_queue::history_sql_max - 1);
  EXPECT_TRUE(sql.ends_with("ü"));
}

TEST(job_queue, a_light_queue_outweighs_a_busy_heavy_one_in_the_end) {
  auto heavy = settings();
  heavy.weight_milli = weight_milli_max;
  job_queue light(settings());
  job_queue busy(heavy);
  submit(light, order(0), 0);
  int number = 1;
  std::int64_t now = 0;
  for (; now < 200'000; now += 100) {
    submit(busy, order(number++, 1), now);
    if (light.bid(now)->sum() > busy.bid(now)->sum())
      break;
    auto job = take(busy, 1, now);
    busy.take_news(end_of(*job), 1, now);
    write_ends(busy, now);
  }
  EXPECT_LT(now, 130'000);
}

TEST(job_queue, a_start_that_is_not_in_the_log_gives_the_job_to_nobody) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  auto job = queue.take(9, "", "", 0);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  queue.not_started(job->order.id, job->attempt);
  queue.hold(500);
  EXPECT_FALSE(queue.bid(499));
  EXPECT_FALSE(queue.started(job->order.id, job->attempt, 500));
  EXPECT_EQ(take(queue, 9, 500)->attempt, 2u);
}

TEST(job_queue, a_job_that_is_cancelled_while_it_starts_is_not_given) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  auto job = queue.take(9, "", "", 0);
  EXPECT_FALSE(queue.cancel(order(1).id, absl::CancelledError("x"), 1));
  EXPECT_FALSE(queue.started(job->order.id, job->attempt, 2));
  write_ends(queue, 3);
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
  EXPECT_EQ(queue.report(4).running, 0u);
}

TEST(job_queue, an_end_is_written_again_until_the_log_has_it) {
  job_queue queue(settings());
  submit(queue, order(1), 0);
  auto job = take(queue, 9, 0);
  queue.take_news(end_of(*job), 9, 10);
  EXPECT_EQ(queue.endings(10).size(), 1u);
  EXPECT_TRUE(queue.endings(11).empty());
  EXPECT_EQ(queue.endings(10 + job_queue::end_again_ms).size(), 1u);
  EXPECT_EQ(queue.ended(job->order.id), 9u);
  EXPECT_EQ(queue.take_news(end_of(*job), 9, 20), settled);
  EXPECT_TRUE(queue.endings(100'000).empty());
}

job_report as_logged(int number, std::uint32_t attempt) {
  job_report job;
  job.order = order(number);
  job.state = attempt == 0 ? job_state::waiting : job_state::running;
  job.attempt = attempt;
  return job;
}

TEST(job_queue, a_new_owner_goes_on_with_a_worker_that_speaks_up) {
  job_queue queue(settings());
  auto job = as_logged(1, 2);
  queue.admit(job, true, 0);
  auto old = end_of(job);
  old.attempt = 1;
  EXPECT_EQ(queue.take_news(old, 7, 1), foreign);
  EXPECT_EQ(queue.take_news(end_of(job), 8, 2), taken);
  write_ends(queue, 3);
  EXPECT_EQ(state_of(queue, 1), job_state::success);
}

TEST(job_queue, a_new_owner_runs_again_what_lost_its_worker) {
  job_queue queue(settings());
  queue.admit(as_logged(1, 1), false, 0);
  queue.admit(as_logged(2, 1), true, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::waiting);
  EXPECT_EQ(state_of(queue, 2), job_state::running);
  queue.expire(job_queue::silence_max_ms);
  EXPECT_EQ(state_of(queue, 2), job_state::waiting);
  EXPECT_EQ(take(queue, 3, job_queue::silence_max_ms)->attempt, 2u);
}

TEST(job_queue, a_new_owner_knows_how_many_workers_a_job_has_lost) {
  job_queue queue(settings());
  auto job = as_logged(1, 7);
  job.starts = job_queue::losses_max;
  queue.admit(job, false, 0);
  write_ends(queue, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
}

TEST(job_queue, a_statement_that_may_write_is_not_run_twice) {
  job_queue queue(settings());
  auto job = as_logged(1, 1);
  job.order.sql = "INSERT INTO t VALUES (1)";
  queue.admit(job, false, 0);
  write_ends(queue, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::fail);
}

TEST(job_queue, a_new_owner_remembers_what_has_ended) {
  job_queue queue(settings());
  auto job = as_logged(1, 1);
  job.state = job_state::success;
  queue.admit(job, false, 0);
  EXPECT_EQ(state_of(queue, 1), job_state::success);
  // Its worker may still have the result.
  auto news = end_of(job);
  EXPECT_EQ(queue.take_news(news, 4, 1), settled);
  EXPECT_EQ(queue.worker_of(job.order.id), 4u);
  EXPECT_TRUE(queue.endings(1).empty());
}

TEST(repeatable, is_what_only_reads) {
  for (const auto* sql :
       {"SELECT 1", " (select a from t)", "WITH x AS (SELECT 1) FROM x",
        "-- note\n/* note */ SELECT 2", "VALUES (1)", "FROM t",
        "SELECT replace(a, 'x', 'y') FROM t"})
    EXPECT_TRUE(is_repeatable(sql)) << sql;
  for (const auto* sql :
       {"", "  ", "INSERT INTO t SELECT 1", "CREATE TABLE t (a INT)",
        "WITH x AS (SELECT 1) INSERT INTO t FROM x", "COPY t TO 'x'",
        "/* SELECT */ CALL f()", "/* a /* b */ SELECT */ CALL f()",
        "SELECT nextval('s')", "-- SELECT", "/* SELECT",
        "EXPLAIN DELETE FROM t"})
    EXPECT_FALSE(is_repeatable(sql)) << sql;
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
