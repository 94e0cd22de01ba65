#pragma once

#include "engine/plan/order_spec.hpp"
#include "tests/engine/operators/job_support.hpp"

// Order and ranks as one would work them out by hand, for tests.

namespace herald::testing {

/// Below 0, 0 or above 0; NULL is the lowest.
int compare_scalars(const scalar& a, const scalar& b);

/// As `compare_scalars`, by keys.
int compare_rows(const literal_values& a, const literal_values& b,
                 const std::vector<sort_key>& keys);

/// The rows of each partition, in order of `order`; rows that are equal there
/// stay as they came.
std::vector<std::vector<literal_values>>
sorted_partitions(const std::vector<literal_values>& rows,
                  const std::vector<int>& keys,
                  const std::vector<sort_key>& order);

/// The ranks of sorted rows.
std::vector<std::int64_t> ranks_of(const std::vector<literal_values>& rows,
                                   const std::vector<sort_key>& order,
                                   rank_kind kind);

/// What a Top-N leaves of `rows`, as `line_of` prints it.
std::vector<std::string> top_n_by_hand(const std::vector<literal_values>& rows,
                                       const top_n_spec& spec);

} // namespace herald::testing
