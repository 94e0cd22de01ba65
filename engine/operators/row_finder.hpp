#pragma once

#include <cstdint>
#include <vector>

// Finds a stored row by its contents, for retractions: a hash table from the
// hash of all columns to row numbers. Rows of one hash are a list, however
// many, so that equal rows cost no more than others. Open addressing with
// linear probing. One thread at a time; some 24 bytes a row.

namespace herald {

class row_finder {
public:
  /// `row` is new; numbers may have holes.
  void insert(std::uint64_t hash, std::int32_t row);

  /// A row of that hash for which `same(row)`; -1: there is none.
  template <class Same>
  std::int32_t find(std::uint64_t hash, Same same) const {
    auto row = slots_.empty() ? -1 : slots_[place_of(hash)];
    while (row >= 0 && !same(row))
      row = entry(row).next;
    return row;
  }

  /// Forgets a row that is in it.
  void erase(std::int32_t row);

  std::uint64_t hash_of(std::int32_t row) const {
    return entry(row).hash;
  }

  std::int64_t memory_bytes() const {
    return static_cast<std::int64_t>(slots_.capacity() * 4
                                     + entries_.capacity() * sizeof(link));
  }

private:
  struct link {
    std::uint64_t hash = 0;
    std::int32_t next = -1;
    std::int32_t previous = -1; ///< -1: it is in a slot
  };

  const link& entry(std::int32_t row) const {
    return entries_[static_cast<std::size_t>(row)];
  }

  link& entry(std::int32_t row) {
    return entries_[static_cast<std::size_t>(row)];
  }

  /// The slot of `hash`, or the empty one where it belongs.
  std::size_t place_of(std::uint64_t hash) const {
    const auto mask = slots_.size() - 1;
    auto at = hash & mask;
    while (slots_[at] >= 0 && entry(slots_[at]).hash != hash)
      at = (at + 1) & mask;
    return at;
  }

  void grow();
  void close_hole(std::size_t at);

  std::vector<std::int32_t> slots_; ///< first row of a hash, or -1: empty
  std::vector<link> entries_;       ///< by row
  std::size_t used_ = 0;            ///< slots
};

} // namespace herald
