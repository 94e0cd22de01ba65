#pragma once

#include "engine/expr/expr.hpp"
#include "engine/plan/job_graph.hpp"

// Conditions that the plan pushed, asked of single values: of a folder's name,
// of the bounds that a file notes. The code is that of the plan's filter, so
// that nothing is passed over that it would let through. Pure functions.

namespace herald {

/// `value op x.value` over a batch of one column, of `type`; null if the two
/// are compared in another order than that of `type`.
expr_ptr comparison_with(const data_type& type, const pushed_condition& x,
                         const std::string& op);

/// False if `condition`, over a batch of one column of `type`, is not true for
/// the only row of `value`.
bool may_hold(const expr& condition, const data_type& type, column_ptr value);

} // namespace herald
