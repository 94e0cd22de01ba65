#pragma once

#include "tests/support/rows.hpp"

#include <string>
#include <vector>

// What the kernels' property tests compare with: a batch as its printed rows,
// and a check that a column's buffers keep the promises of column.hpp.

namespace herald::testing {

/// Aborts the test unless lengths, null counts, bitmaps and child lengths of
/// `x` agree.
void check_layout(const column& x);
void check_layout(const batch& x);

/// The lines `rows` of `lines`, in that order.
std::vector<std::string> pick(const std::vector<std::string>& lines,
                              const row_list& rows);

} // namespace herald::testing
