#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/plan/order_spec.hpp"

#include <span>
#include <vector>

// Which rows a call of OVER sees from each row. Rows lie sorted in one batch,
// a partition after the other. Made for one batch; one thread at a time.

namespace herald {

/// A partition's rows in a batch: [begin, end). Results are wanted from
/// `fresh` on; the rows before are there to be seen.
struct over_segment {
  std::int32_t begin = 0;
  std::int32_t fresh = 0;
  std::int32_t end = 0;
  std::int32_t group = 0; ///< number of the partition
};

/// Sorted rows and their peers.
class over_rows {
public:
  /// Without `peers` each row is its own only peer.
  over_rows(const batch& rows, std::span<const over_segment> segments,
            const std::vector<sort_key>& order, bool peers);

  const batch& rows() const {
    return rows_;
  }

  std::span<const over_segment> segments() const {
    return segments_;
  }

  const std::vector<sort_key>& order() const {
    return order_;
  }

  /// The peers of a row: [first_peer, behind_peers).
  std::int32_t first_peer(std::int32_t row) const {
    return first_.empty() ? row : first_[static_cast<std::size_t>(row)];
  }

  std::int32_t behind_peers(std::int32_t row) const {
    return behind_.empty() ? row + 1 : behind_[static_cast<std::size_t>(row)];
  }

  /// Rows that results are wanted of.
  std::size_t fresh() const {
    return fresh_;
  }

private:
  const batch& rows_;
  std::span<const over_segment> segments_;
  const std::vector<sort_key>& order_;
  std::vector<std::int32_t> first_;
  std::vector<std::int32_t> behind_;
  std::size_t fresh_ = 0;
};

/// The frame of each row.
class frame_finder {
public:
  frame_finder(const over_rows& rows, const over_frame& frame);

  /// The rows that `row` of segment `x` sees: [low, high).
  std::int32_t low(const over_segment& x, std::int32_t row) const;
  std::int32_t high(const over_segment& x, std::int32_t row) const;

private:
  /// The first row whose distance says that it lies behind the bound.
  std::int32_t find(const over_segment& x, std::int32_t row,
                    const over_bound& bound, bool past) const;
  template <class T>
  std::int32_t search(const over_segment& x, const std::vector<T>& values,
                      T target, bool past) const;

  const over_rows& rows_;
  const over_frame& frame_;
  // RANGE with offsets: values of the ORDER BY column.
  std::vector<int128> exact_;
  std::vector<double> real_;
  const column* values_ = nullptr;
};

} // namespace herald
