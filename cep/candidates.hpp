#pragma once

#include "cep/event_marks.hpp"

#include <cstdint>
#include <vector>

// The events of a batch that runs of one step may take, by group and in order.
// Buffers are used again. One thread at a time.

namespace herald {

class candidate_list {
public:
  struct range {
    std::int32_t begin = 0;
    std::int32_t end = 0;
  };

  /// Takes the events that fit `step`, or, for a strict one, all events of
  /// known groups. O(events · log(events)), linear for one group.
  void build(const event_marks& events, std::size_t step, bool strict,
             std::int64_t groups);

  /// Groups that have an event here.
  const std::vector<std::int32_t>& groups() const {
    return groups_;
  }

  /// Places of a group's events.
  range of(std::int32_t group) const {
    return ranges_[static_cast<std::size_t>(group)];
  }

  /// Place of the first event of `group` behind row `row`; the end of its
  /// range if there is none.
  std::int32_t behind(std::int32_t group, std::int32_t row) const;

  /// The row at a place.
  std::int32_t row(std::int32_t place) const {
    return rows_[static_cast<std::size_t>(place)];
  }

private:
  std::vector<std::uint64_t> pairs_; ///< group · 2^32 + row
  std::vector<std::int32_t> rows_;
  std::vector<std::int32_t> groups_;
  std::vector<range> ranges_; ///< by group
};

} // namespace herald
