#pragma once

#include "engine/operators/calendar.hpp"
#include "engine/operators/group_index.hpp"
#include "engine/operators/row_finder.hpp"
#include "engine/operators/row_store.hpp"
#include "engine/operators/window_zone.hpp"
#include "engine/plan/join_spec.hpp"

#include <deque>

// One input of a join, remembered: rows in a hash table by key, each key's
// rows a list, newest first. Where the spec says so, rows know how many rows
// of the other side they meet, can be found by their contents, and are over
// at a time of the events, or so long after they came. One thread at a time;
// bounded by the rows that live.

namespace herald {

/// Pairs of (row of the probing batch, row of a side).
struct join_matches {
  row_list probe;
  std::vector<std::int32_t> stored;

  void keep(std::size_t to, std::size_t from) {
    probe[to] = probe[from];
    stored[to] = stored[from];
  }

  void shrink(std::size_t size) {
    probe.resize(size);
    stored.resize(size);
  }
};

/// Where a probe stands between two calls of `join_side::match`.
struct match_cursor {
  std::vector<std::int32_t> groups; ///< of the probing rows, -1: no match
  std::size_t at = 0;               ///< the probing row that is next
  std::int32_t row = -1;            ///< its next stored row, -1: from the top
};

struct join_side_options {
  std::vector<int> keys;
  std::optional<row_life> life;
  bool counts = false;     ///< rows count those that they meet
  bool retracts = false;   ///< rows may be taken back
  std::int64_t ttl_ms = 0; ///< for which rows are remembered; 0: for ever
  /// Columns whose key group the state is divided by; usually the keys.
  std::vector<int> spread;
};

class join_side {
public:
  join_side(schema_ptr layout, join_side_options options);

  // -- commands --------------------------------------------------------------

  /// Keeps all rows of `x`, none of which has a NULL life. `hashes` are those
  /// of the keys; row i meets `counts[i]` rows (empty: 0).
  void insert(const batch& x, std::span<const std::uint64_t> hashes,
              std::span<const std::int32_t> counts = {}) {
    insert(x, hashes, counts, now_ms_);
  }

  /// Takes rows back; gives those that were there, and what they counted.
  row_list remove(const batch& x, std::vector<std::int32_t>& counts);

  /// Forgets a row that lives; what `rows()` holds of it stays until `trim`.
  void erase(std::int32_t row);

  /// Forgets the rows whose life is over at `t`; appends those that count 0
  /// to `lonely` (all rows if nothing is counted: none).
  void expire(event_time t, std::vector<std::int32_t>& lonely);

  /// Sets the time for what follows, and forgets the rows that are older than
  /// the time to live, without a word, as Flink does. Between probes.
  /// (join_side_ttl.cpp)
  void set_time(std::int64_t now_ms);

  /// Gives the memory of rows free that are forgotten, when it is worth it.
  /// Rows get new numbers.
  void trim();

  std::int32_t& count_of(std::int32_t row) {
    return counts_[static_cast<std::size_t>(row)];
  }

  // -- queries ---------------------------------------------------------------

  /// Looks up the keys of all rows of `x` for a series of `match`es.
  match_cursor find(const batch& x, std::span<const int> keys,
                    std::span<const std::uint64_t> hashes) const;

  /// Replaces `out` by the next pairs of equal keys, at most `pairs_max`;
  /// false when there are no more.
  bool match(match_cursor& cursor, std::size_t pairs_max,
             join_matches& out) const;

  const row_store& rows() const {
    return rows_;
  }

  /// When there is something to forget next.
  std::optional<std::int64_t> due_ms() const;

  /// Rows that live.
  std::int64_t size() const {
    return live_;
  }

  const join_side_options& options() const {
    return options_;
  }

  /// When each row of `x` is over; empty without lives.
  std::vector<event_time> lives_of(const batch& x) const;

  // -- state -----------------------------------------------------------------

  absl::Status write(std::string_view table, state_writer& writer) const;

  /// Adds what was written; `hash_keys`: the columns of the keys.
  absl::Status read(std::string_view table, key_group_range range,
                    const state_reader& reader);
  std::int64_t memory_bytes() const;

private:
  /// `previous` of a row that is the first of group g is `first_of(g)`.
  static constexpr std::int32_t first_of(std::int32_t group) {
    return -2 - group;
  }

  static constexpr std::int32_t gone = -1;

  struct links {
    std::int32_t next = -1; ///< older row of the key
    std::int32_t previous = gone;
  };

  /// Rows before `end`, and not before that of the arrival before, came then.
  struct arrival {
    std::int64_t ms = 0;
    std::int32_t end = 0;
  };

  links& at(std::int32_t row) {
    return links_[static_cast<std::size_t>(row)];
  }

  const links& at(std::int32_t row) const {
    return links_[static_cast<std::size_t>(row)];
  }

  void insert(const batch& x, std::span<const std::uint64_t> hashes,
              std::span<const std::int32_t> counts, std::int64_t came_ms);
  std::vector<std::int32_t> living() const;
  batch_ptr saved(std::span<const std::int32_t> rows) const;
  schema_ptr saved_layout() const;
  /// The newest rows, which `arrivals_` lacks, came then.
  void note_arrival(std::int64_t ms);
  std::int64_t grain() const; ///< of the times in `arrivals_`
  /// When each of `rows`, ascending, came; 0 without a time to live.
  std::vector<std::int64_t>
  arrivals_of(std::span<const std::int32_t> rows) const;
  void load(const batch& saved, std::int64_t came_ms);
  void renumber_arrivals(const std::vector<std::int32_t>& kept);
  void clear();
  void compact();

  schema_ptr layout_;
  window_zone zone_; ///< of the lives
  join_side_options options_;
  std::vector<data_type> key_types_;
  std::vector<int> all_columns_;
  row_store rows_;
  group_index index_;
  std::vector<std::int32_t> first_;  ///< by group: newest row, or -1
  std::vector<links> links_;         ///< by row
  std::vector<std::int32_t> counts_; ///< by row, if rows count
  row_finder finder_;                ///< if rows are taken back
  calendar calendar_;                ///< if rows have lives
  std::deque<arrival> arrivals_;     ///< with a time to live; oldest first
  std::int32_t oldest_ = 0;          ///< first row of `arrivals_`
  std::int64_t now_ms_ = 0;
  std::int64_t live_ = 0;
  std::vector<std::int32_t> groups_; ///< scratch
};

/// Rows of `x` that have a value in all `columns`; nullopt: all of them.
std::optional<row_list> rows_with_values(const batch& x,
                                         std::span<const int> columns);

} // namespace herald
