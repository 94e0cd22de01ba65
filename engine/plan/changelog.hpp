#pragma once

#include "engine/plan/physical.hpp"

#include <set>

// What is known of the changes that a plan's nodes give: by which columns a
// row and its later versions belong together, and whether anybody needs the
// versions that are replaced (-U). Pure; linear in the plan.

namespace herald {

/// Columns whose values stay the same from +I over -U and +U to -D; no two
/// rows that are there at a time have the same.
using upsert_key = std::set<int>;

/// The keys of each node of `roots`; nodes without any are left out.
std::map<const plan_node*, std::vector<upsert_key>>
upsert_keys_of(const std::vector<plan_ptr>& roots);

/// True if one of `keys` has no column that `columns` lacks.
bool has_key_within(const std::vector<upsert_key>& keys,
                    const upsert_key& columns);

/// The nodes whose readers need no -U: what they give goes through projections
/// and filters by a key to sinks that take upserts, if a key of the rows is
/// the sink's primary key or it has none.
std::set<const plan_node*>
without_update_before(const std::vector<planned_sink>& sinks,
                      const connector_catalog& connectors);

} // namespace herald
