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

absl::StatusOr<std::shared_ptr<const task_spec>>
compile(const object_key& key, const object_version& what) {
  auto name = fmt::format("{}.{}", key.project, key.name);
  HERALD_ASSIGN(auto compiled, compile_task(name, what.text, what.options));
  auto spec = *compiled;
  spec.restarts = node_restarts();
  return std::make_shared<const task_spec>(std::move(spec));
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
                         node_uuid self)
  : system_(system), owner_(std::move(owner)), self_(self) {
}

object_host::~object_host() {
  for (const auto& [key, x] : objects_)
    end_now(x.actor);
}

absl::Status object_host::start(const object_key& key, generation held,
                                version_number version, const object& what) {
  const auto* text = find_version(what, version);
  if (!text)
    return absl::FailedPreconditionError("this version is no longer kept");
  HERALD_ASSIGN(auto spec, compile(key, *text));
  hosted_object made;
  made.held = held;
  made.version = version;
  made.ref = {next_task_++, held.value};
  made.spec = spec;
  made.metrics = std::make_shared<task_metrics>(*spec->graph);
  made.actor = spawn_task(system_, made.ref, spec, made.metrics, owner_);
  made.last.task = made.ref;
  spdlog::info("{} starts, generation {}", to_string(key), held.value);
  caf::anon_send(made.actor, atom::run_v);
  objects_.insert_or_assign(key, std::move(made));
  return absl::OkStatus();
}

void object_host::update(const object_key& key, generation held,
                         version_number version, const object& what) {
  (void)key;
  (void)held;
  (void)version;
  (void)what;
}

bool object_host::stop(const object_key& key, generation held, bool fenced) {
  auto at = objects_.find(key);
  if (at == objects_.end() || at->second.held != held)
    return false;
  if (!fenced) {
    caf::anon_send(at->second.actor, atom::stop_v);
    return true;
  }
  end_now(at->second.actor);
  objects_.erase(at);
  return false;
}

void object_host::pause() {
  for (const auto& [key, x] : objects_)
    caf::anon_send(x.actor, atom::pause_v, true);
}

void object_host::resume() {
  for (const auto& [key, x] : objects_)
    caf::anon_send(x.actor, atom::pause_v, false);
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
    object_news news{at->first, at->second.held,
                     {state_of(x), x.reason,
                      static_cast<std::uint32_t>(x.restarts)},
                     over};
    if (over)
      objects_.erase(at);
    return {news};
  }
  return {};
}

} // namespace herald::cluster
