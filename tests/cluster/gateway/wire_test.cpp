#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "cluster/gateway/wire_requests.hpp"
#include "engine/common/error.hpp"

#include <capnp/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::gateway {

namespace {

using testing::HasSubstr;

/// Writes `what` as `Wire` and gives its reader to `use`.
template <class Wire, class Struct>
auto sent(const Struct& what) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<Wire>();
  write(root, what);
  return read(root.asReader());
}

TEST(wire_requests, come_back_as_they_were) {
  create_task create{"p", "n", "SELECT 1", {{"a", "b"}, {"c", ""}}, true};
  auto created = sent<protocol::CreateTask>(create);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->project, "p");
  EXPECT_EQ(created->options, create.options);
  EXPECT_TRUE(created->start);
  update_task update{"p", "n", "SELECT 1", {}, 7};
  EXPECT_EQ(sent<protocol::UpdateTask>(update)->if_version, 7u);
  submit_query query;
  query.sql = "SELECT 1";
  query.user = "\xC3\xA4nne";
  query.timeout_ms = 1;
  query.format = result_format::json_lines;
  query.kind = job_kind::importing;
  query.detached = true;
  query.idle_timeout_ms = 2;
  auto submitted = sent<protocol::SubmitQuery>(query);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->queue, "default");
  EXPECT_EQ(submitted->user, query.user);
  EXPECT_EQ(submitted->kind, query.kind);
  EXPECT_EQ(submitted->format, query.format);
  EXPECT_TRUE(submitted->detached);
  EXPECT_EQ(submitted->idle_timeout_ms, 2u);
  list_jobs jobs{"q", "u", {job_state::fresh, job_state::fail}, 5};
  EXPECT_EQ(sent<protocol::ListJobs>(jobs)->states, jobs.states);
  queue_spec queue{"q", 0.5, 1, 2, true, {job_kind::etl}};
  auto put = sent<protocol::QueueSpec>(queue);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->weight, 0.5);
  EXPECT_EQ(put->kinds, queue.kinds);
  EXPECT_EQ(sent<protocol::PutSetting>(put_setting{"k", "v", 3})->if_version,
            3u);
}

TEST(wire_requests, have_the_defaults_of_the_structs) {
  capnp::MallocMessageBuilder message;
  auto query = message.initRoot<protocol::SubmitQuery>();
  query.setSql("SELECT 1");
  auto read_query = read(query.asReader());
  ASSERT_TRUE(read_query.ok());
  EXPECT_EQ(read_query->queue, submit_query{}.queue);
  EXPECT_EQ(read_query->format, submit_query{}.format);
  auto task = message.initRoot<protocol::ObjectRef>();
  task.setName("t");
  EXPECT_EQ(read(task.asReader())->project, object_ref{}.project);
  auto listed = message.initRoot<protocol::ListObjects>();
  EXPECT_EQ(read(listed.asReader())->limit, list_objects{}.limit);
  auto jobs = message.initRoot<protocol::ListJobs>();
  EXPECT_EQ(read(jobs.asReader())->limit, list_jobs{}.limit);
  auto queue = message.initRoot<protocol::QueueSpec>();
  queue.setName("q");
  auto spec = read(queue.asReader());
  EXPECT_EQ(spec->weight, queue_spec{}.weight);
  EXPECT_EQ(spec->capacity, queue_spec{}.capacity);
  EXPECT_EQ(spec->max_running, queue_spec{}.max_running);
}

/// Returns the message of the error that `change` makes of a good request.
template <class Wire, class Change>
std::string refusal(Change change) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<Wire>();
  change(root);
  auto status = read(root.asReader()).status();
  return std::string(message_of(status));
}

TEST(wire_requests, are_taken_at_each_limit_and_refused_above) {
  auto named = [](std::size_t size) {
    return refusal<protocol::ObjectRef>(
        [&](auto out) { out.setName(std::string(size, 'n')); });
  };
  EXPECT_EQ(named(max_name_bytes), "");
  EXPECT_EQ(named(max_name_bytes + 1),
            "name has 129 bytes, over the limit of 128 (shorten it)");
  EXPECT_EQ(named(0), "name is missing");
  auto statement = [](std::size_t size) {
    return refusal<protocol::PutRule>(
        [&](auto out) { out.setYaml(std::string(size, 'n')); });
  };
  EXPECT_EQ(statement(max_statement_bytes), "");
  EXPECT_THAT(statement(max_statement_bytes + 1),
              HasSubstr("yaml has 524289 bytes"));
  auto value = [](std::size_t size) {
    return refusal<protocol::PutSetting>([&](auto out) {
      out.setKey("k");
      out.setValue(std::string(size, 'n'));
    });
  };
  EXPECT_EQ(value(max_value_bytes), "");
  EXPECT_THAT(value(max_value_bytes + 1), HasSubstr("value has 16385 bytes"));
  auto options = [](unsigned count) {
    return refusal<protocol::SubmitQuery>([&](auto out) {
      out.setSql("x");
      for (auto one : out.initOptions(count))
        one.setKey("k");
    });
  };
  EXPECT_EQ(options(max_options), "");
  EXPECT_EQ(options(max_options + 1), "65 options are over the limit of 64");
  auto limit = [](std::uint32_t count) {
    return refusal<protocol::ListQueues>(
        [&](auto out) { out.setLimit(count); });
  };
  EXPECT_EQ(limit(max_listed), "");
  EXPECT_EQ(limit(max_listed + 1), "limit is 10001, not from 1 to 10000");
  auto piece = [](std::uint32_t bytes) {
    return refusal<protocol::NextRequest>(
        [&](auto out) { out.setMaxBytes(bytes); });
  };
  EXPECT_EQ(piece(max_piece_bytes), "");
  EXPECT_THAT(piece(max_piece_bytes + 1), HasSubstr("not from 1 to 1048576"));
  EXPECT_THAT(piece(0), HasSubstr("maxBytes is 0"));
  auto wait = [](std::uint32_t ms) {
    return refusal<protocol::JobStatusRequest>(
        [&](auto out) { out.setWaitMs(ms); });
  };
  EXPECT_EQ(wait(max_status_wait_ms), "");
  EXPECT_THAT(wait(max_status_wait_ms + 1), HasSubstr("waitMs is 60001"));
}

