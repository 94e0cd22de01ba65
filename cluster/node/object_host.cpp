#include "cluster/node/object_host.hpp"

#include "actors/actor_base.hpp"
#include "actors/task_compiler.hpp"
#include "engine/common/error.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace herald::cluster {

namespace {

/// A node restarts its tasks for long; only the user's own errors end one.
restart_policy node_restarts() {
  restart_policy result;
  result.restarts_max = 100;
  return result;
}

const object_version* find_version(const object& what, version_number number) {
  for (const auto& x : what.versions)
    if (x.number == number)
      return &x;
  return nullptr;
}

object_state state_of(const task_event& x) {
  switch (x.state) {
  case task_state::restarting:
    return object_state::restarting;
  case task_state::stopped:
    return object_state::stopped;
  case task_state::finished:
    return object_state::finished;
  case task_state::failed:
    return object_state::failed;
  default:
    return object_state::running;
  }
}

} // namespace

object_host::object_host(caf::actor_system& system, task_owner owner,
                         queue_journal journal)
    : system_(system), owner_(std::move(owner)),
      queues_(system, std::move(journal)) {}

object_host::~object_host() {
  for (const auto& [key, x] : objects_)
    end_now(*x.actor);
}

absl::StatusOr<hosted_object> object_host::compile(const object_key& key,
                                                   generation held,
                                                   version_number version,
                                                   const object& what) {
  const auto* text = find_version(what, version);
  if (!text)
    return absl::FailedPreconditionError("this version is no longer kept");
  auto name = fmt::format("{}.{}", key.project, key.name);
  hosted_object result;
  result.held = held;
  result.version = version;
  if (key.kind == object_kind::rule) {
    HERALD_ASSIGN(result.rule, compile_rule_task(name, text->text));
    result.spec = result.rule->spec;
  } else {
    HERALD_ASSIGN(result.spec, compile_task(name, text->text, text->options));
  }
  auto spec = *result.spec;
  spec.restarts = node_restarts();
  result.spec = std::make_shared<const task_spec>(std::move(spec));
  return result;
}

void object_host::launch(hosted_object& x) {
  x.ref = {next_task_++, x.held.value};
  x.metrics = std::make_shared<task_metrics>(*x.spec->graph);
  x.actor = spawn_task(system_, x.ref, x.spec, x.metrics, owner_);
  x.last.task = x.ref;
  if (paused_)
    caf::anon_send(*x.actor, atom::pause_v, true);
  caf::anon_send(*x.actor, atom::run_v);
}

absl::Status object_host::start(const object_key& key, generation held,
                                version_number version, const object& what) {
  if (key.kind == object_kind::queue)
    return queues_.start(key, held, what.current());
  HERALD_ASSIGN(auto made, compile(key, held, version, what));
  spdlog::info("{} starts, generation {}", to_string(key), held.value);
  launch(made);
  objects_.insert_or_assign(key, std::move(made));
  return absl::OkStatus();
}

void object_host::update(const object_key& key, generation held,
                         version_number version, const object& what) {
  if (key.kind == object_kind::queue)
    return queues_.update(key, held, what.current());
  auto at = objects_.find(key);
  if (at == objects_.end() || at->second.held != held)
    return;
  auto& running = at->second;
  auto made = compile(key, held, version, what);
  if (!made.ok()) {
    // The gateway compiles before it puts, so this is a rule that another
    // program version accepted. What runs stays.
    spdlog::error("{} keeps version {}: {}", to_string(key),
                  running.version.value, message_of(made.status()));
    return;
  }
  // What already drains for a successor is not changed: the successor is.
  if (!running.successor && running.rule && made->rule
      && fits_in_place(*running.rule, *made->rule)) {
    made->rule->cell = running.rule->cell;
    caf::anon_send(*running.actor, atom::change_v,
                   change_rule(*running.rule->cell, *made->rule));
    running.rule = std::move(made->rule);
    running.version = version;
    return;
  }
  running.successor = std::make_shared<hosted_object>(*std::move(made));
  caf::anon_send(*running.actor, atom::stop_v);
}

bool object_host::stop(const object_key& key, generation held, bool fenced) {
  queues_.stop(key, held);
  auto at = objects_.find(key);
  if (at == objects_.end() || at->second.held != held)
    return false;
  at->second.successor.reset();
  if (!fenced) {
    caf::anon_send(*at->second.actor, atom::stop_v);
    return true;
  }
  end_now(*at->second.actor);
  objects_.erase(at);
  return false;
}

void object_host::hold(bool paused) {
  paused_ = paused;
  for (const auto& [key, x] : objects_)
    caf::anon_send(*x.actor, atom::pause_v, paused);
}

void object_host::pause() {
  hold(true);
}

void object_host::resume() {
  hold(false);
}

void object_host::note_problems() {
  for (auto& [key, x] : objects_) {
    task_report report;
    x.metrics->sum(report);
    if (report.problem.empty() == x.problem.empty())
      continue;
    if (report.problem.empty())
      spdlog::info("{} goes on", to_string(key));
    else
      spdlog::warn("{} waits: {}", to_string(key), report.problem);
    x.problem = std::move(report.problem);
  }
}

std::vector<object_news> object_host::take(const task_event& x) {
  for (auto at = objects_.begin(); at != objects_.end(); ++at) {
    if (at->second.ref != x.task)
      continue;
    at->second.last = x;
    if (!x.reason.empty())
      spdlog::warn("{}: {}: {}", to_string(at->first), to_string(x.state),
                   x.reason);
    auto over = x.state == task_state::stopped
                || x.state == task_state::finished
                || x.state == task_state::failed;
    if (over && at->second.successor) {
      auto next = *std::exchange(at->second.successor, nullptr);
      at->second = std::move(next);
      launch(at->second);
      return {};
    }
    object_news news{
        at->first,
        at->second.held,
        {state_of(x), x.reason, static_cast<std::uint32_t>(x.restarts)},
        over};
    if (over) {
      if (ended_.size() >= ended_objects_max && !ended_.contains(at->first))
        ended_.erase(ended_.begin());
      ended_[at->first] = *report_of(at->first);
      objects_.erase(at);
    }
    return {news};
  }
  return {};
}

std::optional<task_report> object_host::report_of(const object_key& key) const {
  if (const auto at = objects_.find(key); at != objects_.end()) {
    task_report report;
    at->second.metrics->sum(report);
    return report;
  }
  const auto at = ended_.find(key);
  return at == ended_.end() ? std::nullopt : std::optional(at->second);
}

} // namespace herald::cluster
