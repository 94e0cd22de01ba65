#pragma once

#include "engine/operators/group_index.hpp"
#include "engine/operators/operator.hpp"

#include <map>

#include <absl/container/flat_hash_map.h>

// Which sessions are open: stretches of time of one key in which no two
// neighbours are further apart than the gap. A row that comes late can join
// two of them. Sessions have dense numbers that are given again once they are
// over; a calendar in coarse steps of time finds those that are, so a row
// that prolongs a session moves nothing. One thread at a time; bounded by the
// sessions behind the watermark.

namespace herald {

/// One session went up in another.
struct session_merge {
  std::int32_t from = 0;
  std::int32_t into = 0;
};

class session_index {
public:
  session_index(std::vector<data_type> key_types, std::int64_t gap_ms);

  // -- commands --------------------------------------------------------------

  /// Finds or opens the session of every row of `x` at `times[row]`; writes
  /// -1 for those that are NULL in `time` or late: alone, their session would
  /// have ended at or before `watermark`. `hashes` as for `group_index`. The
  /// merges are to be carried out in their order, before the rows are added.
  /// Amortised O(rows · log(sessions of a key)).
  std::vector<session_merge> assign(const batch& x, std::span<const int> keys,
                                    std::span<const std::uint64_t> hashes,
                                    const column& time,
                                    std::span<const event_time> times,
                                    event_time watermark,
                                    std::vector<std::int32_t>& sessions);

  /// Opens the sessions [first, last] of the keys of `x`, one a row, that are
  /// apart from each other: restored ones.
  void open(const batch& x, std::span<const int> keys,
            std::span<const std::uint64_t> hashes,
            std::span<const event_time> first, std::span<const event_time> last,
            std::vector<std::int32_t>& sessions);

  /// Sessions that have ended at `t`; they live until they are erased.
  std::vector<std::int32_t> take_over(event_time t);

  /// Forgets sessions that `take_over` gave.
  void erase(std::span<const std::int32_t> sessions);

  // -- queries ---------------------------------------------------------------

  /// Time of the first row.
  event_time first(std::int32_t session) const {
    return sessions_[static_cast<std::size_t>(session)].first;
  }

  /// Time of the last row.
  event_time last(std::int32_t session) const {
    return sessions_[static_cast<std::size_t>(session)].last;
  }

  /// Last row plus gap.
  event_time end(std::int32_t session) const {
    return last(session) + gap_ms_;
  }

  /// One more than the highest number ever given.
  std::int64_t capacity() const {
    return static_cast<std::int64_t>(sessions_.size());
  }

  /// The keys of `sessions`, one column a key column.
  std::vector<column_ptr> keys(std::span<const std::int32_t> sessions) const;

  /// Open sessions, by key group.
  std::vector<std::vector<std::int32_t>> by_key_group() const;

  std::int64_t memory_bytes() const;

private:
  struct stretch {
    event_time first = 0;
    event_time last = 0;
    std::int32_t key = -1; ///< -1: merged away or free
  };

  static constexpr std::int32_t none = -1; ///< in `only_`
  static constexpr std::int32_t several = -2;

  stretch& at(std::int32_t x) {
    return sessions_[static_cast<std::size_t>(x)];
  }

  std::int32_t place(std::int32_t key, event_time t, event_time watermark,
                     std::vector<session_merge>& merges);
  std::int32_t place_among(std::int32_t key, event_time t, event_time watermark,
                           std::vector<session_merge>& merges);
  std::int32_t make(std::int32_t key, event_time first, event_time last);
  void add_to_key(std::int32_t made);
  void remove_from_key(std::int32_t gone);
  void schedule(std::int32_t x);

  group_index index_;
  std::int64_t gap_ms_;
  std::int64_t step_ms_; ///< of the calendar
  std::vector<stretch> sessions_;
  std::vector<std::int32_t> free_;
  std::vector<std::int32_t> only_; ///< by key: its session, none or several
  /// Sessions of keys with several, by time.
  absl::flat_hash_map<std::int32_t, std::vector<std::int32_t>> several_;
  std::map<event_time, std::vector<std::int32_t>> calendar_;
  std::vector<std::int32_t> groups_; ///< scratch: key numbers of rows
};

} // namespace herald
