#pragma once

#include "engine/operators/sorted_groups.hpp"

// The rows that Top-N keeps: of inputs that only insert, those whose rank is
// at most the last that is asked for; of others all, as any row may come back
// into the ranks. One thread at a time; bounded by partitions times ranks, or
// by the input.

namespace herald {

/// A row of a table and its rank.
struct ranked_row {
  std::int32_t row = 0;
  std::int64_t rank = 0;
};

class top_n_table {
public:
  top_n_table(top_n_spec spec, const schema_ptr& layout);

  /// Applies `rows` of `x` (null: all); `hashes` are of the keys, one a row of
  /// `x`. Calls `touch(group)` before a group changes for the first time.
  void apply(const batch& x, const row_list* rows,
             std::span<const std::uint64_t> hashes,
             const std::function<void(std::int32_t)>& touch);

  /// Appends the rows with a rank in [first, last], in order.
  void ranked(std::int32_t group, std::vector<ranked_row>& out) const;

  /// Forgets groups that became empty, and what rows left behind. Numbers of
  /// rows are others then.
  void settle();

  /// Sets the time for what follows, and forgets groups that were silent for
  /// the time to live. Numbers of groups and rows are others then.
  void set_time(std::int64_t now_ms);

  /// The groups that the last `apply` changed.
  const std::vector<std::int32_t>& touched() const {
    return touched_;
  }

  const sorted_groups& groups() const {
    return groups_;
  }

  void load(const batch& saved);

  /// As `sorted_groups::read_times`.
  absl::Status read_times(key_group_range range, const state_reader& reader) {
    return groups_.read_times(range, reader);
  }

  std::int64_t memory_bytes() const;

private:
  /// Fills the `kept_` lists with the rows that may have a rank; gives the
  /// rows to append (null: all of `x`).
  const row_list* screen(const batch& x, const row_list* rows);
  void reset_threshold(std::int32_t group);
  /// Forgets what is behind the last rank.
  void trim(std::int32_t group);

  template <class F>
  void walk_ranks(std::int32_t group, F visit) const;

  top_n_spec spec_;
  sorted_groups groups_;
  /// By group: rows with a higher prefix have no rank. Only without
  /// retractions.
  std::vector<std::uint64_t> thresholds_;
  std::vector<std::uint8_t> seen_; ///< by group: in `touched_`
  std::vector<std::int32_t> touched_;
  // Scratch, a batch at a time.
  std::vector<std::int32_t> row_groups_; ///< of all rows
  std::vector<std::uint64_t> prefixes_;  ///< of all rows
  row_list kept_;
  std::vector<std::int32_t> kept_groups_;
  std::vector<std::uint64_t> kept_prefixes_;
};

/// The stored rows `picks` as rows of `layout`: with their ranks as a last
/// column if the layout has one more.
batch_ptr ranked_batch(const row_store& rows, const schema_ptr& layout,
                       std::span<const std::int32_t> picks,
                       std::span<const std::int64_t> ranks, buffer_ptr changes);

} // namespace herald
