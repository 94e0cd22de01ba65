#pragma once

#include "engine/connectors/redis/options.hpp"

// Look-ups by MGET, or HMGETs that go out together: one round trip a request.

namespace herald {

/// Errors: the JSON format's.
absl::StatusOr<std::unique_ptr<lookup_source>>
make_redis_lookup(redis_options options, lookup_target target);

} // namespace herald
