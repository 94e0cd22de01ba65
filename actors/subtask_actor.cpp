#include "actors/subtask_shell.hpp"

namespace herald {

namespace {

using namespace subtask_shell;

// -- source
// ---------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<source_driver>>
make_source(const subtask_launch& x) {
  const auto& scan = *x.place.plan().scan;
  HERALD_ASSIGN(const auto* from, find_connector(*scan.table));
  HERALD_ASSIGN(
      auto reader,
      from->make_reader(
          {scan, x.place.index, x.place.plan().parallelism, x.spec->name, {}}));
  std::unique_ptr<sink_writer> dead;
  if (scan.dead_letters) {
    HERALD_ASSIGN(const auto* to, find_connector(*scan.dead_letters));
    HERALD_ASSIGN(
        dead, to->make_writer({{scan.dead_letters, dead_letter_layout(), false},
                               x.place.index,
                               x.place.plan().parallelism}));
  }
  auto driver = std::make_unique<source_driver>(x.place, std::move(reader),
                                                std::move(dead), x.metrics);
  if (const auto sample = x.spec->samples.find(scan.table->name);
      sample != x.spec->samples.end())
    driver->sample(sample->second);
  return driver;
}

void pump(shell_pointer<source_driver> self) {
  auto& s = self->state;
  if (!s.running || s.held)
    return;
  auto result = s.driver->step(wall_clock_ms());
  ship(self, s.driver->take_frames());
  if (carry_on(self, false, result))
    tell_done(self, false);
  ask_for_due(self);
}

void run_source(shell_pointer<source_driver> self) {
  auto& s = self->state;
  auto made = make_source(s.launch);
  if (!made.ok())
    return fail(self, false, message_of(made.status()));
  s.driver = *std::move(made);
  mark_remote(self);
  auto opened = s.driver->open(s.launch.spec->eval, s.launch.spec->batch_rows,
                               [wake = s.wake] { wake->wake(); });
  if (!opened.ok())
    return fail(self, false, message_of(opened));
  s.running = true;
  pump(self);
}

/// Time between looks at whether a source has fallen idle.
constexpr auto idle_look = std::chrono::milliseconds(100);

/// Every wake-up comes here, so the next look is only asked for when the last
/// one is due: otherwise each wake-up would leave a timer of its own for ever.
void look_idle(shell_pointer<source_driver> self) {
  auto now = std::chrono::steady_clock::now();
  auto& due = self->state.next_look;
  if (!self->state.launch.place.plan().scan->idle_timeout_ms || now < due)
    return;
  due = now + idle_look;
  self->delayed_send(self, idle_look, atom::wake_v);
}

subtask_actor::behavior_type source(shell_pointer<source_driver> self,
                                    subtask_launch launch) {
  start_shell(self, std::move(launch), false);
  return {
      [self](atom::wire, wiring& x) { wire(self, x, false); },
      [self](atom::run) {
        run_source(self);
        look_idle(self);
      },
      [self](atom::wake) {
        self->state.wake->taken();
        pump(self);
        look_idle(self);
      },
      [](const frame_message&) {},
      [self](const credit_message& x) {
        auto& s = self->state;
        if (!s.running || !is_current(self, x.task))
          return;
        auto status = s.driver->grant(x.body);
        if (!status.ok())
          return fail(self, false, message_of(status));
        pump(self);
      },
      [self](atom::barrier, std::int64_t epoch) {
        auto& s = self->state;
        if (!s.running)
          return;
        auto status = s.driver->barrier(epoch);
        if (!status.ok())
          return fail(self, false, message_of(status));
        ship(self, s.driver->take_frames());
      },
      [self](atom::commit, std::int64_t epoch) {
        auto& s = self->state;
        if (!s.running)
          return;
        auto status = s.driver->commit(epoch);
        if (!status.ok())
          fail(self, false, message_of(status));
      },
      [](atom::change, const operator_change&) {},
      [self](atom::pause, bool held) {
        self->state.held = held;
        pump(self);
      },
      [self](atom::stop) {
        auto& s = self->state;
        if (!s.running)
          return;
        s.held = false;
        s.driver->stop();
        pump(self);
      },
  };
}

// -- operator
// -------------------------------------------------------------------

void pump(shell_pointer<subtask> self) {
  auto& s = self->state;
  if (!s.running)
    return;
  s.driver->set_time(wall_clock_ms());
  auto result = s.driver->step(events_per_turn);
  ship(self, s.driver->take_frames());
  ship(self, s.driver->take_credits());
  carry_on(self, false, result);
  ask_for_due(self);
}

subtask_actor::behavior_type operation(shell_pointer<subtask> self,
                                       subtask_launch launch) {
  start_shell(self, std::move(launch), false);
  auto& state = self->state;
  state.driver
      = std::make_unique<subtask>(state.launch.place, state.launch.metrics);
  return {
      [self](atom::wire, wiring& x) {
        wire(self, x, false);
        mark_remote(self);
      },
      [self](atom::run) {
        auto& s = self->state;
        auto opened
            = s.driver->open(s.launch.spec->eval, s.launch.spec->batch_rows,
                             [wake = s.wake] { wake->wake(); });
        if (!opened.ok())
          return fail(self, false, message_of(opened));
        s.running = true;
        pump(self);
      },
      [self](atom::wake) {
        self->state.wake->taken();
        pump(self);
      },
      [self](const frame_message& x) {
        auto& s = self->state;
        if (s.failed || !is_current(self, x.task))
          return;
        auto status = s.driver->receive(x.body);
        if (!status.ok())
          return fail(self, false, message_of(status));
        pump(self);
      },
      [self](const credit_message& x) {
        auto& s = self->state;
        if (!s.running || !is_current(self, x.task))
          return;
        auto status = s.driver->grant(x.body);
        if (!status.ok())
          return fail(self, false, message_of(status));
        pump(self);
      },
      [](atom::barrier, std::int64_t) {},
      [](atom::commit, std::int64_t) {},
      [self](atom::change, const operator_change& x) {
        auto& s = self->state;
        if (s.failed)
          return;
        auto status = s.driver->change(*x.apply);
        if (!status.ok())
          fail(self, false, message_of(status));
      },
      [](atom::pause, bool) {},
      [](atom::stop) {},
  };
}

// -- sink
// -----------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<sink_driver>>
make_sink(const subtask_launch& x) {
  sink_context context{*x.place.plan().sink, x.place.index,
                       x.place.plan().parallelism};
  if (!context.sink.table) {
    HERALD_ASSIGN(auto writer, x.spec->client_sink(context));
    return std::make_unique<sink_driver>(x.place, std::move(writer), x.metrics);
  }
  HERALD_ASSIGN(const auto* to, find_connector(*context.sink.table));
  HERALD_ASSIGN(auto writer, to->make_writer(context));
  return std::make_unique<sink_driver>(x.place, std::move(writer), x.metrics);
}

void pump(shell_pointer<sink_driver> self) {
  auto& s = self->state;
  if (!s.running)
    return;
  auto result = s.driver->step(events_per_turn);
  ship(self, s.driver->take_credits());
  auto stage = s.launch.place.stage;
  auto index = s.launch.place.index;
  for (auto epoch : s.driver->take_barriers())
    self->send(s.launch.owner, atom::barrier_v, stage, index, epoch);
  if (carry_on(self, true, result))
    tell_done(self, true);
}

void run_sink(shell_pointer<sink_driver> self) {
  auto& s = self->state;
  auto made = make_sink(s.launch);
  if (!made.ok())
    return fail(self, true, message_of(made.status()));
  s.driver = *std::move(made);
  auto opened = s.driver->open([wake = s.wake] { wake->wake(); });
  if (!opened.ok())
    return fail(self, true, message_of(opened));
  s.running = true;
  pump(self);
}

subtask_actor::behavior_type sink(shell_pointer<sink_driver> self,
                                  subtask_launch launch) {
  start_shell(self, std::move(launch), true);
  return {
      [self](atom::wire, wiring& x) { wire(self, x, true); },
      [self](atom::run) { run_sink(self); },
      [self](atom::wake) {
        self->state.wake->taken();
        pump(self);
      },
      [self](const frame_message& x) {
        auto& s = self->state;
        if (!s.running || !is_current(self, x.task))
          return;
        auto status = s.driver->receive(x.body);
        if (!status.ok())
          return fail(self, true, message_of(status));
        pump(self);
      },
      [](const credit_message&) {},
      [](atom::barrier, std::int64_t) {},
      [](atom::commit, std::int64_t) {},
      [](atom::change, const operator_change&) {},
      [](atom::pause, bool) {},
      [](atom::stop) {},
  };
}

} // namespace

subtask_actor spawn_source(caf::local_actor& parent, subtask_launch launch) {
  return parent.spawn<caf::linked>(source, std::move(launch));
}

subtask_actor spawn_operator(caf::local_actor& parent, subtask_launch launch) {
  return parent.spawn<caf::linked>(operation, std::move(launch));
}

subtask_actor spawn_sink(caf::local_actor& parent, subtask_launch launch) {
  return parent.spawn<caf::linked>(sink, std::move(launch));
}

} // namespace herald
