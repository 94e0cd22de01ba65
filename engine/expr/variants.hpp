#pragma once

#include "engine/expr/registry.hpp"

// Access to parts of VARIANTs, which ITEM hands over.

namespace herald {

/// v['key'] and v[index]; NULL where there is no such part, an error where v
/// is no object or array.
absl::StatusOr<expr_ptr> resolve_variant_item(call_site& site);

} // namespace herald
