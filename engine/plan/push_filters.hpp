#pragma once

#include "engine/plan/optimiser.hpp"

#include <algorithm>
#include <functional>

// The parts of pushing conditions down that have files of their own. Internal
// to the optimiser.

namespace herald::pushing {

using conditions = std::vector<expr_ptr>;

/// Rewrites a plan so that `wanted`, over its columns, is asked within.
using pusher
    = std::function<absl::StatusOr<plan_ptr>(const plan_ptr&, conditions)>;

/// Null for no conditions.
expr_ptr all_of(const conditions& x);

/// True if `x` reads only columns in [first, first + count).
bool reads_only(const expr& x, int first, int count);

/// Splits off those that `movable` takes.
template <class Movable>
conditions take_if(conditions& from, Movable movable) {
  const auto rest
      = std::stable_partition(from.begin(), from.end(), std::not_fn(movable));
  conditions result(rest, from.end());
  from.erase(rest, from.end());
  return result;
}

/// True if `x`, asked of rows, is not TRUE for a row whose columns in [first,
/// first + count) are all NULL. False also when that is not known.
bool rejects_nulls(const expr& x, int first, int count);

/// Of `wanted` and the join's own condition, gives each side what may be asked
/// of its rows before they meet; an outer join whose missing rows `wanted`
/// rejects becomes an inner one.
absl::StatusOr<plan_ptr> push_join(const plan_node& node, join_spec spec,
                                   conditions wanted, const pusher& push);

} // namespace herald::pushing
