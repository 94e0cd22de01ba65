#pragma once

#include "cep/compiled_rule.hpp"
#include "cep/run_table.hpp"
#include "engine/operators/group_index.hpp"

#include <optional>
#include <vector>

// The keys of a rule as small numbers, the groups of its run_table. A rule
// without keys has one group, 0. One thread at a time; bounded by the keys
// that have runs, as long as `forget_idle` is called.

namespace herald {

class event_keys {
public:
  explicit event_keys(const compiled_rule& rule);

  /// Takes the rows that are looked up next. O(rows).
  void set_rows(const batch& x);

  /// Writes the group of each of `rows`, all of them new or known.
  void find_or_insert(const batch& x, const row_list& rows,
                      std::vector<std::int32_t>& groups);

  /// As above, but -1 for keys that are unknown.
  void find(const batch& x, const row_list& rows,
            std::vector<std::int32_t>& groups) const;

  /// Forgets the groups without runs.
  void forget_idle(const run_table& runs);

  /// One more than the highest group.
  std::int64_t capacity() const {
    return index_ ? index_->capacity() : 1;
  }

  /// The group of keys that a group's state travels with.
  int key_group(std::int32_t group) const {
    return index_ ? key_group_of(index_->hash_of(group)) : 0;
  }

  /// The key columns of `groups`, repeats allowed.
  std::vector<column_ptr> keys(std::span<const std::int32_t> groups) const;

  std::int64_t memory_bytes() const {
    return index_ ? index_->memory_bytes() : 0;
  }

private:
  std::vector<int> columns_; ///< read columns
  std::optional<group_index> index_;
  std::vector<std::uint64_t> hashes_; ///< of the rows of `set_rows`
};

} // namespace herald
