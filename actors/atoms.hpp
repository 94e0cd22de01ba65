#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/atom.hpp>
#include <caf/type_id.hpp>

// Every type and atom that actors send, declared once. Atoms have at most ten
// characters. Types marked unsafe at their definition never leave a process.

namespace herald {

struct frame_message;
struct credit_message;
struct wiring;
struct subtask_failure;
struct operator_change;
struct task_report;
struct task_event;

} // namespace herald

CAF_BEGIN_TYPE_ID_BLOCK(herald, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(herald, (herald::frame_message))
  CAF_ADD_TYPE_ID(herald, (herald::credit_message))

  CAF_ADD_ATOM(herald, herald::atom, run, "run")
  CAF_ADD_ATOM(herald, herald::atom, wire, "wire")
  CAF_ADD_ATOM(herald, herald::atom, wake, "wake")
  CAF_ADD_ATOM(herald, herald::atom, tick, "tick")
  CAF_ADD_ATOM(herald, herald::atom, barrier, "barrier")
  CAF_ADD_ATOM(herald, herald::atom, commit, "commit")
  CAF_ADD_ATOM(herald, herald::atom, stop, "stop")
  CAF_ADD_ATOM(herald, herald::atom, done, "done")
  CAF_ADD_ATOM(herald, herald::atom, status, "status")
  CAF_ADD_ATOM(herald, herald::atom, pause, "pause")
  CAF_ADD_ATOM(herald, herald::atom, change, "change")

CAF_END_TYPE_ID_BLOCK(herald)
