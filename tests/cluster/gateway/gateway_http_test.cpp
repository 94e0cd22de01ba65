#include "cluster/gateway/limits.hpp"
#include "tests/cluster/gateway/fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace herald::gateway {

namespace {

using testing::HasSubstr;

constexpr const char* yaml_type = "Content-Type: application/yaml\r\n";

class gateway_http : public gateway_fixture,
                     public testing::WithParamInterface<answer_mode> {
protected:
  void SetUp() override {
    node->set_mode(GetParam());
    start();
  }

  void expect(std::string_view method, std::string_view path,
              std::string_view body, int code, const std::string& part) {
    auto answer = http(method, path, body);
    EXPECT_EQ(answer.code, code) << method << " " << path << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(part)) << method << " " << path;
    EXPECT_TRUE(answer.complete);
  }
};

TEST_P(gateway_http, tasks_live_and_die) {
  expect("POST", "/v1/tasks",
         R"({"name":"t","sql":"SELECT 1","options":[{"key":"a","value":"b"}]})",
         200, R"({"version":1})");
  expect("POST", "/v1/tasks", R"({"name":"t","sql":"SELECT 1"})", 409,
         R"("code":"alreadyExists")");
  expect("POST", "/v1/tasks/t/start", "", 200, "{}");
  expect("GET", "/v1/tasks/t", "", 200, R"("recordsIn":"12345678901234")");
  expect("GET", "/v1/tasks?limit=5&project=default", "", 200,
         R"("actual":"running")");
  expect("DELETE", "/v1/tasks/t", "", 409, "stop it first");
  expect("PUT", "/v1/tasks/t", R"({"sql":"SELECT 2","ifVersion":1})", 200,
         R"({"version":2})");
  expect("PUT", "/v1/tasks/t", R"({"sql":"SELECT 2","ifVersion":1})", 409,
         R"("code":"aborted")");
  expect("POST", "/v1/tasks/t/stop", "", 200, "{}");
  expect("DELETE", "/v1/tasks/t?project=default", "", 200, "{}");
  expect("GET", "/v1/tasks/t", "", 404, R"("message":"no task t")");
}

TEST_P(gateway_http, names_are_percent_decoded) {
  expect("POST", "/v1/tasks", R"({"name":"a/b c","sql":"SELECT 1"})", 200,
         R"({"version":1})");
  expect("GET", "/v1/tasks/a%2Fb%20c", "", 200, R"("name":"a/b c")");
}

TEST_P(gateway_http, wrong_sql_comes_back_with_its_place_and_a_hint) {
  expect("POST", "/v1/tasks", R"({"name":"t","sql":"SELECT\n usr"})", 400,
         R"x({"code":"invalidArgument","message":"line 2, column 7: )x"
         R"x(unknown column usr (did you mean user?)","line":2,)x"
         R"x("column":7,"hint":"did you mean user?"})x");
}

TEST_P(gateway_http, rules_are_put_as_yaml_or_json) {
  auto put = http("POST", "/v1/rules?project=p", "name: fraud\n", yaml_type);
  EXPECT_EQ(put.code, 200) << put.body;
  EXPECT_EQ(put.body, "{\"name\":\"fraud\",\"version\":1}\n");
  auto again
      = http("POST", "/v1/rules", R"({"project":"p","yaml":"name: fraud\n"})",
             "Content-Type: application/json\r\n");
  EXPECT_EQ(again.body, "{\"name\":\"fraud\",\"version\":2}\n");
  auto wrong = http("POST", "/v1/rules?project=p", "name: usr", yaml_type);
  EXPECT_EQ(wrong.code, 400);
  EXPECT_THAT(wrong.body, HasSubstr(R"("line":2,"column":7)"));
  expect("GET", "/v1/rules?project=p", "", 200, R"("version":2)");
  expect("DELETE", "/v1/rules/fraud?project=p", "", 200, "{}");
  expect("DELETE", "/v1/rules/fraud?project=p", "", 404, "no rule fraud");
}

