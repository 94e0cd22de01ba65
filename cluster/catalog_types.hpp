#pragma once

#include "cluster/commands.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// What the catalog consists of: members, objects, settings and the outcomes of
// commands. Plain values that only the catalog changes; limits.hpp bounds each
// list and text in them.

namespace herald::cluster {

/// Why a command changed nothing.
enum class refusal : std::uint8_t {
  /// It was accepted.
  none,
  /// A text, name or list in it is too long or malformed.
  malformed,
  /// The catalog holds as many as it may.
  full,
  /// What it names does not exist.
  unknown,
  /// The version is another than the condition asks for.
  version_differs,
  /// The sender is not a member with this incarnation.
  not_a_member,
  /// The incarnation is not above the last one of this node.
  old_incarnation,
  /// The object has an owner, or another generation.
  not_claimable,
  /// The sender does not own the object under this generation, or newer news
  /// of it is known.
  stale,
  /// Nobody wants the object to run, or it failed or finished.
  not_wanted,
};

/// Returns the name of `why`.
std::string_view to_string(refusal why);

/// What became of one command.
struct outcome {
  request_id request;
  log_position at;
  refusal why = refusal::none;
  /// The version that `put` or `set` made, the generation that `claim` gave,
  /// the view that a membership command left; 0 otherwise.
  std::uint64_t number = 0;
  /// The command was applied at `at`, before; this one changed nothing.
  bool repeated = false;

  bool accepted() const {
    return why == refusal::none;
  }

  friend bool operator==(const outcome&, const outcome&) = default;
};

/// A member of the current view.
struct member {
  member_info info;
  /// Of the command by which it joined: two processes that took the same
  /// incarnation tell themselves apart by it.
  request_id joined_by;
  /// Its last answer to a suspicion.
  log_position answered_at;
  /// Who does not hear it, and since when. Members only.
  std::map<node_id, log_position> suspected_by;

  friend bool operator==(const member&, const member&) = default;
};

/// One content of an object.
struct object_version {
  version_number number;
  std::string text;
  option_map options;
  std::string author;
  std::int64_t time_ms = 0;

  friend bool operator==(const object_version&, const object_version&)
      = default;
};

/// A task, queue or rule.
struct object {
  std::string type;
  /// 1 to `max_versions`, oldest first; the last is the current one.
  std::deque<object_version> versions;
  bool wanted_running = true;
  /// Nobody, or a member.
  std::optional<node_id> owner;
  /// Of the owner, or of the last one.
  generation held;
  /// Of the owner's last report.
  std::uint64_t sequence = 0;
  object_status status;

  const object_version& current() const {
    return versions.back();
  }

  /// Whether somebody should run it.
  bool should_run() const {
    return wanted_running && status.state != object_state::failed
           && status.state != object_state::finished;
  }

  friend bool operator==(const object&, const object&) = default;
};

struct setting {
  std::string value;
  version_number version;

  friend bool operator==(const setting&, const setting&) = default;
};

} // namespace herald::cluster
