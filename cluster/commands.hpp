#pragma once

#include "cluster/identity.hpp"
#include "cluster/job_commands.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

// The commands of the log. A command says what its author wants; the catalog
// alone says what becomes of it, the same on every node. Members, objects and
// settings change by nothing else. Plain values; command_codec.hpp has their
// bytes, limits.hpp their bounds.

namespace herald::cluster {

/// What the cluster owns one of at a time, on one node.
enum class object_kind : std::uint8_t { task, queue, rule };

/// Returns "task", "queue" or "rule".
std::string_view to_string(object_kind kind);

/// The name of an object; unique within its kind and project.
struct object_key {
  object_kind kind = object_kind::task;
  std::string project;
  std::string name;

  friend auto operator<=>(const object_key&, const object_key&) = default;
};

/// Returns "task PROJECT.NAME".
std::string to_string(const object_key& key);

/// Where the queue of this name is.
object_key queue_key(const std::string& name);

/// What became of an object, as its owner says.
enum class object_state : std::uint8_t {
  /// Nobody runs it; somebody should if it is wanted.
  waiting,
  /// Its owner runs it.
  running,
  /// Its owner starts it again after a failure.
  restarting,
  /// It was stopped because that was wanted.
  stopped,
  /// Its owner gave up; stays so until it is changed or wanted again.
  failed,
  /// Its input ended; stays so until it is changed or wanted again.
  finished,
};

/// Returns the name of `state`.
std::string_view to_string(object_state state);

struct object_status {
  object_state state = object_state::waiting;
  /// Why it failed or restarts; empty otherwise.
  std::string reason{};
  /// Restarts by its owner in this generation.
  std::uint32_t restarts = 0;

  friend bool operator==(const object_status&, const object_status&) = default;
};

using option_map = std::map<std::string, std::string>;

/// "Only if version is N"; 0: only if it does not exist; none: always.
using condition = std::optional<version_number>;

/// What a node tells about itself when it joins.
struct member_info {
  node_id id;
  std::string host;
  std::uint16_t actor_port = 0;
  std::uint16_t gateway_port = 0;
  /// Weight of its share of the work, at least 1.
  std::uint32_t cores = 1;
  /// Of the program.
  std::string version;
  /// Where clients reach it; empty: as other nodes do.
  std::string client_host{};

  friend bool operator==(const member_info&, const member_info&) = default;
};

// -- membership --------------------------------------------------------------

/// Takes a node into the view; a higher incarnation replaces a lower one.
struct join_command {
  member_info member;

  friend bool operator==(const join_command&, const join_command&) = default;
};

/// A node's own farewell.
struct leave_command {
  node_id who;

  friend bool operator==(const leave_command&, const leave_command&) = default;
};

/// `by` does not hear `target`. If `repeats` is the position of the suspicion
/// that the log holds already, it says that `target` had its time to answer.
struct suspect_command {
  node_id by;
  node_id target;
  log_position repeats;

  friend bool operator==(const suspect_command&, const suspect_command&)
      = default;
};

/// `by` hears `target` again.
struct trust_command {
  node_id by;
  node_id target;

  friend bool operator==(const trust_command&, const trust_command&) = default;
};

/// "I live and follow the log": the answer of a suspected member.
struct answer_command {
  node_id who;

  friend bool operator==(const answer_command&, const answer_command&)
      = default;
};

// -- objects and settings ----------------------------------------------------

/// Makes an object, or its next version.
struct put_command {
  object_key key;
  /// What the text is written in; "sql" or "rule" for instance.
  std::string type;
  std::string text;
  option_map options;
  condition only_if;
  /// Whether a new object should run; one that is there stays as it is.
  bool wanted = true;

  friend bool operator==(const put_command&, const put_command&) = default;
};

struct remove_command {
  object_key key;
  condition only_if;

  friend bool operator==(const remove_command&, const remove_command&)
      = default;
};

/// Says whether an object should run. Wanting a failed or finished one to run
/// runs it again.
struct set_wanted_command {
  object_key key;
  bool running = true;
  condition only_if;

  friend bool operator==(const set_wanted_command&, const set_wanted_command&)
      = default;
};

/// Changes a setting of the whole cluster; no value removes it.
struct set_command {
  std::string name;
  std::optional<std::string> value;
  condition only_if;

  friend bool operator==(const set_command&, const set_command&) = default;
};

// -- ownership ---------------------------------------------------------------

/// `owner` takes an object that nobody owns. `expected` is the generation that
/// it saw; the next one is its own.
struct claim_command {
  object_key key;
  node_id owner;
  generation expected;

  friend bool operator==(const claim_command&, const claim_command&) = default;
};

/// News of an object from its owner. `sequence` grows within a generation, so
/// that old news never overtakes newer.
struct report_command {
  object_key key;
  node_id owner;
  generation held;
  std::uint64_t sequence = 0;
  object_status status;

  friend bool operator==(const report_command&, const report_command&)
      = default;
};

/// The owner's last word: it runs the object no more.
struct release_command {
  object_key key;
  node_id owner;
  generation held;
  /// The version that it ran: a newer one did not fail with it.
  version_number ran;
  object_status status;

  friend bool operator==(const release_command&, const release_command&)
      = default;
};

using command_body
    = std::variant<join_command, leave_command, suspect_command, trust_command,
                   answer_command, put_command, remove_command,
                   set_wanted_command, set_command, claim_command,
                   report_command, release_command, submit_job_command,
                   start_job_command, end_job_command>;

/// One record of the log.
struct command {
  request_id request;
  /// Who asked, for people; a user or a node.
  std::string author;
  /// Milliseconds since 1970, for people; no rule reads it.
  std::int64_t time_ms = 0;
  command_body body;

  friend bool operator==(const command&, const command&) = default;
};

} // namespace herald::cluster
