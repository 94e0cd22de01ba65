#pragma once

#include "actors/actor_base.hpp"
#include "actors/subtask_actor.hpp"
#include "actors/waker.hpp"

#include <algorithm>

#include <fmt/format.h>

// What the three kinds of subtask actors share: their state around a driver,
// and how they send, fail and watch their neighbours. Used by
// subtask_actor.cpp only, on the actor; bounded by the driver.

namespace herald::subtask_shell {

template <class Driver>
struct shell {
  static inline const char* name = "subtask";

  subtask_launch launch;
  std::unique_ptr<Driver> driver;
  std::shared_ptr<waker> wake;
  wiring neighbours;
  bool running = false;
  bool held = false; ///< a source that may not read
  std::chrono::steady_clock::time_point next_look{}; ///< a source's, for idle
  std::int64_t asked_ms = 0; ///< when a wake-up for `due_ms` comes
  bool failed = false;
  bool done_told = false;
};

template <class Driver>
using shell_pointer = subtask_actor::stateful_pointer<shell<Driver>>;

template <class Self>
void fail(Self* self, bool sink, std::string_view reason) {
  auto& s = self->state;
  if (s.failed)
    return;
  s.failed = true;
  s.running = false;
  self->send(s.launch.owner,
             subtask_failure{s.launch.place.stage, s.launch.place.index, sink,
                             std::string(reason)});
}

template <class Self>
void ship(Self* self, std::vector<frame> frames) {
  auto& s = self->state;
  for (auto& x : frames) {
    auto to = s.neighbours.receivers.find(x.at);
    if (to == s.neighbours.receivers.end())
      return fail(self, false,
                  fmt::format("edge {} has no receiver", x.at.edge));
    self->send(to->second, frame_message{s.launch.task, std::move(x)});
  }
}

template <class Self>
void ship(Self* self, const std::vector<credit>& credits) {
  auto& s = self->state;
  for (const auto& x : credits) {
    auto to = s.neighbours.senders.find(x.at);
    if (to != s.neighbours.senders.end())
      self->send(to->second, credit_message{s.launch.task, x});
  }
}

/// Carries on after a step: again soon if there is more to do.
template <class Self>
bool carry_on(Self* self, bool sink, const absl::StatusOr<step_result>& x) {
  if (!x.ok()) {
    fail(self, sink, message_of(x.status()));
    return false;
  }
  if (*x == step_result::more)
    self->state.wake->wake();
  return *x == step_result::finished;
}

/// Tells the task, once, that everything here has ended.
template <class Self>
void tell_done(Self* self, bool sink) {
  auto& s = self->state;
  if (std::exchange(s.done_told, true))
    return;
  const auto& place = s.launch.place;
  self->send(s.launch.owner, atom::done_v, place.stage, place.index, sink);
}

/// Wakes the driver when its operators want it to.
template <class Self>
void ask_for_due(Self* self) {
  auto& s = self->state;
  const auto due = s.driver->due_ms();
  if (!due)
    return;
  const auto now = wall_clock_ms();
  if (s.asked_ms > now && s.asked_ms <= *due)
    return;
  s.asked_ms = *due;
  const auto wait = std::max<std::int64_t>(0, *due - now);
  self->delayed_send(self, std::chrono::milliseconds(wait), atom::wake_v);
}

template <class Self>
void start_shell(Self* self, subtask_launch launch, bool sink) {
  self->state.launch = std::move(launch);
  self->state.wake = std::make_shared<waker>(subtask_actor(self));
  guard(self,
        [self, sink](const std::string& text) { fail(self, sink, text); });
}

/// A neighbour on another node may vanish while the task, elsewhere again,
/// still reaches both: then the edge between them ends this attempt.
template <class Self>
void wire(Self* self, wiring& x, bool sink) {
  auto& s = self->state;
  s.neighbours = std::move(x);
  auto watch = [self](const auto& neighbours) {
    for (const auto& [at, who] : neighbours)
      if (who.node() != self->node())
        self->monitor(who);
  };
  watch(s.neighbours.receivers);
  watch(s.neighbours.senders);
  self->set_down_handler([self, sink](caf::down_msg& down) {
    for (const auto* side :
         {&self->state.neighbours.receivers, &self->state.neighbours.senders})
      for (const auto& [at, who] : *side)
        if (who.address() == down.source)
          return fail(
              self, sink,
              fmt::format("the connection of edge {} was lost", at.edge));
  });
}

/// Tells a driver which of its receivers are on other nodes.
template <class Self>
void mark_remote(Self* self) {
  auto& s = self->state;
  for (const auto& [at, who] : s.neighbours.receivers)
    if (who.node() != self->node())
      s.driver->set_remote(at);
}

template <class Self>
bool is_current(Self* self, const task_ref& from) {
  return from == self->state.launch.task;
}

} // namespace herald::subtask_shell
