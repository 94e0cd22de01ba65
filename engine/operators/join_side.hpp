#pragma once

#include "engine/columnar/hash.hpp"
#include "engine/operators/group_index.hpp"
#include "engine/operators/operator.hpp"
#include "engine/operators/row_store.hpp"

#include <map>

// One input of a join, remembered: rows in buckets of event time, each bucket
// with a hash table of its own, so that forgetting is dropping a bucket whole.
// Without a time bound everything is one bucket. One thread at a time;
// bounded by the rows inside the time bound.

namespace herald {

/// Pairs of (row of the probing batch, row of a bucket).
struct match_list {
  row_list probe;
  std::vector<std::int32_t> stored;
};

/// Where a probe stands between two calls of `join_bucket::match`.
struct match_cursor {
  std::vector<std::int32_t> groups; ///< of the probing rows, -1: no match
  std::size_t at = 0;               ///< the probing row that is next
  std::int32_t row = -1;            ///< its next stored row, -1: from the top
};

class join_bucket {
public:
  join_bucket(schema_ptr layout, std::vector<data_type> key_types);

  void insert(const batch& x, std::span<const int> keys, const row_list* rows,
              std::span<const std::uint64_t> hashes);

  /// Removes one row that equals row `at` of `x`; false if there is none.
  bool remove(const batch& x, std::span<const int> keys, std::int32_t at,
              std::span<const std::uint64_t> hashes);

  /// Looks up the keys of `rows` (null: all) for a series of `match`es.
  match_cursor find(const batch& x, std::span<const int> keys,
                    const row_list* rows,
                    std::span<const std::uint64_t> hashes) const;

  /// Replaces `out` by the next pairs of equal keys, at most `pairs_max`;
  /// false when there are no more.
  bool match(match_cursor& cursor, const row_list* rows, std::size_t pairs_max,
             match_list& out) const;

  const row_store& rows() const {
    return rows_;
  }

  /// Numbers of the rows that live, by key group.
  std::vector<std::vector<std::int32_t>> rows_by_key_group() const;

  std::int64_t memory_bytes() const;

private:
  /// Keeps only the rows that live, under new numbers.
  void reclaim();

  row_store rows_;
  group_index index_;
  std::vector<std::int32_t> first_; ///< by group: newest row, or -1
  std::vector<std::int32_t> next_;  ///< by row: older row of the key, or -1
  std::int32_t removed_ = 0;        ///< rows that are stored but do not live
};

class join_side {
public:
  /// `time_column` < 0: no time bound, one bucket.
  join_side(schema_ptr layout, std::vector<int> keys, int time_column,
            std::int64_t bucket_ms);

  using buckets = std::map<event_time, join_bucket>;

  /// Keeps the inserted rows and removes the retracted ones. Rows whose key
  /// or time is NULL meet nothing and are left out.
  void apply(const batch& x, std::span<const std::uint64_t> hashes,
             const std::vector<event_time>& times);

  /// Drops the buckets all of whose rows have a time at or before `t`.
  void forget(event_time t);

  const buckets& all() const {
    return buckets_;
  }

  /// Start of the bucket of time `t`.
  event_time bucket_of(event_time t) const;

  const std::vector<int>& keys() const {
    return keys_;
  }

  /// Columns that must not be NULL for a row to meet another: keys and time.
  const std::vector<int>& needed() const {
    return needed_;
  }

  /// Event times of the rows of `x`; empty without a time column.
  std::vector<event_time> times(const batch& x) const;

  absl::Status write(std::string_view table, state_writer& writer) const;
  absl::Status read(std::string_view table, key_group_range range,
                    const state_reader& reader);
  std::int64_t memory_bytes() const;

private:
  join_bucket& bucket_at(event_time start);

  schema_ptr layout_;
  std::vector<int> keys_;
  std::vector<data_type> key_types_;
  std::vector<int> needed_;
  int time_column_;
  std::int64_t bucket_ms_;
  buckets buckets_;
};

/// Rows of `x` that have a value in all `columns`; nullopt: all of them.
std::optional<row_list> rows_with_values(const batch& x,
                                         std::span<const int> columns);

} // namespace herald
