#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/operators/key_codec.hpp"

#include <optional>
#include <span>
#include <vector>

// A hash table from keys to small dense numbers, the group ids that
// accumulators and row stores are indexed by. Open addressing with linear
// probing; the table holds only ids and hash bits, keys lie apart. One BIGINT
// key without NULLs, the usual case, is compared in place; other keys as
// encoded bytes. Ids of erased groups are given again. One thread at a time;
// bounded by the distinct keys, at most 2^31 - 1.

namespace herald {

class group_index {
public:
  /// `expected`: groups for which there is room at once.
  explicit group_index(std::vector<data_type> key_types,
                       std::int64_t expected = 0);

  // -- commands --------------------------------------------------------------

  /// Writes the group of every row in `rows` (all rows of `x` when null) to
  /// `groups`, making new groups as needed. `hashes` has one entry a row of
  /// `x`, from `hash_rows` over the same `keys`. Amortised O(rows).
  void find_or_insert(const batch& x, std::span<const int> keys,
                      const row_list* rows,
                      std::span<const std::uint64_t> hashes,
                      std::vector<std::int32_t>& groups);

  /// As above, but writes -1 for keys that are unknown.
  void find(const batch& x, std::span<const int> keys, const row_list* rows,
            std::span<const std::uint64_t> hashes,
            std::vector<std::int32_t>& groups) const;

  /// Forgets a group; its id may be given again.
  void erase(std::int32_t group);

  /// Gives memory back if it `is_sparse`: the groups that live get the ids 0,
  /// 1, … in their order, and their old ids are returned; nullopt: nothing has
  /// changed. O(ids).
  std::optional<std::vector<std::int32_t>> shrink();

  // -- queries ---------------------------------------------------------------

  /// True if most of the ids are free, and they are enough for a new table to
  /// be worth its making.
  bool is_sparse() const;

  /// Groups that live.
  std::int64_t size() const {
    return size_;
  }

  /// One more than the highest id ever given.
  std::int64_t capacity() const {
    return static_cast<std::int64_t>(hashes_.size());
  }

  /// Hash of a group's key.
  std::uint64_t hash_of(std::int32_t group) const {
    return hashes_[static_cast<std::size_t>(group)];
  }

  /// All ids that live, ascending.
  std::vector<std::int32_t> groups() const;

  /// The same, one list for each of the `key_groups`.
  std::vector<std::vector<std::int32_t>> by_key_group() const;

  /// The keys of `groups`, one column a key column.
  std::vector<column_ptr> keys(std::span<const std::int32_t> groups) const;

  std::int64_t memory_bytes() const;

private:
  struct slot {
    std::uint32_t tag = 0;   ///< upper hash bits, to skip most comparisons
    std::int32_t group = -1; ///< -1: empty
  };

  template <bool Insert>
  void look_up(const batch& x, std::span<const int> keys, const row_list* rows,
               std::span<const std::uint64_t> hashes,
               std::vector<std::int32_t>& groups);

  template <bool Insert, class SameKey, class StoreKey>
  std::int32_t probe(std::uint64_t hash, SameKey same, StoreKey store);

  bool is_plain(const batch& x, std::span<const int> keys) const;
  std::int32_t new_group(std::uint64_t hash);
  void grow();
  void make_generic();

  std::vector<data_type> key_types_;
  key_codec codec_;
  bool plain_ = false; ///< keys lie in `numbers_`, not in `encoded_`
  std::vector<slot> slots_;
  std::int64_t size_ = 0;
  std::vector<std::uint64_t> hashes_; ///< by group
  std::vector<std::uint8_t> live_;    ///< by group
  std::vector<std::int32_t> free_;    ///< ids to give again
  std::vector<std::int64_t> numbers_; ///< by group, when plain
  byte_store encoded_;                ///< by group, otherwise
  std::string scratch_;               ///< encoded keys of one batch
  std::vector<std::uint32_t> ends_;
};

/// By old number of a group or row, of which there were `count`, its new one
/// when `kept` get the numbers 0, 1, …; -1: it is not kept.
std::vector<std::int32_t> numbers_after(std::span<const std::int32_t> kept,
                                        std::size_t count);

/// Vectors by group after `group_index::shrink` gave `kept`.
template <class T>
void keep_groups(std::vector<T>& x, std::span<const std::int32_t> kept) {
  std::vector<T> result;
  result.reserve(kept.size());
  for (const auto group : kept)
    if (static_cast<std::size_t>(group) < x.size())
      result.push_back(std::move(x[static_cast<std::size_t>(group)]));
  x = std::move(result);
}

} // namespace herald
