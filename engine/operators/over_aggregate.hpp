#pragma once

#include "engine/expr/aggregate.hpp"
#include "engine/operators/over_frame.hpp"

// One aggregate over the frames of sorted rows, a vector at a time where the
// frames allow it: frames that begin with the partition grow step by step,
// all partitions at once; short ones are added up for each row anew; long
// ones slide, and take back what they leave behind.

namespace herald {

/// Computes `call` for the fresh rows, in order. `carried` (may be null, only
/// for frames that begin with the partition) knows the rows before those that
/// the fresh ones see first, by the number of the partition, and learns the
/// fresh ones.
absl::StatusOr<column_ptr> aggregate_frames(const aggregate_call& call,
                                            const over_frame& frame,
                                            const over_rows& rows,
                                            accumulator* carried,
                                            const eval_context& context);

} // namespace herald
