#pragma once

#include "engine/expr/expr.hpp"
#include "schemas/herald_function.h"

// The code of table functions in shared libraries: as an expression each row's
// value is an ARRAY of the rows that the function gives for it, which an
// unnest operator then lays out. A call of the library for each batch, its
// result checked as that of a scalar function. Used from any thread.

namespace herald {

/// Rows and bytes that one call may give. Of more a batch is cut into smaller
/// ones, so these only bound what a function gives for one row, and memory.
constexpr std::int64_t table_rows_max = 1 << 20;
constexpr std::int64_t table_bytes_max = 256 << 20;

/// The code of `entry`, which lives for ever as this does. Its calls have the
/// type that `table_type` gives, and are not folded.
const function* make_user_table(const herald_function& entry);

/// ARRAY of `row`, a ROW.
data_type table_type(const data_type& row);

/// True if an evaluation failed only because it gave more than a call may:
/// it may do for fewer rows.
bool gave_too_much(const absl::Status& status);

} // namespace herald
