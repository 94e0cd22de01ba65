#pragma once

#include "engine/operators/operator.hpp"

#include <vector>

// Rows that wait for the watermark. Batches stay as they came, each with its
// rows sorted by time, so that a row is never copied to wait; small ones are
// joined with their neighbours, so that there are few. Rows leave in order of
// arrival. Bounded by the rows that the watermark is behind.

namespace herald {

class time_queue {
public:
  /// Takes rows and their times.
  void add(const batch_ptr& rows, const std::vector<event_time>& times);

  /// Takes those rows whose time, in `column`, lies behind `watermark`; gives
  /// the others, which are late.
  row_list add_after(const batch_ptr& rows, const column& column,
                     event_time watermark);

  /// Takes out the rows with a time at or before `t`; null if there are none.
  batch_ptr take_until(event_time t);

  /// All rows that wait, as they came.
  std::vector<batch_ptr> rows() const;

  std::int64_t memory_bytes() const;

private:
  struct part {
    batch_ptr rows;
    std::vector<event_time> times;   ///< by row
    std::vector<std::int32_t> order; ///< rows by time
    std::size_t next = 0;            ///< in `order`: those before have left
  };

  static part make_part(batch_ptr rows, std::vector<event_time> times);
  /// The rows that have not left, in order of arrival.
  static row_list left(const part& x);
  void join_last();

  std::vector<part> parts_; ///< in order of arrival
};

} // namespace herald
