#pragma once

#include "cluster/catalog_types.hpp"
#include "cluster/commands.hpp"
#include "cluster/job_book.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// The catalog: what the cluster is and should run. A deterministic state
// machine: the same commands in the same order give the same catalog on every
// node; it reads no clock and no random number. Each object has at most one
// owner, who is a member, and each owner its own generation. One thread owns a
// catalog; a copy is an independent value. limits.hpp bounds its size.

namespace herald::cluster {

class catalog {
public:
  // -- queries ---------------------------------------------------------------

  /// Returns the position of the last command applied or skipped.
  log_position position() const {
    return position_;
  }

  /// Returns the number of the view; grows with each change of the members.
  view_number view() const {
    return view_;
  }

  /// Returns the members by uuid; at most one life of a node is a member.
  const std::map<node_uuid, member>& members() const {
    return members_;
  }

  const std::map<object_key, object>& objects() const {
    return objects_;
  }

  const std::map<std::string, setting>& settings() const {
    return settings_;
  }

  const job_book& jobs() const {
    return jobs_;
  }

  /// Returns the member with exactly this life, or null. Valid until the next
  /// change.
  const member* find_member(const node_id& id) const;

  /// Returns the object, or null. Valid until the next change.
  const object* find_object(const object_key& key) const;

  /// Returns the highest incarnation that `uuid` was seen with, or 0.
  incarnation last_life(const node_uuid& uuid) const;

  // -- changes ---------------------------------------------------------------

  /// Applies the command at position `at`, which must be above `position()`.
  /// A command whose request is among the last `max_outcomes` ones changes
  /// nothing and returns their outcome. O(log n), O(n) when a member goes.
  outcome apply(log_position at, const command& what);

  /// Passes over a record that is no command.
  void skip(log_position at);

  // -- snapshots -------------------------------------------------------------
  // Nodes still read the log from its first record: only tests use these, to
  // check that the state is all there is.

  /// Returns the whole state as bytes (schemas/catalog.capnp, Snapshot). Equal
  /// catalogs give equal bytes.
  std::string encode() const;

  /// Reads what `encode` writes, checking every bound. Bytes that are no
  /// snapshot give `InvalidArgument`.
  static absl::StatusOr<catalog> decode(std::string_view bytes);

  friend bool operator==(const catalog&, const catalog&) = default;

private:
  friend class snapshot_writer;
  friend class snapshot_reader;

  struct result {
    refusal why = refusal::none;
    std::uint64_t number = 0;
  };

  result change(const join_command& what, const command& envelope);
  result change(const leave_command& what, const command& envelope);
  result change(const suspect_command& what, const command& envelope);
  result change(const trust_command& what, const command& envelope);
  result change(const answer_command& what, const command& envelope);
  result change(const put_command& what, const command& envelope);
  result change(const remove_command& what, const command& envelope);
  result change(const set_wanted_command& what, const command& envelope);
  result change(const set_command& what, const command& envelope);
  result change(const claim_command& what, const command& envelope);
  result change(const report_command& what, const command& envelope);
  result change(const release_command& what, const command& envelope);
  result change(const submit_job_command& what, const command& envelope);
  result change(const start_job_command& what, const command& envelope);
  result change(const end_job_command& what, const command& envelope);

  member* seat_of(const node_id& id);
  // Takes a member out of the view and its objects from it.
  void depart(node_id who);
  // Departs every member that the others have given up.
  void settle_suspicions();
  object* find_held(const object_key& key, const node_id& owner,
                    generation held);
  void remember(const outcome& known);

  log_position position_;
  view_number view_;
  // New objects start here, above every generation of removed ones.
  generation generation_floor_;
  std::map<node_uuid, member> members_;
  std::deque<node_id> departed_;
  std::map<object_key, object> objects_;
  std::map<std::string, setting> settings_;
  job_book jobs_;
  // What became of the last commands, and their order, oldest first.
  std::map<request_id, outcome> outcomes_;
  std::deque<request_id> outcome_order_;
  // Of all objects and settings, see `max_catalog_bytes`.
  std::size_t bytes_ = 0;
};

/// Applies one record of the log: decodes and applies it, or skips bytes that
/// are no command (then without an outcome). Fails with `Unimplemented` if the
/// record needs a newer program; the catalog then stays where it is.
absl::StatusOr<std::optional<outcome>> follow(catalog& where, log_position at,
                                              std::string_view record);

} // namespace herald::cluster
