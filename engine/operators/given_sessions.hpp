#pragma once

#include "engine/operators/row_store.hpp"
#include "engine/operators/session_pieces.hpp"

// The sessions that were given out and may have to be taken back: their
// bounds, and their results as they were. Where they were given the sessions
// of a key lie further apart than the gap. One thread at a time; bounded by
// the sessions that nobody erased.

namespace herald {

class given_sessions {
public:
  /// `results`: the columns that are kept.
  explicit given_sessions(const std::vector<data_type>& results);

  struct entry {
    session_run run;
    std::int32_t row = 0;    ///< its results
    std::int32_t total = -1; ///< of its rows, a number of the caller's; or -1
  };

  /// Adds sessions, row i of `results` for `runs[i]`.
  void add(std::span<const session_run> runs,
           const std::vector<column_ptr>& results);

  void set_total(const session_run& run, std::int32_t total) {
    sessions_.find({run.key, run.first})->second.total = total;
  }

  /// The total of the session that `t` lies in; -1: there is none.
  std::int32_t total_at(std::int32_t key, event_time t) const;

  /// Forgets the session of `key` that begins at `first`, if there is one;
  /// gives its total.
  std::int32_t erase(std::int32_t key, event_time first);

  /// Appends those of `key` that rows at [begin, end] would lie in or next to
  /// (no further than `gap_ms`), but for those up to the last one of `out`.
  void near(std::int32_t key, event_time begin, event_time end,
            std::int64_t gap_ms, std::vector<entry>& out) const;

  /// The results of `entries`.
  std::vector<column_ptr> results(std::span<const entry> entries) const;

  /// Makes the store anew if most of its rows are gone.
  void reclaim();

  std::vector<std::vector<entry>> by_key_group(const group_index& keys) const;

  /// 0 if there are none.
  std::int64_t memory_bytes() const;

private:
  struct kept {
    event_time last = 0;
    std::int32_t row = 0;
    std::int32_t total = -1;
  };

  schema_ptr layout_;
  row_store rows_;
  std::map<std::pair<std::int32_t, event_time>, kept> sessions_; ///< by first
};

} // namespace herald
