#pragma once

#include "engine/operators/operator.hpp"

#include <map>
#include <span>
#include <vector>

// Rows by the time at which they are over, for an operator that forgets them
// as the watermark rises. Times fall into buckets; only the bucket that the
// watermark stands in is ordered, as a heap, so that most rows cost nothing
// but to be written down. One thread at a time; bounded by the rows in it.

namespace herald {

class calendar {
public:
  void add(event_time over, std::int32_t row);

  /// Takes out the rows that are over at `t` (time at or before it) and
  /// appends them to `rows`. Amortised O(1) a row, O(log) in one bucket.
  void take(event_time t, std::vector<std::int32_t>& rows);

  /// Gives every row the number `numbers[row]`; those with -1 are dropped.
  void renumber(std::span<const std::int32_t> numbers);

  bool empty() const {
    return buckets_.empty();
  }

  std::int64_t memory_bytes() const;

private:
  struct entry {
    event_time over;
    std::int32_t row;
  };

  struct later {
    bool operator()(const entry& a, const entry& b) const {
      return a.over > b.over;
    }
  };

  using bucket = std::vector<entry>;

  std::map<event_time, bucket> buckets_; ///< by start
  bucket* last_ = nullptr;               ///< where the last row went
  event_time last_start_ = 0;
  event_time heap_ = time_min; ///< start of the bucket that is a heap
};

} // namespace herald
