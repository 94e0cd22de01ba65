#pragma once

#include "actors/messages.hpp"

#include <map>

#include <caf/typed_actor.hpp>

// What every actor of a task understands, one sentence a message.

namespace herald {

/// The SUBTASK actor interface: sources, operators and sinks alike.
using subtask_actor = caf::typed_actor<
    // Gives the handles of the neighbours; the first message.
    tell<atom::wire, wiring>,
    // Opens readers and writers and begins.
    tell<atom::run>,
    // Something outside may be ready: take a step.
    tell<atom::wake>,
    // One frame of an incoming channel; older generations are dropped.
    tell<frame_message>,
    // Room on an outgoing channel.
    tell<credit_message>,
    // Sources: send the barrier of this epoch.
    tell<atom::barrier, std::int64_t>,
    // Sources: everything before this epoch's barrier is out.
    tell<atom::commit, std::int64_t>,
    // Operators: change what runs, between two events.
    tell<atom::change, operator_change>,
    // Sources: read on (false), or not until told so (true).
    tell<atom::pause, bool>,
    // Sources: read no more, let what was read go its way.
    tell<atom::stop>>;

/// The TASK actor interface.
using task_actor = caf::typed_actor<
    // Starts the attempt; sent once by the owner and after each back-off.
    tell<atom::run>,
    // Time for the next barrier.
    tell<atom::tick>,
    // A subtask cannot go on.
    tell<subtask_failure>,
    // A sink has everything before this epoch's barrier safely out.
    tell<atom::barrier, int, int, std::int64_t>,
    // A sink (true) has written everything and closed; a source (false) has
    // read its last, and its dead letters are out.
    tell<atom::done, int, int, bool>,
    // Change what runs in its operators.
    tell<atom::change, operator_change>,
    // Its sources read on (false), or not until told so (true).
    tell<atom::pause, bool>,
    // Drain and stop, at the latest after the grace. The owner hears `stopped`
    // once all subtasks have ended.
    tell<atom::stop>,
    // What it is doing.
    on<atom::status>::reply<task_report>>;

/// Hears how a task fares: node actors, and the shell of `herald run`.
using task_owner = caf::typed_actor<tell<task_event>>;

/// The neighbours of a subtask, by channel.
struct wiring {
  std::map<channel, subtask_actor> receivers;
  std::map<channel, subtask_actor> senders;
};

} // namespace herald
