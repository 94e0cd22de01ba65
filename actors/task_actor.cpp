#include "actors/task_actor.hpp"

#include "actors/actor_base.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace herald {

std::string_view to_string(task_state x) {
  constexpr std::string_view names[]
      = {"STARTING", "RUNNING",  "RESTARTING", "STOPPING",
         "STOPPED",  "FINISHED", "FAILED"};
  return names[static_cast<std::size_t>(x)];
}

std::optional<std::chrono::milliseconds>
supervision::failed(std::int64_t now_ms) {
  if (now_ms - started_ms_ >= policy_.window.count())
    in_window_ = 0;
  if (in_window_ >= policy_.restarts_max)
    return std::nullopt;
  auto shift = std::min(in_window_, 20);
  ++in_window_;
  ++restarts_;
  return std::min(policy_.backoff_first * (std::int64_t{1} << shift),
                  policy_.backoff_max);
}

namespace {

struct state {
  static inline const char* name = "task";

  task_ref ref;
  std::shared_ptr<const task_spec> spec;
  std::shared_ptr<task_metrics> metrics;
  task_owner owner;
  task_event last;
  /// How it ends, and why: said once its subtasks have ended, since whoever
  /// hears it may start the next.
  std::optional<std::pair<task_state, std::string>> verdict;
  std::optional<supervision> restarts;
  std::vector<subtask_actor> sources;
  std::vector<subtask_actor> others;
  std::set<caf::actor_addr> alive; ///< children that have not ended yet
  std::set<std::pair<int, int>> sources_open;
  std::set<std::pair<int, int>> sinks_open;
  std::set<std::pair<int, int>> sinks_waiting; ///< for `epoch`
  std::int64_t epoch = 0;
  bool ending = false;                            ///< children were told to end
  std::optional<std::chrono::milliseconds> again; ///< after they have ended
  bool held = false;                              ///< sources may not read
  std::int64_t drain_until_ms = 0;                ///< while it stops
};

using self_pointer = task_actor::stateful_pointer<state>;

void say(self_pointer self, task_state now, std::string reason = {}) {
  auto& s = self->state;
  s.last = {s.ref, now, std::move(reason),
            s.restarts ? s.restarts->restarts() : 0};
  self->send(s.owner, s.last);
}

/// `supervision` wants a clock that nobody sets.
std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// Ends a child, by default ahead of what waits in its mailbox. Not by `kill`:
/// that comes back along the link and ends the task, whatever its handler
/// says.
template <caf::message_priority Priority = caf::message_priority::high>
void end_child(const subtask_actor& x) {
  caf::anon_send<Priority>(caf::actor_cast<caf::actor>(x),
                           caf::exit_msg{{}, caf::exit_reason::user_shutdown});
}

/// Ends all children; the task goes on when the last one is down. `drained`:
/// everything is out, and sources still take the commit that says so, which a
/// message of high priority would overtake.
void end_children(self_pointer self, bool drained) {
  auto& s = self->state;
  s.ending = true;
  for (const auto& x : s.sources)
    drained ? end_child<caf::message_priority::normal>(x) : end_child(x);
  for (const auto& x : s.others)
    end_child(x);
}

void after_children(self_pointer self) {
  auto& s = self->state;
  s.sources.clear();
  s.others.clear();
  s.ending = false;
  if (s.verdict) {
    say(self, s.verdict->first, s.verdict->second);
    return self->quit();
  }
  if (s.again)
    self->delayed_send(self, *std::exchange(s.again, std::nullopt),
                       atom::run_v);
}

void finish(self_pointer self, task_state how, std::string reason = {}) {
  auto& s = self->state;
  if (s.verdict)
    return;
  auto drained = reason.empty() && how != task_state::failed;
  s.verdict.emplace(how, std::move(reason));
  s.again.reset();
  if (s.alive.empty())
    return after_children(self);
  end_children(self, drained);
}

void fail(self_pointer self, const std::string& reason) {
  auto& s = self->state;
  if (s.ending || s.verdict)
    return;
  if (s.last.state == task_state::stopping)
    return finish(self, task_state::stopped, reason);
  auto wait = s.restarts->failed(steady_ms());
  if (!wait)
    return finish(self, task_state::failed, reason);
  say(self, task_state::restarting, reason);
  s.again = *wait;
  if (s.alive.empty())
    return after_children(self);
  end_children(self, false);
}

/// Spawns every subtask and tells each its neighbours.
void launch(self_pointer self) {
  auto& s = self->state;
  const auto& graph = s.spec->graph;
  std::map<channel, subtask_actor> receivers;
  std::map<channel, subtask_actor> senders;
  std::vector<std::pair<subtask_actor, wiring>> made;
  auto keep = [&](subtask_actor x) {
    self->monitor(x);
    s.alive.insert(x.address());
    made.push_back({x, {}});
    return x;
  };
  s.sources_open.clear();
  s.sinks_open.clear();
  for (int stage = 0; stage < static_cast<int>(graph->stages.size()); ++stage) {
    const auto& plan = graph->stages[static_cast<std::size_t>(stage)];
    auto& numbers = s.metrics->stages[static_cast<std::size_t>(stage)];
    for (int i = 0; i < plan.parallelism; ++i) {
      auto at = static_cast<std::size_t>(i);
      subtask_launch x{s.ref,
                       s.spec,
                       {graph, stage, i},
                       numbers.subtasks[at],
                       task_actor(self)};
      auto place = x.place;
      auto made_one
          = keep(plan.scan ? spawn_source(*self, x) : spawn_operator(*self, x));
      (plan.scan ? s.sources : s.others).push_back(made_one);
      if (plan.scan)
        s.sources_open.insert({stage, i});
      for (const auto& port : input_channels(place))
        for (const auto& c : port)
          receivers[c] = made_one;
      for (const auto& edge : output_edges(place))
        for (int to = 0; to < std::max(edge.receivers, i + 1); ++to)
          senders[{edge.edge, i, to}] = made_one;
      if (!plan.sink)
        continue;
      x.metrics = numbers.sinks[at];
      auto sink = keep(spawn_sink(*self, x));
      s.others.push_back(sink);
      receivers[{sink_edge(*graph, stage), i, i}] = sink;
      s.sinks_open.insert({stage, i});
    }
  }
  for (auto& [x, neighbours] : made)
    self->send(x, atom::wire_v, wiring{receivers, senders});
  // Receivers first: a source sends as soon as it runs.
  for (const auto& x : s.others)
    self->send(x, atom::run_v);
  for (const auto& x : s.sources) {
    if (s.held)
      self->send(x, atom::pause_v, true);
    self->send(x, atom::run_v);
  }
}

void start(self_pointer self) {
  auto& s = self->state;
  if (s.verdict || s.last.state == task_state::stopping || !s.alive.empty())
    return;
  s.sinks_waiting.clear();
  s.restarts->started(steady_ms());
  launch(self);
  say(self, task_state::running);
}

/// True if what is written shows only when all is. Such a task begins anew
/// after a failure, and when it runs again, for what it did not read would be
/// missing from what it replaces: nothing that it read may be committed.
bool overwrites(const job_graph& graph) {
  return std::any_of(graph.stages.begin(), graph.stages.end(),
                     [](const auto& x) { return x.sink && x.sink->overwrite; });
}

void begin_barrier(self_pointer self) {
  auto& s = self->state;
  if (!s.sinks_waiting.empty() || s.sinks_open.empty()
      || overwrites(*s.spec->graph))
    return;
  ++s.epoch;
  s.sinks_waiting = s.sinks_open;
  for (const auto& x : s.sources)
    self->send(x, atom::barrier_v, s.epoch);
}

void barrier_out(self_pointer self, std::pair<int, int> sink,
                 std::int64_t epoch) {
  auto& s = self->state;
  if (epoch != s.epoch || s.sinks_waiting.erase(sink) == 0
      || !s.sinks_waiting.empty())
    return;
  for (const auto& x : s.sources)
    self->send(x, atom::commit_v, epoch);
}

/// All that was read is out: who runs the task again reads only what is new.
void commit_end(self_pointer self) {
  auto& s = self->state;
  ++s.epoch;
  for (const auto& x : s.sources) {
    self->send(x, atom::barrier_v, s.epoch);
    self->send(x, atom::commit_v, s.epoch);
  }
}

/// A source may still have dead letters to write when the sinks are closed.
void subtask_done(self_pointer self, std::pair<int, int> which, bool sink) {
  auto& s = self->state;
  (sink ? s.sinks_open : s.sources_open).erase(which);
  if (sink && s.sinks_waiting.erase(which) != 0 && s.sinks_waiting.empty())
    for (const auto& x : s.sources)
      self->send(x, atom::commit_v, s.epoch);
  if (!s.sinks_open.empty() || !s.sources_open.empty())
    return;
  if (s.last.state != task_state::stopping && !overwrites(*s.spec->graph))
    commit_end(self);
  finish(self, s.last.state == task_state::stopping ? task_state::stopped
                                                    : task_state::finished);
}

void stop(self_pointer self) {
  auto& s = self->state;
  if (s.verdict || s.last.state == task_state::stopping)
    return;
  if (s.alive.empty() || s.ending)
    return finish(self, task_state::stopped);
  say(self, task_state::stopping);
  // One last barrier, so that what is drained is also committed. Nothing is
  // read between it and the stop, though a wake-up may come between them.
  for (const auto& x : s.sources)
    self->send(x, atom::pause_v, true);
  s.sinks_waiting.clear();
  begin_barrier(self);
  for (const auto& x : s.sources)
    self->send(x, atom::stop_v);
  s.drain_until_ms = steady_ms() + s.spec->stop_grace.count();
  self->delayed_send(self, s.spec->stop_grace, atom::tick_v);
}

/// A source that drains reads nothing, and is not held up.
void hold(self_pointer self, bool held) {
  auto& s = self->state;
  s.held = held;
  if (s.last.state != task_state::stopping)
    for (const auto& x : s.sources)
      self->send(x, atom::pause_v, held);
}

void tick(self_pointer self) {
  auto& s = self->state;
  if (s.last.state == task_state::stopping) {
    // The barriers' tick ends here; `stop` asked for another at the deadline.
    if (steady_ms() >= s.drain_until_ms)
      finish(self, task_state::stopped, "the drain took too long");
    return;
  }
  if (s.last.state == task_state::running)
    begin_barrier(self);
  self->delayed_send(self, s.spec->barrier_interval, atom::tick_v);
}

void child_down(self_pointer self, const caf::down_msg& x) {
  auto& s = self->state;
  if (s.alive.erase(x.source) == 0)
    return;
  if (!s.ending)
    fail(self,
         fmt::format("a subtask ended: {}", self->system().render(x.reason)));
  if (s.alive.empty())
    after_children(self);
}

void set_handlers(self_pointer self) {
  guard(self, [self](const std::string& text) {
    say(self, task_state::failed, text);
  });
  self->set_down_handler([self](caf::down_msg& x) { child_down(self, x); });
  // Children are linked, so that they cannot outlive the task; their ends are
  // handled as DOWN, and their exits mean nothing, even of a child that is
  // already forgotten. Who tells the task to end names nobody, or the task.
  self->set_exit_handler([self](caf::exit_msg& x) {
    if (!x.source || x.source == self->address())
      self->quit(x.reason);
  });
}

task_actor::behavior_type task(self_pointer self, task_ref ref,
                               std::shared_ptr<const task_spec> spec,
                               std::shared_ptr<task_metrics> metrics,
                               task_owner owner) {
  auto& state = self->state;
  state.ref = ref;
  state.restarts.emplace(spec->restarts);
  state.spec = std::move(spec);
  state.metrics = std::move(metrics);
  state.owner = std::move(owner);
  state.last.task = ref;
  set_handlers(self);
  self->delayed_send(self, state.spec->barrier_interval, atom::tick_v);
  return {
      [self](atom::run) { start(self); },
      [self](atom::tick) { tick(self); },
      [self](const subtask_failure& x) { fail(self, x.reason); },
      [self](atom::barrier, int stage, int index, std::int64_t epoch) {
        barrier_out(self, {stage, index}, epoch);
      },
      [self](atom::done, int stage, int index, bool sink) {
        subtask_done(self, {stage, index}, sink);
      },
      [self](atom::change, const operator_change& x) {
        for (const auto& child : self->state.others)
          self->send(child, atom::change_v, x);
      },
      [self](atom::pause, bool held) { hold(self, held); },
      [self](atom::stop) { stop(self); },
      [self](atom::status) {
        task_report result;
        result.last = self->state.last;
        self->state.metrics->sum(result);
        return result;
      },
  };
}

} // namespace

task_actor spawn_task(caf::actor_system& system, task_ref ref,
                      std::shared_ptr<const task_spec> spec,
                      std::shared_ptr<task_metrics> metrics, task_owner owner) {
  return system.spawn(task, ref, std::move(spec), std::move(metrics),
                      std::move(owner));
}

} // namespace herald
