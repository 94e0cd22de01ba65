#pragma once

#include "cluster/identity.hpp"

#include <string>

#include <absl/status/statusor.h>

// Who a node is, kept in its data folder, so that a restarted process is the
// same node with another incarnation. Called once at the start.

namespace herald::cluster {

/// Reads `FOLDER/node-id`, or makes folder and file with a new random one.
absl::StatusOr<node_uuid> load_identity(const std::string& folder);

} // namespace herald::cluster
