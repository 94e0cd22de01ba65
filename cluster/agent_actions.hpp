#pragma once

#include "cluster/commands.hpp"

#include <variant>
#include <vector>

// What the node agent wants done. The shell around it does each in the order
// given and tells the agent what came of it. Plain values.

namespace herald::cluster {

/// Append this to the log (the shell stamps `time_ms`). Its fate needs no
/// answer: the agent reads the catalog, and asks again if nothing changed.
struct append_action {
  command what;
};

/// Start this version of the object. Answer with `news` and, when it ended by
/// itself, `ended`.
struct start_action {
  object_key key;
  generation held;
  version_number version;
};

/// Let the running rule or queue go on with this version.
struct update_action {
  object_key key;
  generation held;
  version_number version;
};

/// Stop the object and answer with `ended`.
struct stop_action {
  object_key key;
  generation held;
  /// It is somebody else's by now: commit nothing more.
  bool fenced = false;
};

/// This node was removed from the view under `life`: nothing that it held then
/// is its own any more. A `stop_action` for each object follows.
struct removed_action {
  node_id life;
};

/// The log was out of reach for longer than the lease: stop reading input.
struct pause_sources_action {};

/// The log is in reach again and read to its end.
struct resume_sources_action {};

/// The node has left the view after `leave`; the process may end.
struct left_action {};

using agent_action
    = std::variant<append_action, start_action, update_action, stop_action,
                   removed_action, pause_sources_action, resume_sources_action,
                   left_action>;

using agent_actions = std::vector<agent_action>;

} // namespace herald::cluster
