#include "engine/common/error.hpp"
#include "tests/cluster/gateway/fixture.hpp"

namespace herald::gateway {

namespace {

class gateway_rpc : public gateway_fixture,
                    public testing::WithParamInterface<answer_mode> {
protected:
  void SetUp() override {
    node->set_mode(GetParam());
    start();
  }
};

create_task some_task(const std::string& name) {
  create_task what;
  what.name = name;
  what.sql = "INSERT INTO a SELECT * FROM b";
  what.options = {{"parallelism", "2"}, {"batch_size", "7"}};
  return what;
}

TEST_P(gateway_rpc, tasks_live_and_die) {
  auto herald = connect();
  EXPECT_EQ(*herald.create_task(some_task("t")), 1u);
  EXPECT_EQ(herald.create_task(some_task("t")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(herald.start_task({"default", "t"}).ok());
  auto task = herald.task_status({"default", "t"});
  ASSERT_TRUE(task.ok()) << task.status();
  EXPECT_EQ(task->status.wanted, wanted_state::running);
  EXPECT_EQ(task->status.records_in, 12345678901234u);
  EXPECT_EQ(task->status.watermark_ms, no_watermark);
  EXPECT_EQ(task->options, some_task("t").options);
  EXPECT_EQ(herald.delete_task({"default", "t"}).code(),
            absl::StatusCode::kFailedPrecondition);
  update_task change;
  change.name = "t";
  change.sql = "SELECT 2";
  change.if_version = 1;
  EXPECT_EQ(*herald.update_task(change), 2u);
  EXPECT_EQ(herald.update_task(change).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_TRUE(herald.stop_task({"default", "t"}).ok());
  auto tasks = herald.list_tasks({});
  ASSERT_TRUE(tasks.ok()) << tasks.status();
  ASSERT_EQ(tasks->items.size(), 1u);
  EXPECT_EQ(tasks->items[0].version, 2u);
  EXPECT_FALSE(tasks->more);
  EXPECT_TRUE(herald.delete_task({"default", "t"}).ok());
  EXPECT_EQ(herald.start_task({"default", "t"}).code(),
            absl::StatusCode::kNotFound);
}

TEST_P(gateway_rpc, wrong_sql_comes_back_with_its_place_and_a_hint) {
  auto herald = connect();
  auto wrong = some_task("t");
  wrong.sql = "SELECT\n      usr FROM b";
  auto status = herald.create_task(wrong).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(message_of(status),
            "line 2, column 7: unknown column usr (did you mean user?)");
  EXPECT_EQ(position_of(status).line, 2u);
  EXPECT_EQ(position_of(status).column, 7u);
  EXPECT_EQ(hint_of(status), "did you mean user?");
}

TEST_P(gateway_rpc, rules_are_put_listed_and_deleted) {
  auto herald = connect();
  auto rule = herald.put_rule({"default", "name: fraud\npattern: a b"});
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->name, "fraud");
  EXPECT_EQ(rule->version, 1u);
  auto status = herald.put_rule({"default", "name: fraud\n usr"}).status();
  EXPECT_EQ(position_of(status).line, 2u);
  auto rules = herald.list_rules({"default", 10});
  ASSERT_TRUE(rules.ok()) << rules.status();
  ASSERT_EQ(rules->items.size(), 1u);
  EXPECT_EQ(rules->items[0].matches, 7u);
  EXPECT_EQ(rules->items[0].version, 1u);
  EXPECT_TRUE(herald.delete_rule({"default", "fraud"}).ok());
  EXPECT_FALSE(herald.delete_rule({"default", "fraud"}).ok());
}

TEST_P(gateway_rpc, a_query_gives_its_rows_in_order) {
  auto herald = connect();
  submit_query query;
  query.sql = "rows 3";
  query.user = "ana";
  query.timeout_ms = 5000;
  query.options = {{"engine", "duckdb"}};
  auto job = herald.submit(query);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->id(), "job-1");
  EXPECT_EQ(job->status()->user, "ana");
  auto rows = drain(*job);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(*rows, "{\"job\":\"job-1\",\"batch\":0}\n"
                   "{\"job\":\"job-1\",\"batch\":1}\n"
                   "{\"job\":\"job-1\",\"batch\":2}\n");
  // The end stays the end.
  EXPECT_FALSE(job->next()->has_value());
  EXPECT_EQ(job->status()->state, job_state::success);
  EXPECT_EQ(node->last_query().timeout_ms, 5000u);
  EXPECT_EQ(node->last_query().options, query.options);
}

TEST_P(gateway_rpc, a_failing_query_says_why_every_time) {
  auto herald = connect();
  submit_query query;
  query.sql = "fail after 1";
  auto job = herald.submit(query);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_TRUE(job->next()->has_value());
  for (int i = 0; i < 2; ++i) {
    auto status = job->next().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(message_of(status), "out of memory");
  }
  auto state = job->status();
  ASSERT_TRUE(state.ok());
  EXPECT_EQ(state->state, job_state::fail);
  EXPECT_EQ(message_of(state->error), "out of memory");
}

TEST_P(gateway_rpc, jobs_are_found_listed_and_cancelled) {
  auto herald = connect();
  submit_query query;
  query.sql = "rows 1";
  query.user = "ana";
  auto job = herald.submit(query);
  ASSERT_TRUE(job.ok());
  auto again = herald.get_job(job->id());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->cancel().ok());
  EXPECT_TRUE(node->cancelled(job->id()));
  EXPECT_EQ(herald.get_job("job-99").status().code(),
            absl::StatusCode::kNotFound);
  list_jobs which;
  which.user = "ana";
  which.states = {job_state::fail};
  EXPECT_EQ(herald.list_jobs(which)->items.size(), 1u);
  which.states = {job_state::waiting, job_state::running};
  EXPECT_EQ(herald.list_jobs(which)->items.size(), 0u);
}

TEST_P(gateway_rpc, queues_settings_and_the_cluster_are_shown) {
  auto herald = connect();
  queue_spec spec;
  spec.name = "etl";
  spec.weight = 2.5;
  spec.kinds = {job_kind::etl, job_kind::importing};
  EXPECT_TRUE(herald.put_queue(spec).ok());
  auto queues = herald.list_queues();
  ASSERT_TRUE(queues.ok()) << queues.status();
  ASSERT_EQ(queues->items.size(), 1u);
  EXPECT_EQ(queues->items[0].spec.kinds, spec.kinds);
  EXPECT_EQ(queues->items[0].score, 3.0);
  EXPECT_EQ(*herald.put_setting({"a.b", "1", 0}), 1u);
  EXPECT_EQ(herald.put_setting({"a.b", "2", 9}).status().code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(herald.get_settings("a.")->size(), 1u);
  EXPECT_EQ(herald.get_settings("b.")->size(), 0u);
  auto cluster = herald.cluster_status();
  ASSERT_TRUE(cluster.ok()) << cluster.status();
  EXPECT_EQ(cluster->members[1].state, member_state::suspect);
  EXPECT_EQ(cluster->owners[0].generation, 9u);
  EXPECT_EQ(herald.node_status("")->actors, 17u);
  EXPECT_EQ(herald.node_status("nowhere").status().code(),
            absl::StatusCode::kNotFound);
}

INSTANTIATE_TEST_SUITE_P(answers, gateway_rpc,
                         testing::Values(answer_mode::at_once,
                                         answer_mode::other_thread));

class gateway_trouble : public gateway_fixture {
protected:
  void SetUp() override {
    start();
  }

  /// A client that gives calls up almost at once.
  client impatient() {
    auto made
        = client::connect("127.0.0.1:" + std::to_string(server->rpc_port()),
                          absl::Milliseconds(50));
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
};

TEST_F(gateway_trouble, an_answer_that_is_dropped_becomes_unavailable) {
  auto herald = connect();
  node->set_mode(answer_mode::dropped);
  auto status = herald.cluster_status().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(message_of(status), "the part of the node that had to answer is "
                                "gone (try again)");
  node->set_mode(answer_mode::at_once);
  EXPECT_TRUE(herald.cluster_status().ok());
}

TEST_F(gateway_trouble, a_deadline_ends_a_wait_and_loses_no_row) {
  auto herald = connect();
  submit_query query;
  query.sql = "rows 2";
  auto job = herald.submit(query);
  ASSERT_TRUE(job.ok());
  node->set_mode(answer_mode::held);
  EXPECT_EQ(job->next(absl::Milliseconds(1)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  node->wait_for_held(1);
  node->release();
  auto rows = drain(*job);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(*rows, "{\"job\":\"job-1\",\"batch\":0}\n"
                   "{\"job\":\"job-1\",\"batch\":1}\n");
}

TEST_F(gateway_trouble, answers_after_the_gateways_end_are_thrown_away) {
  auto herald = impatient();
  node->set_mode(answer_mode::held);
  EXPECT_EQ(herald.cluster_status().status().code(),
            absl::StatusCode::kDeadlineExceeded);
  submit_query query;
  query.sql = "rows 1";
  EXPECT_FALSE(herald.submit(query).ok());
  node->wait_for_held(2);
  server->stop();
  server->stop();
  node->release();
}

TEST_F(gateway_trouble, other_clients_are_served_while_one_waits) {
  auto slow = connect();
  submit_query query;
  query.sql = "wait";
  auto job = slow.submit(query);
  ASSERT_TRUE(job.ok());
  EXPECT_FALSE(job->next(absl::Milliseconds(1)).ok());
  auto other = connect();
  EXPECT_TRUE(other.cluster_status().ok());
  node->release();
  EXPECT_FALSE(job->next()->has_value());
}

TEST_F(gateway_trouble, a_dropped_job_is_cancelled_unless_it_was_consumed) {
  auto herald = connect();
  submit_query query;
  query.sql = "rows 1";
  auto consumed = herald.submit(query);
  ASSERT_TRUE(drain(*consumed).ok());
  auto detached = query;
  detached.detached = true;
  ASSERT_TRUE(herald.submit(detached).ok());
  { auto observer = herald.get_job("job-1"); }
  auto dropped = herald.submit(query);
  ASSERT_TRUE(dropped.ok());
  dropped = absl::CancelledError("");
  EXPECT_TRUE(herald.cluster_status().ok());
  node->wait_for_cancel("job-3");
  EXPECT_FALSE(node->cancelled("job-2"));
  { auto gone = std::move(consumed); }
  EXPECT_TRUE(herald.cluster_status().ok());
  EXPECT_FALSE(node->cancelled("job-1"));
}

TEST_F(gateway_trouble, a_result_that_was_begun_is_finished_or_cancelled) {
  auto herald = connect();
  submit_query query;
  query.sql = "rows 2";
  query.detached = true;
  {
    auto job = herald.submit(query);
    ASSERT_TRUE(job.ok());
  }
  {
    auto job = herald.get_job("job-1");
    ASSERT_TRUE(job.ok());
    EXPECT_TRUE(job->next().ok());
    EXPECT_FALSE(node->cancelled("job-1"));
  }
  EXPECT_TRUE(herald.cluster_status().ok());
  node->wait_for_cancel("job-1");
}

TEST_F(gateway_trouble, a_piece_that_was_out_of_reach_is_asked_for_again) {
  auto herald = connect();
  submit_query query;
  query.sql = "rows 9";
  {
    auto job = herald.submit(query);
    ASSERT_TRUE(job.ok());
    node->set_mode(answer_mode::dropped);
    EXPECT_EQ(job->next().status().code(), absl::StatusCode::kUnavailable);
    node->set_mode(answer_mode::at_once);
    EXPECT_TRUE(job->next().ok());
    node->set_mode(answer_mode::dropped);
    EXPECT_EQ(job->next().status().code(), absl::StatusCode::kUnavailable);
    node->set_mode(answer_mode::at_once);
  }
  EXPECT_TRUE(herald.cluster_status().ok());
  node->wait_for_cancel("job-1");
}

TEST_F(gateway_trouble, jobs_of_a_client_that_vanishes_are_cancelled) {
  {
    auto herald = connect();
    submit_query query;
    query.sql = "rows 1000";
    auto job = herald.submit(query);
    ASSERT_TRUE(job.ok());
    ASSERT_TRUE(job->next().ok());
  }
  node->wait_for_cancel("job-1");
}

TEST_F(gateway_trouble, a_submission_whose_client_vanishes_is_cancelled) {
  node->set_mode(answer_mode::held);
  {
    auto herald = impatient();
    submit_query query;
    query.sql = "rows 1";
    EXPECT_EQ(herald.submit(query).status().code(),
              absl::StatusCode::kDeadlineExceeded);
    node->wait_for_held(1);
  }
  node->release();
  node->wait_for_cancel("job-1");
}

TEST_F(gateway_trouble, an_address_in_use_is_an_error_that_names_it) {
  gateway_options options;
  options.rpc_address = "127.0.0.1:" + std::to_string(server->rpc_port());
  options.http_address = "";
  auto second = gateway_server::start(options, node);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(message_of(second.status()).find(options.rpc_address),
            std::string_view::npos);
}

} // namespace

} // namespace herald::gateway
