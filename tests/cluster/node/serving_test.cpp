#include "cluster/limits.hpp"
#include "cluster/node/node.hpp"
#include "engine/common/error.hpp"
#include "tools/client/client.hpp"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

// Queries through a whole node: gateway, desk, queue, worker, DuckDB.

namespace herald::cluster {
namespace {

using gateway::job_state;

class serving : public testing::Test {
protected:
  serving() {
    folder
        = testing::TempDir() + "herald-serving-" + std::to_string(::getpid());
    std::filesystem::remove_all(folder);
    node_config config;
    config.data = folder;
    config.rpc = "127.0.0.1:0";
    config.http = "";
    auto started = node::start(config);
    EXPECT_TRUE(started.ok()) << started.status();
    server = *std::move(started);
    auto address = "127.0.0.1:" + std::to_string(server->rpc_port());
    user.emplace(client::connect(address, absl::Seconds(60)).value());
    // The node joins, and puts and owns the first queue.
    while (user->list_queues().value().items.empty())
      ;
  }

  ~serving() override {
    user.reset();
    server.reset();
    std::filesystem::remove_all(folder);
  }

  gateway::submit_query query(std::string sql) {
    gateway::submit_query result;
    result.sql = std::move(sql);
    result.format = gateway::result_format::json_lines;
    return result;
  }

  static absl::StatusOr<std::string> read_all(client_job& job) {
    std::string result;
    for (;;) {
      HERALD_ASSIGN(auto piece, job.next());
      if (!piece)
        return result;
      result += *piece;
    }
  }

  /// Waits for the end of a job.
  static gateway::job_status end_of(client_job& job) {
    auto status = job.status().value();
    while (status.state != job_state::success
           && status.state != job_state::fail)
      status = job.wait_for_change(status.state, absl::Seconds(20)).value();
    return status;
  }