TEST_P(gateway_http, a_query_gives_json_lines) {
  expect("POST", "/v1/queries", R"({"sql":"rows 2","user":"ana"})", 200,
         "{\"jobId\":\"job-1\"}\n");
  EXPECT_TRUE(node->last_query().detached);
  expect("GET", "/v1/jobs/job-1", "", 200, R"("state":"running")");
  expect("GET", "/v1/jobs?user=ana&states=waiting,running", "", 200,
         R"("jobId":"job-1")");
  auto rows = http("GET", "/v1/jobs/job-1/result?format=json");
  EXPECT_EQ(rows.code, 200);
  EXPECT_TRUE(rows.complete);
  EXPECT_THAT(rows.head, HasSubstr("Content-Type: application/x-ndjson"));
  EXPECT_EQ(rows.body, "{\"job\":\"job-1\",\"batch\":0}\n"
                       "{\"job\":\"job-1\",\"batch\":1}\n");
  expect("GET", "/v1/jobs/job-1?waitMs=10&seen=running", "", 200,
         R"("state":"success")");
  EXPECT_FALSE(node->cancelled("job-1"));
}

TEST_P(gateway_http, a_query_gives_arrow_bytes) {
  expect("POST", "/v1/queries", R"({"sql":"bytes 3000000","format":"arrow"})",
         200, "job-1");
  expect("GET", "/v1/jobs/job-1/result?format=json", "", 409,
         "submitted with format arrow");
  auto rows = http("GET", "/v1/jobs/job-1/result");
  EXPECT_EQ(rows.code, 200);
  EXPECT_THAT(rows.head, HasSubstr("application/vnd.apache.arrow.stream"));
  EXPECT_EQ(rows.body.size(), 3000000u);
}

TEST_P(gateway_http, a_job_that_fails_before_its_first_row_has_a_status) {
  expect("POST", "/v1/queries", R"({"sql":"fail"})", 200, "job-1");
  expect("GET", "/v1/jobs/job-1/result", "", 429, "out of memory");
  expect("GET", "/v1/jobs/job-1", "", 200,
         R"("error":{"code":"resourceExhausted")");
}

TEST_P(gateway_http, a_job_that_fails_later_ends_its_answer_abruptly) {
  expect("POST", "/v1/queries", R"({"sql":"fail after 1"})", 200, "job-1");
  auto rows = http("GET", "/v1/jobs/job-1/result");
  EXPECT_EQ(rows.code, 200);
  EXPECT_FALSE(rows.complete);
  EXPECT_THAT(rows.body, testing::StartsWith("{\"job\":\"job-1\""));
  EXPECT_THAT(rows.body,
              HasSubstr("\n{\"error\":{\"code\":\"resourceExhausted\""));
}

TEST_P(gateway_http, jobs_are_cancelled) {
  expect("POST", "/v1/queries", R"({"sql":"rows 9"})", 200, "job-1");
  expect("DELETE", "/v1/jobs/job-1", "", 200, "{}");
  EXPECT_TRUE(node->cancelled("job-1"));
  expect("DELETE", "/v1/jobs/job-7", "", 404, "no job job-7");
}

TEST_P(gateway_http, queues_settings_and_the_cluster_are_shown) {
  expect("PUT", "/v1/queues/etl", R"({"weight":2.5,"kinds":["etl"]})", 200,
         "{}");
  expect("GET", "/v1/queues", "", 200, R"("score":3)");
  expect("PUT", "/v1/settings/a.b", R"({"value":"1"})", 200,
         R"({"version":1})");
  expect("GET", "/v1/settings?prefix=a.", "", 200, R"("key":"a.b")");
  expect("GET", "/v1/cluster", "", 200, R"("answeredBy":"node-1")");
  expect("GET", "/v1/node", "", 200, R"("actors":17)");
  expect("GET", "/v1/nodes/node-9", "", 404, "no node node-9");
}