TEST(wire_requests, that_make_no_sense_are_refused) {
  EXPECT_EQ(refusal<protocol::JobRef>([](auto out) { out.setJobId("\xFF"); }),
            "jobId is not UTF-8 text");
  EXPECT_THAT(refusal<protocol::SubmitQuery>([](auto out) {
                out.setSql("x");
                out.setKind(static_cast<protocol::JobKind>(99));
              }),
              HasSubstr("kind has the unknown value 99"));
  for (double weight : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THAT(refusal<protocol::QueueSpec>([&](auto out) {
                  out.setName("q");
                  out.setWeight(weight);
                }),
                HasSubstr("not above 0"));
}

TEST(wire_answers, come_back_as_they_were) {
  task_description task;
  task.status.name = "t";
  task.status.wanted = wanted_state::running;
  task.status.actual = task_state::unowned;
  task.status.lag = -1;
  task.status.last_error = user_error({3, 4, 0, 0}, "broken");
  task.sql = "SELECT 1";
  task.options = {{"a", "b"}};
  auto back = sent<protocol::TaskReply>(task);
  EXPECT_EQ(back.status.actual, task.status.actual);
  EXPECT_EQ(back.status.watermark_ms, no_watermark);
  EXPECT_EQ(message_of(back.status.last_error), "line 3, column 4: broken");
  EXPECT_EQ(position_of(back.status.last_error).column, 4u);
  EXPECT_EQ(back.options, task.options);
  job_status job;
  job.id = "j";
  job.state = job_state::waiting;
  job.kind = job_kind::exporting;
  job.queue_position = 3;
  job.format = result_format::json_lines;
  auto job_back = sent<protocol::JobStatus>(job);
  EXPECT_TRUE(job_back.error.ok());
  EXPECT_EQ(job_back.state, job.state);
  EXPECT_EQ(job_back.kind, job.kind);
  EXPECT_EQ(job_back.format, job.format);
}

TEST(wire_answers, lists_are_cut_at_the_limit_and_say_so) {
  listing<job_status> jobs;
  jobs.items.resize(3);
  jobs.items[0].sql.assign(max_listed_sql_bytes + 10, 'x');
  capnp::MallocMessageBuilder message;
  for (std::uint32_t limit : {2u, 3u}) {
    auto out = message.initRoot<protocol::JobList>();
    write(out, jobs, limit);
    auto back = read(out.asReader());
    EXPECT_EQ(back.items.size(), limit);
    EXPECT_EQ(back.more, limit == 2);
    EXPECT_EQ(back.items[0].sql.size(), max_listed_sql_bytes);
  }
}

TEST(wire_errors, every_code_comes_back_and_has_an_http_status) {
  for (int code = 1; code <= 16; ++code) {
    absl::Status status(static_cast<absl::StatusCode>(code), "m");
    capnp::MallocMessageBuilder message;
    auto out = message.initRoot<protocol::Error>();
    write_error(out, status);
    EXPECT_EQ(read_error(out.asReader()).code(), status.code());
    EXPECT_GE(http_status(status.code()), 400u);
    EXPECT_LT(http_status(status.code()), 600u);
  }
}

TEST(wire_errors, texts_are_cut_and_made_utf8) {
  EXPECT_EQ(clean_text("abc", 3), "abc");
  EXPECT_EQ(clean_text("abcd", 3), "abc");
  EXPECT_EQ(clean_text("ab\xC3\xA4", 3), "ab");
  EXPECT_EQ(clean_text("ab\xC3\xA4", 4), "ab\xC3\xA4");
  EXPECT_EQ(clean_text("a\xFF", 9), "a?");
  EXPECT_EQ(clean_text("\x80\x80\x80", 2), "");
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<protocol::Error>();
  write_error(out, absl::InternalError(std::string(max_error_bytes + 9, 'x')));
  EXPECT_EQ(out.getMessage().size(), max_error_bytes);
}

TEST(wire_errors, an_enumerator_of_a_newer_node_is_unknown) {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<protocol::Error>();
  out.setCode(static_cast<protocol::ErrorCode>(77));
  EXPECT_EQ(read_error(out.asReader()).code(), absl::StatusCode::kUnknown);
}

} // namespace

} // namespace herald::gateway
