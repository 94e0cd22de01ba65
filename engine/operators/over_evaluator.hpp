#pragma once

#include "engine/operators/over_aggregate.hpp"

#include <memory>

// All calls of OVER over sorted rows. It keeps nothing: what is known of
// earlier rows of a partition comes and goes as `over_carry`. One thread at a
// time.

namespace herald {

/// The calls over the columns that they read, and no others.
struct narrow_over {
  std::vector<int> columns; ///< of the input, ascending
  schema_ptr layout;        ///< of these
  std::vector<over_function> calls;
  std::vector<sort_key> order;

  /// `also`: more columns to keep.
  narrow_over(const over_spec& spec, const schema& input,
              const std::vector<int>& also);

  /// The place of a column that is kept.
  int place(int column) const;
};

/// What partitions' earlier rows leave behind, by the number of the partition.
struct over_carry {
  std::vector<std::int64_t> rows;  ///< how many there were
  std::vector<std::int64_t> ranks; ///< of them, different ones
  /// One a call: of aggregates whose frame begins with the partition, else
  /// null.
  std::vector<std::unique_ptr<accumulator>> sums;

  explicit over_carry(const std::vector<over_function>& calls);

  void resize(std::int64_t partitions);
  void clear(std::int32_t partition);
};

/// Computes the calls for the fresh rows, in order: one column a call. With
/// `carry` the fresh rows follow those it knows, and it learns them.
absl::StatusOr<std::vector<column_ptr>>
evaluate_over(const std::vector<over_function>& calls, const over_rows& rows,
              over_carry* carry, const eval_context& context);

} // namespace herald
