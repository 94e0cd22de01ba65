#pragma once

#include "engine/operators/aggregate_table.hpp"

#include <functional>

// What changed in an aggregation since it last gave results: the groups that
// were touched, each once, with their results before. So that many rows of a
// group make one change. Used by one operator on its thread; bounded by the
// groups that are touched between two results.

namespace herald {

class group_changes {
public:
  /// Changes as rows: keys, then results.
  struct rows {
    std::vector<column_ptr> columns;
    std::vector<std::int32_t> groups; ///< of each row
    buffer_ptr changes;               ///< one `change` a row
    std::vector<std::int32_t> gone;   ///< groups that have no rows any more
  };

  bool empty() const {
    return groups_.empty();
  }

  bool has(std::size_t group) const {
    return group < noted_.size() && noted_[group] != 0;
  }

  /// Notes those of `groups` that are not yet, before their states change;
  /// `given(g)`, asked once for each: its result was given out before.
  void note(std::span<const std::int32_t> groups, const aggregate_table& table,
            const std::function<bool(std::int32_t)>& given);

  struct options {
    bool update_before = true;
    bool unchanged_too = false; ///< give results that stayed the same as well
  };

  /// The changes from what was to what `table` has now, and forgets them:
  /// +I, -U and +U, -D for a group that no longer `lives`; nothing for a
  /// result that stayed the same. Errors: a user's aggregate's.
  absl::StatusOr<rows> take(const aggregate_table& table,
                            const std::function<bool(std::int32_t)>& lives,
                            options how);

private:
  std::vector<column_ptr> old_results(std::size_t count) const;

  std::vector<std::uint8_t> noted_;          ///< by group
  std::vector<std::int32_t> groups_;         ///< each once
  std::vector<std::int32_t> old_at_;         ///< its row in `old_`, or -1
  std::vector<std::vector<column_ptr>> old_; ///< results before, in parts
  std::int32_t known_ = 0;                   ///< rows of `old_`
};

} // namespace herald
