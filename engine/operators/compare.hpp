#pragma once

#include "engine/columnar/batch.hpp"

#include <span>

// Comparing rows of two columns of the same type, NULL equal to NULL. Floats
// compare by value but NaN equals NaN, so that a result that did not change
// is seen as such. Pure functions.

namespace herald {

/// Sets `out[i]` to 1 where row i of `a` and row i of `b` differ, for i below
/// the shorter length; leaves the rest.
void mark_different(const column& a, const column& b,
                    std::span<std::uint8_t> out);

/// True if row `i` of `a` equals row `j` of `b`.
bool same_value(const column& a, std::int64_t i, const column& b,
                std::int64_t j);

/// True if row `i` of all columns `a` equals row `j` of the columns `b`.
bool same_row(const std::vector<column_ptr>& a, std::int64_t i,
              const std::vector<column_ptr>& b, std::int64_t j);

} // namespace herald
