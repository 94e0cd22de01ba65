#pragma once

#include "engine/plan/order_spec.hpp"

#include <string>
#include <vector>

// The lines of EXPLAIN on operators that put rows in order; `inputs` are the
// columns of their input. Pure.

namespace herald {

std::string describe_top_n(const top_n_spec& x,
                           const std::vector<std::string>& inputs);
std::string describe_deduplicate(const deduplicate_spec& x,
                                 const std::vector<std::string>& inputs);
std::string describe_over(const over_spec& x,
                          const std::vector<std::string>& inputs);
std::string describe_sort(const sort_spec& x,
                          const std::vector<std::string>& inputs);
std::string describe_limit(const limit_spec& x);

} // namespace herald
