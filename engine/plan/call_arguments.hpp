#pragma once

#include "engine/sql/ast_table.hpp"

#include <span>
#include <string>
#include <string_view>

#include <absl/status/status.h>

// The arguments of a call whose parameters have names: `f(a, b)`, and
// `f(b => 1, a => 2)` in any order. Pure. Internal to the binder.

namespace herald {

struct argument_place {
  std::string name;                        ///< case does not count
  const sql::expression** value = nullptr; ///< null when nothing was given
};

/// Sorts what `x` is called with into `places`; DEFAULT gives nothing. `usage`
/// is the hint of errors: an unknown name, one that is given twice, too many.
absl::Status place_arguments(const sql::call& x,
                             std::span<const argument_place> places,
                             std::string_view usage);

} // namespace herald
