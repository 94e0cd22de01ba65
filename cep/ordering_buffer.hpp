#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/operators/operator.hpp"

#include <cstdint>
#include <vector>

// Rows that wait until the watermark passes them, then leave in order of event
// time, those of equal time in order of arrival. Kept as sorted runs: a batch
// that comes in order is neither copied on the way in nor out, and small ones
// are merged so that their number stays logarithmic. One thread at a time;
// the owner bounds it by `rows()`.

namespace herald {

/// Rows in order of their times.
struct timed_rows {
  batch_ptr rows;
  std::vector<event_time> times; ///< one a row, ascending
};

class ordering_buffer {
public:
  /// Takes rows in any order; `times` has one entry a row. O(n log n), and
  /// amortised O(log(waiting rows)) a row for merges.
  void add(batch_ptr rows, std::vector<event_time> times);

  /// Gives the rows at or before `t`, in pieces that follow each other.
  std::vector<timed_rows> release(event_time t);

  std::int64_t rows() const {
    return rows_;
  }

  /// A time at or before which at least half of the rows are. Some must wait.
  /// O(rows).
  event_time middle() const;

  /// Everything that waits; rows of equal time in order of arrival.
  std::vector<batch_ptr> waiting() const;

  std::int64_t memory_bytes() const;

private:
  struct sorted_run {
    timed_rows all;
    std::size_t begin = 0; ///< rows before it have left

    std::size_t left() const {
      return all.times.size() - begin;
    }
  };

  void merge_small();

  std::vector<sorted_run> runs_; ///< in order of arrival, none empty
  std::int64_t rows_ = 0;
};

} // namespace herald
