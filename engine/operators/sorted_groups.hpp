#pragma once

#include "engine/operators/group_ttl.hpp"
#include "engine/operators/row_forest.hpp"
#include "engine/state/state.hpp"

#include <functional>

// Rows of many groups, each group's in order: the state of Top-N, OVER over
// changing rows and ORDER BY. Rows lie in one store, groups are sorted sets of
// their numbers. Numbers stay until `reclaim`. Used by one operator on its
// thread; bounded by the rows that its user keeps, and twice their memory.

namespace herald {

class sorted_groups {
public:
  /// `ttl_ms`: for which groups live that are not written to; 0: for ever.
  sorted_groups(schema_ptr layout, std::vector<int> keys, row_order order,
                std::int64_t ttl_ms = 0);

  // -- commands --------------------------------------------------------------

  /// Writes the group of `rows` of `x` (null: all) to `groups`, making new
  /// ones as needed; `hashes` are of the keys, one a row of `x`.
  void locate(const batch& x, const row_list* rows,
              std::span<const std::uint64_t> hashes,
              std::vector<std::int32_t>& groups);

  /// Appends `rows` of `x` (null: all), whose prefixes are `prefixes`, to the
  /// store, in no group yet. Gives the number of the first.
  std::int32_t append(const batch& x, const row_list* rows,
                      std::span<const std::uint64_t> prefixes);

  /// Puts a row of the store into a group.
  void insert(std::int32_t group, std::int32_t row);

  /// Takes a row out of the group that is equal to `row`, which is in none;
  /// both are forgotten. False if there is none.
  bool erase(std::int32_t group, std::int32_t row);

  /// Forgets the last row of a group that is not empty.
  void erase_last(std::int32_t group);

  /// Forgets all rows of a group, which stays.
  void clear(std::int32_t group);

  /// Counts an appended row that will be in no group.
  void discard() {
    ++forgotten_;
  }

  /// Forgets the groups among `groups` that are empty; the others have been
  /// written to.
  void settle(std::span<const std::int32_t> groups);

  /// Sets the time for what follows, and forgets groups that were not written
  /// to for the time to live. If groups have got new numbers then, gives the
  /// old ones, ascending.
  /// Calls `cleared(group)` for each.
  std::optional<std::vector<std::int32_t>>
  set_time(std::int64_t now_ms,
           const std::function<void(std::int32_t)>& cleared = {});

  /// Clears those of `groups` that are over their time; calls `cleared(group)`
  /// for each.
  void clear_old(std::span<const std::int32_t> groups,
                 const std::function<void(std::int32_t)>& cleared = {});

  /// Gives back the memory of forgotten rows if it is worth it; renumbers.
  void reclaim();

  // -- queries ---------------------------------------------------------------

  std::int64_t count(std::int32_t group) const {
    return counts_[static_cast<std::size_t>(group)];
  }

  std::int32_t root(std::int32_t group) const {
    return roots_[static_cast<std::size_t>(group)];
  }

  const row_store& rows() const {
    return rows_;
  }

  const row_forest& forest() const {
    return forest_;
  }

  const row_order& order() const {
    return forest_.order();
  }

  const group_index& index() const {
    return index_;
  }

  /// When `set_time` has something to do next.
  std::optional<std::int64_t> due_ms() const {
    return ttl_.due_ms();
  }

  const std::vector<int>& keys() const {
    return keys_;
  }

  // -- state -----------------------------------------------------------------

  /// Writes all rows as `table`, each key group's in order of arrival.
  absl::Status write(std::string_view table, state_writer& writer) const;

  /// Adds rows that `write` gave; writes their groups to `groups`.
  void load(const batch& saved, std::vector<std::int32_t>& groups);

  /// Reads when the groups of all rows, which have been read, were written.
  absl::Status read_times(key_group_range range, const state_reader& reader) {
    return ttl_.read(index_, range, reader);
  }

  std::int64_t memory_bytes() const;

private:
  std::vector<int> keys_;
  group_index index_;
  group_ttl ttl_;
  row_store rows_;
  row_forest forest_;
  std::vector<std::int32_t> roots_;  ///< by group
  std::vector<std::int64_t> counts_; ///< by group
  std::int64_t forgotten_ = 0;       ///< rows of the store that live no more
};

} // namespace herald