TEST_P(gateway_http, health_and_metrics_are_served) {
  expect("GET", "/healthz", "", 200, "ok\n");
  node->set_health(absl::UnavailableError("no quorum"));
  expect("GET", "/healthz", "", 503, "no quorum");
  expect("GET", "/v1/cluster", "", 200, "");
  auto metrics = http("GET", "/metrics");
  EXPECT_EQ(metrics.code, 200);
  EXPECT_THAT(metrics.head, HasSubstr("text/plain; version=0.0.4"));
  EXPECT_THAT(metrics.body, HasSubstr("\nherald_fake 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("\nherald_gateway_calls_total{method="
                                      "\"clusterStatus\"} 1\n"));
}

INSTANTIATE_TEST_SUITE_P(answers, gateway_http,
                         testing::Values(answer_mode::at_once,
                                         answer_mode::other_thread));

struct bad_request {
  const char* method;
  const char* path;
  const char* body;
  int code;
  const char* message;
};

class gateway_http_refusals : public gateway_fixture {};

TEST_F(gateway_http_refusals, wrong_requests_are_told_what_is_wrong) {
  start();
  const bad_request cases[] = {
      {"GET", "/v2/tasks", "", 404, "docs/protocol.md"},
      {"GET", "/", "", 404, "no such path"},
      {"GET", "/v1/tasks/a/b/c", "", 404, "no such path"},
      {"DELETE", "/v1/tasks", "", 405, "use POST, GET"},
      {"PATCH", "/v1/tasks/t", "", 405, "use GET, PUT, DELETE"},
      {"POST", "/v1/tasks", "", 400, "name is missing"},
      {"POST", "/v1/tasks", "{", 400,
       "not valid JSON (JSON message ends prematurely.)"},
      {"POST", "/v1/tasks", "[1]", 400, "not a JSON object"},
      {"POST", "/v1/tasks", "\xff\xfe", 400, "not UTF-8"},
      {"POST", "/v1/tasks", R"({"sqll":"x"})", 400, "did you mean sql?"},
      {"POST", "/v1/tasks", R"({"zzzzzzzzzzzz":1})", 400,
       "it takes project, name, sql, options, start"},
      {"POST", "/v1/tasks", R"({"name":7})", 400, "field name takes a string"},
      {"POST", "/v1/tasks", R"({"start":"yes"})", 400,
       "field start takes true or false"},
      {"POST", "/v1/tasks", R"({"options":{"a":"b"}})", 400,
       "field options takes a list with an object in it"},
      {"POST", "/v1/tasks", R"({"options":[{"kei":"a"}]})", 400,
       "unknown field options[0].kei (did you mean key?)"},
      {"POST", "/v1/tasks", R"({"options":[{"key":"a"},{"key":1}]})", 400,
       "field options[1].key takes a string"},
      {"POST", "/v1/tasks", R"({"options":[1]})", 400,
       "options[0] is not an object"},
      {"POST", "/v1/tasks", R"({"name":null})", 400, "takes a string"},
      {"PUT", "/v1/tasks/t", R"({"ifVersion":-1})", 400,
       "field ifVersion takes a whole number from 0"},
      {"PUT", "/v1/tasks/t", R"({"ifVersion":4294967296})", 400,
       "field ifVersion takes a whole number from 0"},
      {"PUT", "/v1/tasks/t", R"({"ifVersion":1.5})", 400,
       "field ifVersion takes a whole number from 0"},
      {"POST", "/v1/queries", R"({"kind":"fast"})", 400,
       "field kind takes one of adHoc, etl, export, import"},
      {"POST", "/v1/queries", R"({"sql":"","user":"u"})", 400,
       "sql is missing"},
      {"PUT", "/v1/queues/q", R"({"weight":0})", 400, "not above 0"},
      {"PUT", "/v1/queues/q", R"({"weight":null})", 400, "not above 0"},
      {"PUT", "/v1/queues/q", R"({"capacity":0})", 400, "could ever wait"},
      {"GET", "/v1/tasks?limit=0", "", 400, "limit is 0"},
      {"GET", "/v1/tasks?limit=many", "", 400, "field limit takes"},
      {"GET", "/v1/tasks?owner=me", "", 400, "unknown field owner"},
      {"GET", "/v1/jobs?states=done", "", 400,
       "one of new, waiting, running, success, fail"},
      {"GET", "/v1/jobs/%FF", "", 400, "not UTF-8"},
      {"GET", "/v1/jobs/j/result?part=1", "", 404, "no job j"},
      {"POST", "/v1/rules", "", 400, "yaml is missing"},
      {"GET", "/v1/cluster?x=1", "", 400, "it takes none"},
  };
  for (const auto& one : cases) {
    auto answer = http(one.method, one.path, one.body);
    EXPECT_EQ(answer.code, one.code) << one.method << one.path << one.body;
    EXPECT_THAT(answer.body, HasSubstr(one.message))
        << one.method << one.path << one.body;
    EXPECT_THAT(answer.body, HasSubstr("\"code\":"));
  }
  auto wrong_method = http("DELETE", "/v1/tasks");
  EXPECT_THAT(wrong_method.head, HasSubstr("Allow: POST, GET"));
}

TEST_F(gateway_http_refusals, json_that_nests_too_deep_is_refused) {
  start();
  auto body = "{\"options\":" + std::string(100000, '[');
  auto answer = http("POST", "/v1/tasks", body);
  EXPECT_EQ(answer.code, 400);
  EXPECT_THAT(answer.body, HasSubstr("nested too deeply"));
}

TEST_F(gateway_http_refusals, what_is_not_http_gets_an_answer_too) {
  start();
  raw_client client(server->http_port());
  client.send("what is this\r\n\r\n");
  auto answer = parse_http(client.read_all());
  EXPECT_GE(answer.code, 400);
  EXPECT_THAT(answer.body, HasSubstr("not an HTTP request"));
  EXPECT_EQ(http("GET", "/healthz").code, 200);
}

TEST_F(gateway_http_refusals, bodies_are_taken_up_to_the_limit) {
  start();
  std::string rule = "name: big\n#";
  rule.resize(max_statement_bytes, 'x');
  EXPECT_EQ(http("POST", "/v1/rules", rule, yaml_type).code, 200);
  rule += 'x';
  auto long_rule = http("POST", "/v1/rules", rule, yaml_type);
  EXPECT_EQ(long_rule.code, 400);
  EXPECT_THAT(long_rule.body, HasSubstr("over the limit of 524288"));
  rule.resize(max_http_body_bytes, 'x');
  EXPECT_EQ(http("POST", "/v1/rules", rule, yaml_type).code, 400);
  rule += 'x';
  auto long_body = http("POST", "/v1/rules", rule, yaml_type);
  EXPECT_EQ(long_body.code, 413);
  EXPECT_THAT(long_body.body, HasSubstr("over the limit of 4194304 bytes"));
}

TEST_F(gateway_http_refusals, a_chunked_body_has_the_same_limit) {
  start();
  for (auto size : {max_http_body_bytes, max_http_body_bytes + 1}) {
    raw_client client(server->http_port());
    client.send("POST /v1/rules HTTP/1.1\r\nHost: x\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
    client.send(fmt::format("{:x}\r\n", size) + std::string(size, 'x')
                + "\r\n0\r\n\r\n");
    client.finish();
    auto answer = parse_http(client.read_all());
    EXPECT_EQ(answer.code, size == max_http_body_bytes ? 400 : 413);
  }
}

TEST_F(gateway_http_refusals, urls_and_headers_are_taken_up_to_the_limit) {
  start();
  std::string path = "/v1/tasks/";
  path.resize(max_http_url_bytes, 'x');
  EXPECT_EQ(http("GET", path).code, 400);
  EXPECT_EQ(http("GET", path + "x").code, 414);
  auto header = [](std::size_t size) {
    return "X: " + std::string(size, 'x') + "\r\n";
  };
  constexpr std::size_t others = 100;
  EXPECT_EQ(
      http("GET", "/healthz", "", header(max_http_header_bytes - others)).code,
      200);
  EXPECT_EQ(http("GET", "/healthz", "", header(max_http_header_bytes)).code,
            431);
}

TEST_F(gateway_http_refusals, one_connection_serves_many_requests) {
  start();
  raw_client client(server->http_port());
  for (int i = 0; i < 3; ++i)
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  client.finish();
  auto all = client.read_all();
  auto count = 0;
  for (std::size_t at = 0; (at = all.find("ok\n", at)) != std::string::npos;
       ++at)
    ++count;
  EXPECT_EQ(count, 3);
}

} // namespace

} // namespace herald::gateway
