#include "actors/rule_task.hpp"
#include "cep/rule_file.hpp"
#include "cluster/node/task_calls.hpp"
#include "engine/common/error.hpp"

#include <fmt/format.h>

// Rules are stored as the text that the user wrote; it is compiled here first,
// so that a bad file is refused and the version that runs stays.

namespace herald::cluster {

namespace {

gateway::rule_state state_of(const object& what) {
  using enum gateway::rule_state;
  switch (what.status.state) {
  case object_state::running:
    return running;
  case object_state::failed:
    return failed;
  case object_state::finished:
    return finished;
  default:
    return what.owner ? loading : unowned;
  }
}

} // namespace

void put_rule(node_shell& node, const gateway::put_rule& what,
              shared_reply<gateway::rule_version> answer) {
  auto file = parse_rule(what.yaml);
  if (!file.ok())
    return (*answer)(file.status());
  object_key key{object_kind::rule, what.project, file->name};
  put_command put{key, "rule", what.yaml, {}, std::nullopt};
  if (auto wrong = check(put); !wrong.ok())
    return (*answer)(wrong);
  auto compiled = compile_rule_task(file->name, what.yaml);
  if (!compiled.ok())
    return (*answer)(compiled.status());
  auto subject = to_string(key);
  auto done = [answer, subject, name = file->name](absl::StatusOr<outcome> x) {
    auto number = accepted(x, subject);
    if (!number.ok())
      return (*answer)(number.status());
    (*answer)(gateway::rule_version{name, static_cast<std::uint32_t>(*number)});
  };
  node.append(std::move(put), "client", done);
}

void list_rules(node_shell& node, const gateway::list_objects& which,
                shared_reply<gateway::listing<gateway::rule_status>> answer) {
  gateway::listing<gateway::rule_status> result;
  for (const auto& [key, what] : node.known().objects()) {
    if (key.kind != object_kind::rule
        || (!which.project.empty() && key.project != which.project))
      continue;
    if (result.items.size() >= which.limit) {
      result.more = true;
      break;
    }
    gateway::rule_status status;
    status.project = key.project;
    status.name = key.name;
    status.version = static_cast<std::uint32_t>(what.current().number.value);
    status.state = state_of(what);
    status.owner = what.owner ? to_string(*what.owner) : "";
    if (!what.status.reason.empty())
      status.last_error = absl::UnknownError(what.status.reason);
    auto at = node.host().objects().find(key);
    if (at != node.host().objects().end() && at->second.rule) {
      task_report report;
      at->second.metrics->sum(report);
      if (status.last_error.ok() && !report.problem.empty())
        status.last_error = absl::UnavailableError(report.problem);
      const auto& cell = *at->second.rule->cell;
      status.matches = static_cast<std::uint64_t>(cell.matches.load());
      status.partial_matches
          = static_cast<std::uint64_t>(cell.partial_matches.load());
    }
    result.items.push_back(std::move(status));
  }
  (*answer)(std::move(result));
}

} // namespace herald::cluster
