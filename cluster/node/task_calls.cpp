#include "cluster/node/task_calls.hpp"

#include "actors/task_compiler.hpp"
#include "cluster/catalog_rules.hpp"
#include "cluster/gateway/wire_answers.hpp"
#include "cluster/gateway/wire_requests.hpp"
#include "cluster/limits.hpp"
#include "cluster/node/forwarding.hpp"
#include "engine/common/error.hpp"
#include "engine/plan/explain.hpp"

#include <fmt/format.h>

namespace herald::cluster {

namespace {

option_map options_of(const std::vector<gateway::option>& list) {
  option_map result;
  for (const auto& x : list)
    result[x.key] = x.value;
  return result;
}

gateway::task_state state_of(const object& what) {
  using enum gateway::task_state;
  switch (what.status.state) {
  case object_state::waiting:
    return what.wanted_running ? (what.owner ? starting : unowned) : stopped;
  case object_state::running:
    return what.wanted_running ? running : stopping;
  case object_state::restarting:
    return backing_off;
  case object_state::stopped:
    return stopped;
  case object_state::failed:
    return failed;
  case object_state::finished:
    return finished;
  }
  return stopped;
}

/// Answers with the number of the outcome.
template <class T, class Make>
node_shell::append_done answer_with(shared_reply<T> reply, std::string subject,
                                    Make make) {
  return [reply = std::move(reply), subject = std::move(subject),
          make = std::move(make)](absl::StatusOr<outcome> x) {
    auto number = accepted(x, subject);
    if (!number.ok())
      return (*reply)(number.status());
    (*reply)(make(*number));
  };
}

/// What a new object's outcome means: any version is one too many.
absl::StatusOr<std::uint64_t> created(const absl::StatusOr<outcome>& x,
                                      const std::string& subject) {
  if (x.ok() && x->why == refusal::version_differs)
    return absl::AlreadyExistsError(fmt::format(
        "{} exists already (update it, or delete it first)", subject));
  return accepted(x, subject);
}

std::uint32_t to_version(std::uint64_t number) {
  return static_cast<std::uint32_t>(number);
}

} // namespace

absl::Status check(const put_command& x) {
  if (!is_valid(x.key))
    return user_error(
        fmt::format("a {} cannot be called '{}' in project '{}'",
                    to_string(x.key.kind), x.key.name, x.key.project),
        fmt::format("both have 1 to {} letters, digits, '_' and '-'",
                    max_name_bytes));
  if (x.text.size() > max_text_bytes)
    return user_error(
        fmt::format("the text has {} bytes, above the limit of {}",
                    x.text.size(), max_text_bytes),
        fmt::format("divide it into several {}s", to_string(x.key.kind)));
  if (x.options.size() > max_options)
    return user_error(fmt::format("{} options are over the limit of {}",
                                  x.options.size(), max_options));
  for (const auto& [name, value] : x.options)
    if (value.size() > max_value_bytes)
      return user_error(
          fmt::format("the value of option '{}' has {} bytes, above the limit "
                      "of {}",
                      name, value.size(), max_value_bytes));
  return absl::OkStatus();
}

absl::StatusOr<std::uint64_t> accepted(const absl::StatusOr<outcome>& x,
                                       const std::string& subject) {
  if (!x.ok())
    return x.status();
  switch (x->why) {
  case refusal::none:
    return x->number;
  case refusal::unknown:
    return absl::NotFoundError(fmt::format("there is no {}", subject));
  case refusal::version_differs:
    return absl::AbortedError(
        fmt::format("{} has another version by now (look at it, then try "
                    "again)",
                    subject));
  case refusal::full:
    return absl::ResourceExhaustedError(
        fmt::format("the catalog is full: {} does not fit any more", subject));
  default:
    return absl::InvalidArgumentError(
        fmt::format("{} was refused: {}", subject, to_string(x->why)));
  }
}

void create_task(node_shell& node, const gateway::create_task& what,
                 shared_reply<std::uint32_t> version) {
  object_key key{object_kind::task, what.project, what.name};
  put_command put{
      key,       "sql", what.sql, options_of(what.options), version_number{0},
      what.start};
  if (auto wrong = check(put); !wrong.ok())
    return (*version)(wrong);
  auto compiled = compile_task(what.name, what.sql, put.options);
  if (!compiled.ok())
    return (*version)(compiled.status());
  auto subject = to_string(key);
  node.append(std::move(put), "client",
              [subject, version](absl::StatusOr<outcome> x) {
                auto number = created(x, subject);
                if (!number.ok())
                  return (*version)(number.status());
                (*version)(to_version(*number));
              });
}

void update_task(node_shell& node, const gateway::update_task& what,
                 shared_reply<std::uint32_t> version) {
  object_key key{object_kind::task, what.project, what.name};
  if (!node.known().find_object(key))
    return (*version)(
        absl::NotFoundError(fmt::format("there is no {}", to_string(key))));
  put_command put{key, "sql", what.sql, options_of(what.options), {}};
  if (what.if_version != 0)
    put.only_if = version_number{what.if_version};
  if (auto wrong = check(put); !wrong.ok())
    return (*version)(wrong);
  auto compiled = compile_task(what.name, what.sql, put.options);
  if (!compiled.ok())
    return (*version)(compiled.status());
  node.append(std::move(put), "client",
              answer_with(version, to_string(key), to_version));
}

void want_task(node_shell& node, const gateway::object_ref& which, bool running,
               shared_reply<gateway::done> answer) {
  object_key key{object_kind::task, which.project, which.name};
  node.append(set_wanted_command{key, running, std::nullopt}, "client",
              answer_with(answer, to_string(key),
                          [](std::uint64_t) { return gateway::done{}; }));
}

void delete_object(node_shell& node, object_kind kind,
                   const gateway::object_ref& which,
                   shared_reply<gateway::done> answer) {
  object_key key{kind, which.project, which.name};
  node.append(remove_command{key, std::nullopt}, "client",
              answer_with(answer, to_string(key),
                          [](std::uint64_t) { return gateway::done{}; }));
}

gateway::task_description describe_here(node_shell& node, const object_key& key,
                                        const object& what) {
  gateway::task_description result;
  result.sql = what.current().text;
  for (const auto& [name, value] : what.current().options)
    result.options.push_back({name, value});
  auto& s = result.status;
  s.project = key.project;
  s.name = key.name;
  s.version = static_cast<std::uint32_t>(what.current().number.value);
  s.wanted = what.wanted_running ? gateway::wanted_state::running
                                 : gateway::wanted_state::stopped;
  s.actual = state_of(what);
  s.owner = what.owner ? to_string(*what.owner) : "";
  s.generation = what.held.value;
  s.restarts = what.status.restarts;
  if (!what.status.reason.empty())
    s.last_error = absl::UnknownError(what.status.reason);
  const auto report = node.host().report_of(key);
  if (!report)
    return result;
  if (s.last_error.ok() && !report->problem.empty())
    s.last_error = absl::UnavailableError(report->problem);
  s.records_in = static_cast<std::uint64_t>(report->rows_in);
  s.records_out = static_cast<std::uint64_t>(report->rows_out);
  s.dead_letters = static_cast<std::uint64_t>(report->malformed);
  s.late = static_cast<std::uint64_t>(report->rows_late);
  s.lag = report->lag_records;
  if (report->watermark_ms != time_min && report->watermark_ms != time_max)
    s.watermark_ms = report->watermark_ms;
  const auto& running = node.host().objects();
  if (const auto at = running.find(key); at != running.end())
    result.plan = explain_running(*at->second.spec->graph,
                                  at->second.metrics->figures());
  return result;
}

void describe_task(node_shell& node, const gateway::object_ref& which,
                   shared_reply<gateway::task_description> answer) {
  object_key key{object_kind::task, which.project, which.name};
  const auto* what = node.known().find_object(key);
  if (!what)
    return (*answer)(
        absl::NotFoundError(fmt::format("there is no {}", to_string(key))));
  auto here = describe_here(node, key, *what);
  if (!what->owner || *what->owner == node.agent().self())
    return (*answer)(std::move(here));
  // The owner knows the figures; without it the catalog's answer will do.
  node.forward(
      *what->owner, static_cast<std::uint8_t>(forward_method::task_status),
      encode_request(which), [answer, here](absl::StatusOr<std::string> bytes) {
        if (bytes.ok())
          if (auto full = decode_task(*bytes); full.ok())
            return (*answer)(*std::move(full));
        (*answer)(here);
      });
}

void list_tasks(node_shell& node, const gateway::list_objects& which,
                shared_reply<gateway::listing<gateway::task_status>> answer) {
  gateway::listing<gateway::task_status> result;
  for (const auto& [key, what] : node.known().objects()) {
    if (key.kind != object_kind::task
        || (!which.project.empty() && key.project != which.project))
      continue;
    if (result.items.size() >= which.limit) {
      result.more = true;
      break;
    }
    result.items.push_back(describe_here(node, key, what).status);
  }
  (*answer)(std::move(result));
}

} // namespace herald::cluster
