#pragma once

#include "engine/plan/physical.hpp"

#include <set>

// Which nodes of a plan need not say what an update replaces (-U): those whose
// rows go to sinks that do not ask for it, through nothing but projections
// and unions. Whoever keeps rows, or lets only some of them pass, has to take
// the old ones back. Pure.

namespace herald {

std::set<const plan_node*>
without_update_before(const std::vector<planned_sink>& sinks,
                      const sql_session& session);

} // namespace herald
