#include "cluster/gateway/wire_requests.hpp"

#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "cluster/gateway/wire_fields.hpp"

#include <cmath>

namespace herald::gateway {

using namespace wire;

namespace wire {

absl::Status take_text(std::string_view field, capnp::Text::Reader in,
                       std::size_t limit, std::string& out) {
  if (in.size() > limit)
    return user_error(fmt::format("{} has {} bytes, over the limit of {}",
                                  field, in.size(), limit),
                      "shorten it");
  if (!is_utf8(view(in)))
    return user_error(fmt::format("{} is not UTF-8 text", field));
  out = text(in);
  return absl::OkStatus();
}

absl::Status take_name(std::string_view field, capnp::Text::Reader in,
                       std::string& out) {
  if (in.size() == 0)
    return user_error(fmt::format("{} is missing", field));
  return take_text(field, in, max_name_bytes, out);
}

absl::Status take_options(capnp::List<protocol::Option>::Reader in,
                          std::vector<option>& out) {
  if (in.size() > max_options)
    return user_error(fmt::format("{} options are over the limit of {}",
                                  in.size(), max_options));
  out.reserve(in.size());
  for (auto entry : in) {
    auto& taken = out.emplace_back();
    HERALD_TRY(take_name("options.key", entry.getKey(), taken.key));
    HERALD_TRY(take_text("options.value", entry.getValue(), max_value_bytes,
                         taken.value));
  }
  return absl::OkStatus();
}

void write_options(capnp::List<protocol::Option>::Builder out,
                   const std::vector<option>& options) {
  for (unsigned i = 0; i < out.size(); ++i) {
    out[i].setKey(options[i].key);
    out[i].setValue(options[i].value);
  }
}

} // namespace wire

namespace {

static_assert(static_cast<unsigned>(protocol::JobState::FAIL) + 1
              == job_states);
static_assert(static_cast<unsigned>(protocol::JobKind::IMPORT) + 1
              == job_kinds);
static_assert(static_cast<unsigned>(protocol::ResultFormat::JSON_LINES) + 1
              == formats);
static_assert(static_cast<unsigned>(job_state::fail) + 1 == job_states);
static_assert(static_cast<unsigned>(job_kind::importing) + 1 == job_kinds);
static_assert(static_cast<unsigned>(result_format::json_lines) + 1 == formats);

/// A filter of states needs no more than one entry per state.
constexpr std::size_t max_enum_list = 16;

absl::Status take_statement(std::string_view field, capnp::Text::Reader in,
                            std::string& out) {
  if (in.size() == 0)
    return user_error(fmt::format("{} is missing", field));
  return take_text(field, in, max_statement_bytes, out);
}

absl::Status take_limit(std::uint32_t in, std::uint32_t& out) {
  if (in == 0 || in > max_listed)
    return user_error(
        fmt::format("limit is {}, not from 1 to {}", in, max_listed));
  out = in;
  return absl::OkStatus();
}

template <class To, class List>
absl::Status take_enums(std::string_view field, List in, unsigned count,
                        std::vector<To>& out) {
  if (in.size() > max_enum_list)
    return user_error(fmt::format("{} has {} entries, over the limit of {}",
                                  field, in.size(), max_enum_list));
  for (auto entry : in)
    HERALD_TRY(take_enum(field, entry, count, out.emplace_back()));
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<create_task> read(protocol::CreateTask::Reader in) {
  create_task out;
  HERALD_TRY(take_name("project", in.getProject(), out.project));
  HERALD_TRY(take_name("name", in.getName(), out.name));
  HERALD_TRY(take_statement("sql", in.getSql(), out.sql));
  HERALD_TRY(take_options(in.getOptions(), out.options));
  out.start = in.getStart();
  return out;
}

absl::StatusOr<update_task> read(protocol::UpdateTask::Reader in) {
  update_task out;
  HERALD_TRY(take_name("project", in.getProject(), out.project));
  HERALD_TRY(take_name("name", in.getName(), out.name));
  HERALD_TRY(take_statement("sql", in.getSql(), out.sql));
  HERALD_TRY(take_options(in.getOptions(), out.options));
  out.if_version = in.getIfVersion();
  return out;
}

absl::StatusOr<object_ref> read(protocol::ObjectRef::Reader in) {
  object_ref out;
  HERALD_TRY(take_name("project", in.getProject(), out.project));
  HERALD_TRY(take_name("name", in.getName(), out.name));
  return out;
}

absl::StatusOr<list_objects> read(protocol::ListObjects::Reader in) {
  list_objects out;
  HERALD_TRY(
      take_text("project", in.getProject(), max_name_bytes, out.project));
  HERALD_TRY(take_limit(in.getLimit(), out.limit));
  return out;
}

absl::StatusOr<put_rule> read(protocol::PutRule::Reader in) {
  put_rule out;
  HERALD_TRY(take_name("project", in.getProject(), out.project));
  HERALD_TRY(take_statement("yaml", in.getYaml(), out.yaml));
  return out;
}

absl::StatusOr<submit_query> read(protocol::SubmitQuery::Reader in) {
  submit_query out;
  HERALD_TRY(take_statement("sql", in.getSql(), out.sql));
  HERALD_TRY(take_name("queue", in.getQueue(), out.queue));
  HERALD_TRY(take_text("user", in.getUser(), max_user_bytes, out.user));
  HERALD_TRY(take_options(in.getOptions(), out.options));
  HERALD_TRY(take_enum("format", in.getFormat(), formats, out.format));
  HERALD_TRY(take_enum("kind", in.getKind(), job_kinds, out.kind));
  out.timeout_ms = in.getTimeoutMs();
  out.detached = in.getDetached();
  out.idle_timeout_ms = in.getIdleTimeoutMs();
  return out;
}

absl::StatusOr<list_jobs> read(protocol::ListJobs::Reader in) {
  list_jobs out;
  HERALD_TRY(take_text("queue", in.getQueue(), max_name_bytes, out.queue));
  HERALD_TRY(take_text("user", in.getUser(), max_user_bytes, out.user));
  HERALD_TRY(take_enums("states", in.getStates(), job_states, out.states));
  HERALD_TRY(take_limit(in.getLimit(), out.limit));
  return out;
}

absl::StatusOr<queue_spec> read(protocol::QueueSpec::Reader in) {
  queue_spec out;
  HERALD_TRY(take_name("name", in.getName(), out.name));
  HERALD_TRY(take_enums("kinds", in.getKinds(), job_kinds, out.kinds));
  out.weight = in.getWeight();
  out.capacity = in.getCapacity();
  out.max_running = in.getMaxRunning();
  out.core = in.getCore();
  if (!std::isfinite(out.weight) || out.weight <= 0)
    return user_error(fmt::format("weight is {}, not above 0", out.weight));
  if (out.capacity == 0)
    return user_error("capacity is 0: no job could ever wait");
  if (out.max_running == 0)
    return user_error("maxRunning is 0: no job could ever run");
  return out;
}

absl::StatusOr<put_setting> read(protocol::PutSetting::Reader in) {
  put_setting out;
  HERALD_TRY(take_name("key", in.getKey(), out.key));
  HERALD_TRY(take_text("value", in.getValue(), max_value_bytes, out.value));
  out.if_version = in.getIfVersion();
  return out;
}

absl::StatusOr<std::string> read(protocol::JobRef::Reader in) {
  std::string out;
  if (in.getJobId().size() == 0)
    return user_error("jobId is missing");
  HERALD_TRY(take_text("jobId", in.getJobId(), max_job_id_bytes, out));
  return out;
}

absl::StatusOr<std::uint32_t> read(protocol::ListQueues::Reader in) {
  std::uint32_t out = 0;
  HERALD_TRY(take_limit(in.getLimit(), out));
  return out;
}

absl::StatusOr<std::string> read(protocol::NodeRef::Reader in) {
  std::string out;
  HERALD_TRY(take_text("node", in.getNode(), max_name_bytes, out));
  return out;
}

absl::StatusOr<std::string> read(protocol::GetSettings::Reader in) {
  std::string out;
  HERALD_TRY(take_text("prefix", in.getPrefix(), max_name_bytes, out));
  return out;
}

absl::StatusOr<job_status_request> read(protocol::JobStatusRequest::Reader in) {
  job_status_request out;
  HERALD_TRY(take_enum("seen", in.getSeen(), job_states, out.seen));
  out.wait_ms = in.getWaitMs();
  if (out.wait_ms > max_status_wait_ms)
    return user_error(fmt::format("waitMs is {}, over the limit of {}",
                                  out.wait_ms, max_status_wait_ms),
                      "ask again when the answer comes");
  return out;
}

absl::StatusOr<std::uint32_t> read(protocol::NextRequest::Reader in) {
  auto bytes = in.getMaxBytes();
  if (bytes == 0 || bytes > max_piece_bytes)
    return user_error(fmt::format("maxBytes is {}, not from 1 to {}", bytes,
                                  max_piece_bytes));
  return bytes;
}

void write(protocol::CreateTask::Builder out, const create_task& what) {
  out.setProject(what.project);
  out.setName(what.name);
  out.setSql(what.sql);
  write_options(out.initOptions(what.options.size()), what.options);
  out.setStart(what.start);
}

void write(protocol::UpdateTask::Builder out, const update_task& what) {
  out.setProject(what.project);
  out.setName(what.name);
  out.setSql(what.sql);
  write_options(out.initOptions(what.options.size()), what.options);
  out.setIfVersion(what.if_version);
}

void write(protocol::ObjectRef::Builder out, const object_ref& what) {
  out.setProject(what.project);
  out.setName(what.name);
}

void write(protocol::ListObjects::Builder out, const list_objects& what) {
  out.setProject(what.project);
  out.setLimit(what.limit);
}

void write(protocol::PutRule::Builder out, const put_rule& what) {
  out.setProject(what.project);
  out.setYaml(what.yaml);
}

void write(protocol::SubmitQuery::Builder out, const submit_query& what) {
  out.setSql(what.sql);
  out.setQueue(what.queue);
  out.setUser(what.user);
  out.setTimeoutMs(what.timeout_ms);
  write_options(out.initOptions(what.options.size()), what.options);
  out.setFormat(same<protocol::ResultFormat>(what.format));
  out.setKind(same<protocol::JobKind>(what.kind));
  out.setDetached(what.detached);
  out.setIdleTimeoutMs(what.idle_timeout_ms);
}

void write(protocol::ListJobs::Builder out, const list_jobs& what) {
  out.setQueue(what.queue);
  out.setUser(what.user);
  auto states = out.initStates(what.states.size());
  for (unsigned i = 0; i < states.size(); ++i)
    states.set(i, same<protocol::JobState>(what.states[i]));
  out.setLimit(what.limit);
}

void write(protocol::QueueSpec::Builder out, const queue_spec& what) {
  out.setName(what.name);
  out.setWeight(what.weight);
  out.setCapacity(what.capacity);
  out.setMaxRunning(what.max_running);
  out.setCore(what.core);
  auto kinds = out.initKinds(what.kinds.size());
  for (unsigned i = 0; i < kinds.size(); ++i)
    kinds.set(i, same<protocol::JobKind>(what.kinds[i]));
}

void write(protocol::PutSetting::Builder out, const put_setting& what) {
  out.setKey(what.key);
  out.setValue(what.value);
  out.setIfVersion(what.if_version);
}

} // namespace herald::gateway
