#pragma once

#include "actors/interfaces.hpp"
#include "actors/task_spec.hpp"
#include "engine/runtime/sink_driver.hpp"
#include "engine/runtime/source_driver.hpp"

// The three kinds of subtask actors: shells that turn messages into calls of
// a driver and its answers into messages. Each runs on the scheduler, a few
// frames a turn; connectors wake it from their threads. On an error it tells
// its task and ends.

namespace herald {

/// Events that a subtask handles in one turn.
constexpr int events_per_turn = 8;

struct subtask_launch {
  task_ref task;
  std::shared_ptr<const task_spec> spec;
  subtask_place place;
  std::shared_ptr<subtask_metrics> metrics;
  task_actor owner;
};

/// Reads: stage with a scan.
subtask_actor spawn_source(caf::local_actor& parent, subtask_launch launch);

/// Computes: stage with inputs.
subtask_actor spawn_operator(caf::local_actor& parent, subtask_launch launch);

/// Writes: the sink of a stage.
subtask_actor spawn_sink(caf::local_actor& parent, subtask_launch launch);

} // namespace herald
