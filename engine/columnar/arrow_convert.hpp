#pragma once

#include "engine/columnar/column.hpp"

#include <cstdint>

#include <absl/status/statusor.h>
#include <arrow/type_fwd.h>

namespace arrow {
struct ArrayData;
} // namespace arrow

// Values that Arrow stores in another width or unit than Herald: unsigned
// integers, decimals of other sizes, seconds, microseconds of a day, timestamps
// in nanoseconds. Part of
// the way in (arrow_columns.hpp); pure functions, safe on any thread.

namespace herald {

/// Makes the values of `to`, whose type, length and validity are set, from
/// those of `x`, or returns null if they already lie as Herald stores them.
/// Fails for a value that does not fit. Finer digits than ours are cut.
absl::StatusOr<buffer_ptr> convert_values(const column& to,
                                          const arrow::ArrayData& x);

/// The index that row `row` of a dictionary column of `type` refers to.
std::int64_t index_at(const arrow::ArrayData& x, arrow::Type::type type,
                      std::int64_t row);

} // namespace herald
