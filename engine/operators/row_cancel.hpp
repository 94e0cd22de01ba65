#pragma once

#include "engine/columnar/batch.hpp"

// Rows that come and go within one batch. Pure.

namespace herald {

/// The rows of `added` without those that `removed` takes back: each row of it
/// takes one equal row (all columns, changes aside) away. `added` itself if
/// nothing goes. Both have the same schema. O(rows).
batch_ptr without(const batch_ptr& added, const batch& removed);

} // namespace herald
