#pragma once

#include "actors/serving_interfaces.hpp"
#include "cluster/gateway/answers.hpp"
#include "cluster/gateway/requests.hpp"

#include <absl/status/statusor.h>

// Between the values of the client protocol and those of queues. Pure.

namespace herald::cluster {

/// The order of a client, with a new id in its queue.
job_order to_order(const gateway::submit_query& x);

gateway::job_status to_status(const job_report& x);

/// Errors are the user's: a name or a number out of range.
absl::StatusOr<queue_settings> to_settings(const gateway::queue_spec& x);

gateway::queue_status to_status(const queue_report& x,
                                const std::string& owner);

job_filter to_filter(const gateway::list_jobs& x);

} // namespace herald::cluster
