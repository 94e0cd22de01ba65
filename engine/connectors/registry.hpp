#pragma once

#include "engine/connectors/connector.hpp"
#include "engine/plan/connector_catalog.hpp"

// The connectors by name, and what the planner asks of them. Immutable; safe
// on any thread.

namespace herald {

/// Names that 'connector' may have, sorted.
std::vector<std::string> connector_names();

/// The planner's view of all connectors; lives for ever.
const connector_catalog& known_connectors();

} // namespace herald
