#pragma once

#include "engine/columnar/arrow_types.hpp"
#include "engine/columnar/column.hpp"

#include <memory>

#include <absl/status/statusor.h>

namespace arrow {
struct ArrayData;
} // namespace arrow

// Columns as Arrow's arrays and back. Buffers are shared; only what Arrow
// lays out differently (offset strings, other units and widths, timestamps of
// 128 bits, dictionaries, bitmaps that start within a byte) is converted. The
// way in trusts offsets and sizes: bytes from outside are validated by the
// caller first. Pure functions, safe on any thread.

namespace herald {

/// Fails for a timestamp that 64-bit nanoseconds do not reach, in the common
/// form only.
absl::StatusOr<std::shared_ptr<arrow::ArrayData>>
to_arrow(const column& x, arrow_form form = arrow_form::common);

/// Makes a column of `type`, which `from_arrow` gave for the type of `x`.
/// Fails for a value that the type cannot hold and for a NULL in a type that
/// is not nullable.
absl::StatusOr<column_ptr> from_arrow(const arrow::ArrayData& x,
                                      const data_type& type);

} // namespace herald
