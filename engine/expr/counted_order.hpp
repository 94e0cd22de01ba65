#pragma once

#include <cstdint>
#include <vector>

// Numbers in order, each with how often it is there, and the number at any
// rank: a list of sorted blocks that know their sums (after Jenks' Sorted
// Containers). NaN is the largest, and one number. Counts may be negative,
// while rows that are taken back come first. One thread; bounded by the
// different numbers.

namespace herald {

class counted_order {
public:
  struct entry {
    double value = 0;
    std::int64_t count = 0; ///< never 0
  };

  /// Numbers of a block at most; two blocks are made of one that has more.
  static constexpr std::size_t block_max = 256;

  /// Adds `by` to the count of `value`. O(log n + n / block_max).
  void change(double value, std::int64_t by);

  /// Sum of all counts.
  std::int64_t total() const {
    return total_;
  }

  /// The number at `rank`, from 0, where each is as often as it counts; the
  /// largest behind all. There must be one. O(n / block_max).
  double at_rank(std::int64_t rank) const;

  /// Calls `f(entry)` for all, in order.
  template <class F>
  void for_each(F f) const {
    for (const auto& x : blocks_)
      for (const auto& one : x.entries)
        f(one);
  }

  std::int64_t memory_bytes() const;

private:
  struct block {
    std::vector<entry> entries; ///< in order, at least one
    std::int64_t total = 0;
  };

  void split(std::vector<block>::iterator x);

  std::vector<block> blocks_; ///< in order
  std::int64_t total_ = 0;
};

} // namespace herald
