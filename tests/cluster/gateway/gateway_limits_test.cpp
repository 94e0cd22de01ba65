#include "cluster/gateway/limits.hpp"
#include "engine/common/error.hpp"
#include "tests/cluster/gateway/fixture.hpp"
#include "tests/cluster/gateway/kj_client.hpp"

#include <gmock/gmock.h>

namespace herald::gateway {

namespace {

using testing::HasSubstr;

class rpc_limits : public gateway_fixture {
protected:
  static std::string failure_of(kj::Function<void()> what) {
    auto failure = kj::runCatchingExceptions([&]() { what(); });
    KJ_IF_MAYBE (e, failure)
      return e->getDescription().cStr();
    return "";
  }

  static protocol::Job::Client submit(kj_client& to, const std::string& sql) {
    auto request = to.herald().submitQueryRequest();
    request.setSql(sql);
    auto reply = to.wait(request.send());
    EXPECT_FALSE(reply.hasError());
    return reply.getJob();
  }

  /// Calls that other clients make meanwhile, so that the gateway has had
  /// every chance to do what it should not.
  void let_it_work() {
    for (int i = 0; i < 100; ++i)
      EXPECT_EQ(http("GET", "/healthz").code, 200);
  }
};

TEST_F(rpc_limits, calls_over_the_limit_in_flight_are_refused) {
  gateway_limits limits;
  limits.calls_in_flight = 4;
  start(limits);
  kj_client calls(server->rpc_port());
  auto herald = calls.herald();
  node->set_mode(answer_mode::held);
  std::vector<capnp::RemotePromise<protocol::ClusterReply>> sent;
  for (int i = 0; i < 5; ++i)
    sent.push_back(herald.clusterStatusRequest().send());
  EXPECT_THAT(failure_of([&]() { calls.wait(kj::mv(sent[4])); }),
              HasSubstr("over the limit of 4 calls in flight"));
  node->wait_for_held(4);
  node->release();
  for (int i = 0; i < 4; ++i)
    EXPECT_FALSE(calls.wait(kj::mv(sent[i])).hasError());
  EXPECT_FALSE(calls.wait(herald.clusterStatusRequest().send()).hasError());
}

TEST_F(rpc_limits, pieces_over_the_limit_in_flight_are_refused) {
  gateway_limits limits;
  limits.pieces_in_flight = 3;
  start(limits);
  kj_client calls(server->rpc_port());
  auto job = submit(calls, "rows 5");
  node->set_mode(answer_mode::held);
  std::vector<capnp::RemotePromise<protocol::NextReply>> sent;
  for (int i = 0; i < 4; ++i)
    sent.push_back(job.nextRequest().send());
  auto refused = calls.wait(kj::mv(sent[3]));
  EXPECT_EQ(refused.getError().getCode(),
            protocol::ErrorCode::RESOURCE_EXHAUSTED);
  node->wait_for_held(1);
  EXPECT_EQ(node->batches_taken(), 1);
  node->release();
  for (int i = 0; i < 3; ++i) {
    auto piece = calls.wait(kj::mv(sent[i]));
    auto data = piece.getData();
    std::string text(reinterpret_cast<const char*>(data.begin()), data.size());
    EXPECT_THAT(text, HasSubstr("\"batch\":" + std::to_string(i)));
  }
}

TEST_F(rpc_limits, jobs_over_the_limit_are_refused) {
  gateway_limits limits;
  limits.jobs_per_connection = 2;
  start(limits);
  auto herald = connect();
  submit_query query;
  query.sql = "rows 1";
  auto first = herald.submit(query);
  auto second = herald.get_job("job-1");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(herald.submit(query).status().code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(herald.get_job("job-1").status().code(),
            absl::StatusCode::kResourceExhausted);
  second = absl::CancelledError("");
  EXPECT_TRUE(herald.submit(query).ok());
}

TEST_F(rpc_limits, connections_over_the_limit_are_told_so) {
  gateway_limits limits;
  limits.rpc_connections = 2;
  limits.http_connections = 2;
  start(limits);
  auto first = connect();
  EXPECT_TRUE(first.cluster_status().ok());
  {
    auto second = connect();
    EXPECT_TRUE(second.cluster_status().ok());
    auto third = connect();
    EXPECT_THAT(message_of(third.cluster_status().status()),
                HasSubstr("too many connections"));
    raw_client held(server->http_port());
    raw_client also(server->http_port());
    auto refused = http("GET", "/healthz");
    EXPECT_EQ(refused.code, 503);
    EXPECT_THAT(refused.body, HasSubstr("too many connections"));
  }
  // The places of those that left are free again, soon.
  absl::StatusOr<cluster_status> again;
  do {
    again = connect().cluster_status();
  } while (!again.ok());
  while (http("GET", "/healthz").code != 200) {
  }
}

TEST_F(rpc_limits, a_message_over_the_limit_ends_its_connection_only) {
  start();
  auto other = connect();
  EXPECT_TRUE(other.cluster_status().ok());
  auto big = connect();
  create_task task;
  task.name = "t";
  task.sql.assign(max_statement_bytes, 'x');
  EXPECT_TRUE(big.create_task(task).ok());
  task.sql += 'x';
  EXPECT_THAT(message_of(big.create_task(task).status()),
              HasSubstr("sql has 524289 bytes, over the limit of 524288"));
  // Whole messages: this one fits, and is refused for its statement only.
  task.sql.assign(max_rpc_message_bytes - 1024, 'x');
  EXPECT_THAT(message_of(big.create_task(task).status()),
              HasSubstr("over the limit of 524288"));
  task.sql.assign(max_rpc_message_bytes, 'x');
  auto refused = big.create_task(task).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(message_of(refused), HasSubstr("too large"));
  EXPECT_TRUE(other.cluster_status().ok());
  EXPECT_TRUE(connect().cluster_status().ok());
}

std::string frame_header(std::uint32_t words) {
  std::string header(8, '\0');
  for (int i = 0; i < 4; ++i)
    header[4 + i] = static_cast<char>(words >> (8 * i));
  return header;
}

TEST_F(rpc_limits, a_frame_is_refused_by_its_header_alone) {
  start();
  constexpr std::uint32_t most = max_rpc_message_bytes / 8;
  raw_client too_large(server->rpc_port());
  too_large.send(frame_header(most + 1));
  EXPECT_THAT(too_large.read(4096), HasSubstr("too large"));
  raw_client fits(server->rpc_port());
  fits.send(frame_header(most));
  fits.send("only some of it");
  fits.finish();
  EXPECT_THAT(fits.read_all(), testing::Not(HasSubstr("too large")));
}

TEST_F(rpc_limits, http_on_the_rpc_port_is_told_where_it_is) {
  start();
  raw_client client(server->rpc_port());
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(client.read(4096), HasSubstr("HTTP has a port of its own"));
}

TEST_F(rpc_limits, garbage_harms_nobody_else) {
  start();
  auto herald = connect();
  std::uint64_t state = 7;
  for (int i = 0; i < 300; ++i) {
    std::string noise;
    for (int n = 0; n < 1 + i; ++n) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      noise += static_cast<char>(state >> 56);
    }
    // Half of it in a frame that is well-formed.
    if (i % 2 == 0) {
      noise.resize((noise.size() + 7) / 8 * 8);
      noise
          = frame_header(static_cast<std::uint32_t>(noise.size() / 8)) + noise;
    }
    raw_client client(server->rpc_port());
    client.send(noise);
    client.finish();
    client.read_all();
  }
  EXPECT_TRUE(herald.cluster_status().ok());
}

TEST_F(rpc_limits, an_answer_over_the_limit_is_an_error) {
  start();
  auto herald = connect();
  put_setting what;
  what.value.assign(max_value_bytes, 'v');
  for (std::size_t i = 0; i < max_rpc_message_bytes / max_value_bytes; ++i) {
    what.key = "k" + std::to_string(i);
    ASSERT_TRUE(herald.put_setting(what).ok());
  }
  auto status = herald.get_settings("").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(message_of(status), HasSubstr("ask for fewer"));
  EXPECT_TRUE(herald.get_settings("k1").ok());
}

TEST_F(rpc_limits, a_slow_reader_is_given_no_more_than_it_reads) {
  constexpr int batches = 400;
  gateway_limits limits;
  limits.calls_in_flight = batches;
  limits.pieces_in_flight = batches;
  limits.unread_reply_bytes = 256 << 10;
  start(limits);
  kj_client slow(server->rpc_port());
  // 80 MB, of which the sockets' own buffers take some.
  auto job = submit(slow, "rows " + std::to_string(batches) + " bytes 200000");
  slow.stream->pause();
  std::vector<capnp::RemotePromise<protocol::NextReply>> sent;
  for (int i = 0; i < batches; ++i)
    sent.push_back(job.nextRequest().send());
  int before = -1;
  while (node->batches_taken() != before) {
    before = node->batches_taken();
    slow.poll();
    let_it_work();
  }
  EXPECT_LT(before, batches / 2);
  slow.stream->resume();
  for (int i = 0; i < batches; ++i) {
    auto piece = slow.wait(kj::mv(sent[i]));
    auto data = piece.getData();
    ASSERT_EQ(data.size(), 200000u);
    std::string start_of(reinterpret_cast<const char*>(data.begin()), 40);
    ASSERT_THAT(start_of, HasSubstr("\"batch\":" + std::to_string(i) + "}"));
  }
}

TEST_F(rpc_limits, a_client_that_never_reads_is_given_up) {
  gateway_limits limits;
  limits.calls_in_flight = 1000;
  limits.pieces_in_flight = 1000;
  limits.write_timeout_ms = 50;
  limits.linger_ms = 50;
  start(limits);
  kj_client stuck(server->rpc_port());
  auto job = submit(stuck, "rows 1000 bytes 1000000");
  stuck.stream->pause();
  std::vector<capnp::RemotePromise<protocol::NextReply>> sent;
  for (int i = 0; i < 100; ++i)
    sent.push_back(job.nextRequest().send());
  stuck.poll();
  node->wait_for_cancel("job-1");
  EXPECT_EQ(http("GET", "/healthz").code, 200);
}

TEST_F(rpc_limits, a_silent_client_is_given_up_unless_it_waits) {
  gateway_limits limits;
  limits.idle_timeout_ms = 50;
  start(limits);
  raw_client silent(server->rpc_port());
  auto herald = connect();
  submit_query query;
  query.sql = "wait";
  auto job = herald.submit(query);
  ASSERT_TRUE(job.ok());
  EXPECT_FALSE(job->next(absl::Milliseconds(300)).ok());
  EXPECT_THAT(silent.read(4096), HasSubstr("no call for too long"));
  node->release();
  EXPECT_FALSE(job->next()->has_value());
}

class http_limits : public gateway_fixture {};

TEST_F(http_limits, a_reader_that_vanishes_cancels_its_job) {
  start();
  EXPECT_EQ(
      http("POST", "/v1/queries", R"({"sql":"rows 1000 bytes 100000"})").code,
      200);
  {
    raw_client client(server->http_port());
    client.send("GET /v1/jobs/job-1/result HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.read(1000).size(), 1000u);
  }
  node->wait_for_cancel("job-1");
  EXPECT_LT(node->batches_taken(), 1000);
}

TEST_F(http_limits, a_reader_that_stops_reading_cancels_its_job) {
  gateway_limits limits;
  limits.write_timeout_ms = 50;
  start(limits);
  EXPECT_EQ(
      http("POST", "/v1/queries", R"({"sql":"rows 1000 bytes 100000"})").code,
      200);
  raw_client client(server->http_port());
  client.send("GET /v1/jobs/job-1/result HTTP/1.1\r\nHost: x\r\n\r\n");
  node->wait_for_cancel("job-1");
  EXPECT_LT(node->batches_taken(), 1000);
}

TEST_F(http_limits, a_request_that_does_not_come_is_given_up) {
  gateway_limits limits;
  limits.request_timeout_ms = 50;
  limits.linger_ms = 50;
  start(limits);
  raw_client no_headers(server->http_port());
  no_headers.send("GET /healthz HTTP/1.1\r\nHo");
  raw_client no_body(server->http_port());
  no_body.send("POST /v1/tasks HTTP/1.1\r\nHost: x\r\n"
               "Content-Length: 100\r\n\r\n{");
  EXPECT_EQ(parse_http(no_body.read_all()).code, 408);
  no_headers.read_all();
}

TEST_F(http_limits, an_idle_connection_is_closed) {
  gateway_limits limits;
  limits.idle_timeout_ms = 50;
  start(limits);
  raw_client client(server->http_port());
  client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(parse_http(client.read_all()).code, 200);
}

TEST_F(http_limits, a_header_that_never_ends_closes_its_connection) {
  start();
  raw_client client(server->http_port());
  client.send("GET /healthz HTTP/1.1\r\nX: ");
  client.send(std::string(1 << 20, 'x'));
  client.read_all();
  EXPECT_EQ(http("GET", "/healthz").code, 200);
}

class many_clients : public gateway_fixture {};

TEST_F(many_clients, two_hundred_connections_are_served_at_once) {
  node->set_mode(answer_mode::other_thread);
  start();
  constexpr int threads = 4;
  constexpr int each = 25;
  std::vector<std::thread> running;
  std::atomic<int> served = 0;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([this, &served] {
      std::vector<client> clients;
      std::vector<raw_client> readers;
      for (int i = 0; i < each; ++i) {
        clients.push_back(connect());
        readers.emplace_back(server->http_port());
        readers.back().send("GET /v1/cluster HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      for (auto& herald : clients) {
        submit_query query;
        query.sql = "rows 5 bytes 1000";
        auto job = herald.submit(query);
        if (job.ok() && drain(*job)->size() == 5000)
          ++served;
      }
      for (auto& reader : readers) {
        reader.finish();
        if (parse_http(reader.read_all()).code == 200)
          ++served;
      }
    });
  for (auto& thread : running)
    thread.join();
  EXPECT_EQ(served, threads * each * 2);
  auto metrics = http("GET", "/metrics");
  EXPECT_THAT(metrics.body, HasSubstr("\nherald_gateway_jobs_held 0\n"));
}

} // namespace

} // namespace herald::gateway