  std::string folder;
  std::unique_ptr<node> server;
  std::optional<client> user;
};

TEST_F(serving, a_query_gives_its_rows_and_then_its_end) {
  auto job = user->submit(query("SELECT 1 AS a, 'x' AS b"));
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(read_all(*job).value(), "{\"a\":1,\"b\":\"x\"}\n");
  auto status = end_of(*job);
  EXPECT_EQ(status.state, job_state::success);
  EXPECT_EQ(status.rows, 1u);
  EXPECT_EQ(status.engine, "duckdb");
  EXPECT_EQ(status.queue, "default");
  EXPECT_GT(status.finished_ms, 0);
}

TEST_F(serving, a_large_result_comes_whole) {
  auto job = user->submit(query("SELECT i FROM range(300000) r(i)"));
  auto text = read_all(*job);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_EQ(std::count(text->begin(), text->end(), '\n'), 300'000);
  EXPECT_TRUE(text->ends_with("{\"i\":299999}\n"));
}

TEST_F(serving, a_wrong_query_fails_with_its_place) {
  auto job = user->submit(query("SELECT 1,\n  nope"));
  ASSERT_TRUE(job.ok());
  auto got = read_all(*job);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(position_of(got.status()).line, 2u);
  EXPECT_EQ(end_of(*job).state, job_state::fail);
}

TEST_F(serving, an_empty_statement_and_an_unknown_queue_are_refused) {
  EXPECT_FALSE(user->submit(query(" ;\n")).ok());
  auto lost = query("SELECT 1");
  lost.queue = "nowhere";
  EXPECT_FALSE(user->submit(lost).ok());
}

TEST_F(serving, an_option_is_refused_by_its_name) {
  auto made = query("SELECT 1");
  made.options = {{"threads", "4"}};
  auto job = user->submit(made);
  ASSERT_FALSE(job.ok());
  EXPECT_NE(message_of(job.status()).find("'threads'"), std::string::npos);
}

TEST_F(serving,
       a_task_that_the_catalog_cannot_hold_is_refused_with_the_reason) {
  auto refused = [this](const gateway::create_task& what) {
    auto made = user->create_task(what);
    return std::string(message_of(made.status()));
  };
  gateway::create_task what{"default", "my task", "SELECT 1", {}, true};
  EXPECT_NE(refused(what).find("cannot be called 'my task'"),
            std::string::npos);
  what.name = "long";
  what.sql = std::string(max_text_bytes + 1, ' ');
  EXPECT_NE(refused(what).find("262145 bytes"), std::string::npos);
}

TEST_F(serving, a_running_query_is_cancelled) {
  auto job = user->submit(query("SELECT count(*) FROM range(1000000000000) "
                                "a(i) WHERE i % 7 = 3"));
  ASSERT_TRUE(job.ok());
  auto status = job->status().value();
  while (status.state != job_state::running)
    status = job->wait_for_change(status.state, absl::Seconds(20)).value();
  EXPECT_TRUE(job->cancel().ok());
  status = end_of(*job);
  EXPECT_EQ(status.state, job_state::fail);
  EXPECT_EQ(status.error.code(), absl::StatusCode::kCancelled);
  // Its worker is free again.
  auto next = user->submit(query("SELECT 2 AS x"));
  EXPECT_EQ(read_all(*next).value(), "{\"x\":2}\n");
}

TEST_F(serving, jobs_are_listed_newest_first) {
  for (int i = 0; i < 3; ++i) {
    auto job = user->submit(query("SELECT " + std::to_string(i)));
    EXPECT_TRUE(read_all(*job).ok());
  }
  gateway::list_jobs which;
  which.limit = 2;
  auto jobs = user->list_jobs(which).value();
  EXPECT_TRUE(jobs.more);
  ASSERT_EQ(jobs.items.size(), 2u);
  EXPECT_GE(jobs.items[0].submitted_ms, jobs.items[1].submitted_ms);
}

TEST_F(serving, a_new_queue_takes_jobs_and_keeps_its_limits) {
  gateway::queue_spec spec;
  spec.name = "small";
  spec.weight = 2.5;
  spec.capacity = 1;
  spec.max_running = 1;
  ASSERT_TRUE(user->put_queue(spec).ok());
  auto slow = query("SELECT count(*) FROM range(1000000000000) a(i) "
                    "WHERE i % 7 = 3");
  slow.queue = "small";
  auto first = user->submit(slow);
  while (!first.ok())
    first = user->submit(slow);
  while (first->status().value().state != job_state::running)
    ;
  auto second = user->submit(slow);
  ASSERT_TRUE(second.ok()) << second.status();
  // The log has it; its queue reads that a moment later.
  while (second->status().value().queue_position != 1u)
    ;
  auto third = user->submit(slow);
  ASSERT_FALSE(third.ok());
  EXPECT_EQ(third.status().code(), absl::StatusCode::kResourceExhausted);
  auto queues = user->list_queues().value();
  for (const auto& x : queues.items)
    if (x.spec.name == "small") {
      EXPECT_EQ(x.spec.weight, 2.5);
      EXPECT_EQ(x.depth, 1u);
      EXPECT_EQ(x.running, 1u);
    }
  spec.weight = -1;
  EXPECT_FALSE(user->put_queue(spec).ok());
}

TEST_F(serving, a_job_ends_at_its_timeout) {
  auto what = query("SELECT count(*) FROM range(1000000000000) a(i) "
                    "WHERE i % 7 = 3");
  what.timeout_ms = 200;
  auto job = user->submit(what);
  EXPECT_EQ(end_of(*job).error.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(serving, who_reads_a_result_learns_that_its_time_was_over) {
  auto what = query("SELECT count(*) FROM range(1000000000000) a(i) "
                    "WHERE i % 7 = 3");
  what.timeout_ms = 200;
  auto job = user->submit(what);
  ASSERT_TRUE(job.ok()) << job.status();
  const auto piece = job->next();
  EXPECT_EQ(piece.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_NE(message_of(piece.status()).find("not done within 200 ms"),
            std::string_view::npos)
      << piece.status();
  EXPECT_FALSE(job->waits());
}

} // namespace
} // namespace herald::cluster
