#pragma once

#include "engine/columnar/batch.hpp"

#include <span>

// Hashes of key columns and the key groups that state and exchanges are
// divided by. Stable across processes and versions: snapshots depend on it.

namespace herald {

/// Key groups of every task; fixed, so that state moves between
/// parallelisms. A power of two, and more than any sensible parallelism.
constexpr int key_groups = 128;

/// Writes the hash of the key (columns `keys` of `x`) of every row to `out`,
/// which has `x.rows` entries. NULLs hash alike; -0.0 as 0.0. No keys: all 0.
void hash_rows(const batch& x, std::span<const int> keys,
               std::span<std::uint64_t> out);

/// The key group of a hash, from its upper bits, in [0, key_groups).
constexpr int key_group_of(std::uint64_t hash) {
  return static_cast<int>(hash >> 57);
}

/// The subtask, of `parallelism` (1 … key_groups), that owns a key group.
/// Ranges are contiguous: see `range_of`.
constexpr int owner_of(int key_group, int parallelism) {
  return key_group * parallelism / key_groups;
}

struct key_group_range {
  int begin = 0;        ///< inclusive
  int end = key_groups; ///< exclusive

  bool contains(int group) const {
    return group >= begin && group < end;
  }
};

/// The key groups that subtask `index` of `parallelism` owns.
constexpr key_group_range range_of(int index, int parallelism) {
  return {(index * key_groups + parallelism - 1) / parallelism,
          ((index + 1) * key_groups + parallelism - 1) / parallelism};
}

} // namespace herald
