#pragma once

#include "engine/operators/calendar.hpp"
#include "engine/operators/group_index.hpp"
#include "engine/operators/session_index.hpp"

#include <map>

// The times at which the keys have rows, as pieces: stretches whose rows one
// accumulator holds. Pieces of a key that are no further apart than the gap
// are one session, a run. Where rows can be taken back each time is a piece of
// its own, so that a run can shrink and fall apart; where they cannot, the
// pieces of a run become one. A calendar has the end of every run. One thread
// at a time; bounded by the pieces that nobody erased.

namespace herald {

/// A session as it stands: the times of its first and last row.
struct session_run {
  std::int32_t key = 0;
  event_time first = 0;
  event_time last = 0;
};

/// Runs with what they are made of: slots of pieces, and stretches that the
/// caller knows as a whole. Those of run i end at `ends[i]` and `part_ends[i]`
/// and begin where those of the run before end.
struct session_runs {
  std::vector<session_run> runs;
  std::vector<std::int32_t> slots;
  std::vector<std::size_t> ends;
  std::vector<std::size_t> parts;
  std::vector<std::size_t> part_ends;
};

class session_pieces {
public:
  /// `joins`: no row is taken back, the pieces of a run become one.
  session_pieces(std::vector<data_type> key_types, std::int64_t gap_ms,
                 bool joins);

  // -- rows ------------------------------------------------------------------

  /// The key of every row of `x`, new ones without pieces.
  void find_keys(const batch& x, std::span<const int> keys,
                 std::span<const std::uint64_t> hashes,
                 std::vector<std::int32_t>& result) {
    index_.find_or_insert(x, keys, nullptr, hashes, result);
    by_key_.resize(static_cast<std::size_t>(index_.capacity()));
  }

  /// The slot for a row at `t`, a new one if need be; -1 if it comes too late:
  /// no run that has rows lies within the gap, and one of its own would end
  /// at or before `closed`. O(log(pieces of the key)).
  std::int32_t add(std::int32_t key, event_time t, event_time closed);

  /// The slot that a row at `t` is taken back from; -1: none was there.
  std::int32_t take_back(std::int32_t key, event_time t);

  using place = std::pair<std::int32_t, event_time>; ///< key, time

  /// The slot of the piece that begins at `t`; -1: there is none.
  std::int32_t slot_at(std::int32_t key, event_time t) const {
    const auto& list = by_key_[static_cast<std::size_t>(key)];
    const auto at = list.find(t);
    return at == list.end() ? -1 : at->second.slot;
  }

  struct changed_slots {
    std::vector<session_merge> merges; ///< to be carried out in this order
    std::vector<std::int32_t> freed;   ///< to be emptied, behind the merges
    std::vector<place> gone;           ///< times that have no rows any more
  };

  /// After the rows of a batch: joins pieces or forgets those without rows.
  changed_slots settle();

  /// A piece with `rows` rows, apart from all others: a restored one.
  std::int32_t open(std::int32_t key, event_time first, event_time last,
                    std::int64_t rows);

  // -- runs ------------------------------------------------------------------

  /// The end of a run, at the piece that begins at `at`.
  struct ended_run {
    std::int32_t key = 0;
    event_time at = 0;
    bool closes = false; ///< it will not come up again
  };

  /// Runs whose end, last row plus gap, is at or before `t`: once when they
  /// get there, and once more when `lateness_ms` have passed since.
  std::vector<ended_run> take_ended(event_time t, std::int64_t lateness_ms);

  /// True if the pieces within [first, last], of a run before times went, no
  /// longer are one as there are none at `gone`.
  bool falls_apart(std::int32_t key, event_time first, event_time last,
                   event_time gone) const;

  /// Appends the runs of `key` that rows at [begin, end] would lie in or next
  /// to, but for those up to the last one of `out`. Ascending. The pieces in
  /// each of `whole`, which are ascending stretches, are in one run, and
  /// counted as a whole. O(log) for each of them and of the other pieces.
  void runs_near(std::int32_t key, event_time begin, event_time end,
                 std::span<const session_run> whole, session_runs& out) const;

  /// Forgets the run that has a piece at `at`; appends its slots, which are to
  /// be emptied.
  session_run erase_run(std::int32_t key, event_time at,
                        std::vector<std::int32_t>& freed);

  // -- keys and state --------------------------------------------------------

  bool has_pieces(std::int32_t key) const {
    return !by_key_[static_cast<std::size_t>(key)].empty();
  }

  /// Forgets a key without pieces.
  void erase_key(std::int32_t key) {
    index_.erase(key);
  }

  const group_index& index() const {
    return index_;
  }

  /// One more than the highest slot ever given.
  std::int64_t capacity() const {
    return static_cast<std::int64_t>(rows_.size());
  }

  struct piece_ref {
    session_run piece;
    std::int32_t slot = 0;
    std::int64_t rows = 0;
  };

  std::vector<std::vector<piece_ref>> by_key_group() const;

  /// 0 if there are no pieces.
  std::int64_t memory_bytes() const;

private:
  struct piece {
    event_time last = 0;
    event_time due = 0; ///< when it is looked at; `no_due`: not at all
    std::int32_t slot = 0;
  };

  static constexpr event_time no_due = time_max;

  using piece_map = std::map<event_time, piece>; ///< by first
  using iterator = piece_map::iterator;

  piece_map& of(std::int32_t key) {
    return by_key_[static_cast<std::size_t>(key)];
  }

  std::int64_t& rows_at(std::int32_t slot) {
    return rows_[static_cast<std::size_t>(slot)];
  }

  bool meet(event_time last, event_time first) const {
    return first - last <= gap_ms_;
  }

  iterator insert(std::int32_t key, event_time first, event_time last);
  void erase(std::int32_t key, iterator at);
  void set_due(iterator at, event_time due);
  bool meets_rows(std::int32_t key, event_time t);
  std::int32_t add_joining(std::int32_t key, event_time t, event_time closed);
  void join(std::int32_t key, event_time at, changed_slots& out);
  void free_slot(std::int32_t slot);
  void add_entry(event_time due, std::int32_t slot);

  group_index index_;
  std::int64_t gap_ms_;
  bool joins_;
  std::vector<piece_map> by_key_;
  std::vector<std::int64_t> rows_; ///< by slot
  std::vector<std::int32_t> free_;
  std::vector<place> places_; ///< by slot
  /// Slots by what was their piece's due time: entries whose piece has gone or
  /// is due later mean nothing.
  calendar calendar_;
  std::int64_t entries_ = 0;     ///< of the calendar
  std::vector<place> unsettled_; ///< without rows, or to be joined
  std::int64_t count_ = 0;       ///< pieces
};

} // namespace herald
