#pragma once

#include "engine/expr/aggregate.hpp"

// How the calls of one aggregation lay out what they know: DISTINCT calls over
// one value share a set. Pure; the planner and the operators must agree on it,
// for states and partial results travel in this form.

namespace herald {

/// Calls that share a set: as many as a word of a partial has bits.
constexpr std::size_t distinct_calls_max = 62;

/// True if the call's values are in a shared set; else it has an accumulator
/// that knows of DISTINCT itself, or needs none.
bool shares_set(const aggregate_call& x);

/// The calls that share a set, by number, one list a set; lists and numbers in
/// the order of `calls`.
std::vector<std::vector<std::size_t>>
shared_sets(const std::vector<aggregate_call>& calls);

/// The columns of a set over `value` for `calls` calls: a MAP from values to
/// bits of calls; where rows can be taken back one a call, to counts.
std::vector<data_type> set_types(const data_type& value, std::size_t calls,
                                 bool retractable);

/// The columns of what all calls know of a group: first those of calls that
/// share no set, in order, then those of the sets.
std::vector<data_type> partial_types(const std::vector<aggregate_call>& calls,
                                     bool retractable);

} // namespace herald
