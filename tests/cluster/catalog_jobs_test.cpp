#include "cluster/limits.hpp"
#include "tests/cluster/catalog_fixture.hpp"

#include <fmt/format.h>

// Jobs in the catalog: what is accepted is there until its queue's owner says
// that it has ended, whoever that is by then.

namespace herald::cluster {
namespace {

class catalog_jobs : public catalog_fixture {
protected:
  catalog_jobs() {
    join(node(1));
    join(node(2));
    put_queue(100, 4);
    claim(queue_key("q"), node(1), 0);
  }

  outcome put_queue(int capacity, int running_max) {
    option_map options{{"capacity", fmt::format("{}", capacity)},
                       {"running_max", fmt::format("{}", running_max)}};
    return apply(put_command{queue_key("q"), "queue", "q", options, {}});
  }

  static job_order order(int number) {
    job_order result;
    result.id = fmt::format("q.{:016x}", number);
    result.sql = "SELECT 1";
    return result;
  }

  refusal submit(int number) {
    return apply(submit_job_command{"q", order(number)}).why;
  }

  refusal start(int number, std::uint32_t attempt, queue_owner by) {
    return apply(start_job_command{by, order(number).id, attempt, "w", "e", 5})
        .why;
  }

  refusal end(int number, queue_owner by, job_error error = {}) {
    return apply(end_job_command{by, order(number).id, error, 9, 1, 2}).why;
  }

  const job_report& job(int number) {
    return catalog_.jobs().find(order(number).id)->job;
  }

  const queue_owner first{"q", node(1), {1}};
  const queue_owner second{"q", node(2), {2}};
};

TEST_F(catalog_jobs, a_job_waits_runs_and_ends) {
  EXPECT_EQ(submit(1), refusal::none);
  EXPECT_EQ(job(1).state, job_state::waiting);
  EXPECT_EQ(job(1).submitted_ms, 1000);
  EXPECT_EQ(start(1, 1, first), refusal::none);
  EXPECT_EQ(job(1).state, job_state::running);
  EXPECT_EQ(end(1, first), refusal::none);
  EXPECT_EQ(job(1).state, job_state::success);
  EXPECT_EQ(job(1).worker, "w");
  EXPECT_FALSE(catalog_.jobs().is_open(order(1).id));
}

TEST_F(catalog_jobs, a_job_ends_once) {
  submit(1);
  EXPECT_EQ(end(1, first, {1, "no", 0, 0, {}}), refusal::none);
  EXPECT_EQ(end(1, first), refusal::unknown);
  EXPECT_EQ(start(1, 1, first), refusal::unknown);
  EXPECT_EQ(job(1).state, job_state::fail);
}

TEST_F(catalog_jobs, an_owner_that_was_replaced_says_nothing_about_jobs) {
  submit(1);
  EXPECT_EQ(start(1, 1, first), refusal::none);
  apply(leave_command{node(1)});
  EXPECT_EQ(end(1, first), refusal::stale);
  claim(queue_key("q"), node(2), 1);
  EXPECT_EQ(end(1, first), refusal::stale);
  EXPECT_EQ(start(1, 2, first), refusal::stale);
  EXPECT_EQ(start(1, 1, second), refusal::stale);
  EXPECT_EQ(start(1, 5, second), refusal::none);
  EXPECT_EQ(job(1).starts, 2u);
  EXPECT_EQ(end(1, second), refusal::none);
}

TEST_F(catalog_jobs, a_queue_takes_what_may_wait_and_run) {
  put_queue(2, 1);
  for (int i = 1; i <= 3; ++i)
    EXPECT_EQ(submit(i), refusal::none);
  EXPECT_EQ(submit(4), refusal::full);
  end(1, first);
  EXPECT_EQ(submit(4), refusal::none);
  EXPECT_EQ(catalog_.jobs().open_in("q"), 3u);
}

TEST_F(catalog_jobs, a_wrong_job_is_refused) {
  submit(1);
  EXPECT_EQ(submit(1), refusal::version_differs);
  EXPECT_EQ(apply(submit_job_command{"nowhere", order(2)}).why,
            refusal::unknown);
  auto large = order(3);
  large.sql.assign(max_job_sql_bytes, ' ');
  EXPECT_EQ(apply(submit_job_command{"q", large}).why, refusal::none);
  large.id = order(4).id;
  large.sql += ' ';
  EXPECT_EQ(apply(submit_job_command{"q", large}).why, refusal::malformed);
  auto nobody = order(5);
  nobody.id.clear();
  EXPECT_EQ(apply(submit_job_command{"q", nobody}).why, refusal::malformed);
}

TEST_F(catalog_jobs, statements_are_bounded_together) {
  put_queue(1000, 4);
  auto large = order(0);
  large.sql.assign(max_job_sql_bytes, ' ');
  int taken = 0;
  for (;; ++taken) {
    large.id = order(taken).id;
    if (apply(submit_job_command{"q", large}).why != refusal::none)
      break;
  }
  EXPECT_EQ(static_cast<std::size_t>(taken), max_job_bytes / max_job_sql_bytes);
}

TEST_F(catalog_jobs, a_bounded_number_of_ended_jobs_is_remembered) {
  for (int i = 0; i <= static_cast<int>(max_ended_jobs); ++i) {
    auto what = order(i);
    what.sql.assign(max_ended_sql_bytes + 7, 'x');
    EXPECT_EQ(apply(submit_job_command{"q", what}).why, refusal::none);
    EXPECT_EQ(end(i, first), refusal::none);
  }
  EXPECT_EQ(catalog_.jobs().find(order(0).id), nullptr);
  EXPECT_EQ(job(1).order.sql.size(), max_ended_sql_bytes);
  EXPECT_EQ(catalog_.jobs().ended().size(), max_ended_jobs);
}

TEST_F(catalog_jobs, the_jobs_of_a_deleted_queue_fail) {
  submit(1);
  submit(2);
  start(2, 1, first);
  apply(remove_command{queue_key("q"), {}});
  for (int i : {1, 2})
    EXPECT_EQ(job(i).state, job_state::fail);
  EXPECT_TRUE(catalog_.jobs().open().empty());
}

TEST_F(catalog_jobs, a_new_owner_gets_the_open_jobs_in_their_order) {
  for (int i : {3, 1, 2})
    submit(i);
  auto after = catalog_.position();
  submit(0);
  end(1, first);
  std::vector<std::string> ids;
  for (const auto* x : catalog_.jobs().submitted_after("q", {}))
    ids.push_back(x->job.order.id);
  EXPECT_EQ(ids, (std::vector{order(3).id, order(2).id, order(0).id}));
  EXPECT_EQ(catalog_.jobs().submitted_after("q", after).size(), 1u);
  EXPECT_TRUE(catalog_.jobs().submitted_after("other", {}).empty());
}

TEST_F(catalog_jobs, a_snapshot_holds_them) {
  for (int i = 1; i <= 4; ++i)
    submit(i);
  start(2, 1, first);
  end(3, first, {3, "wrong", 2, 7, "hint"});
  end(1, first);
  auto back = catalog::decode(catalog_.encode());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, catalog_);
}

} // namespace
} // namespace herald::cluster
