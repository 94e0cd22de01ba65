#pragma once

#include "engine/columnar/column.hpp"

#include <absl/status/statusor.h>

struct ArrowArray;

// Single columns over Arrow's C data interface, for functions of users. Out
// they go as Herald stores them, without a copy; what comes in is in Arrow's
// plain formats (texts with 32-bit offsets) and checked as far as the
// interface allows: lengths, numbers of buffers, offsets, UTF-8. Pure
// functions, safe on any thread.

namespace herald {

/// Fills `out`, which the caller releases. The buffers live until then. Fails
/// for a timestamp that Arrow does not reach.
absl::Status export_column_c(const column_ptr& x, ArrowArray* out);

/// Takes over `array`, also on failure: `rows` values of `type`, which may be
/// NULL. Errors: another length, another layout than `type` has.
absl::StatusOr<column_ptr>
import_column_c(ArrowArray* array, const data_type& type, std::int64_t rows);

} // namespace herald
