#include "cluster/catalog.hpp"
#include "cluster/catalog_rules.hpp"

// Who may say what about jobs: anybody may submit one to a queue that exists
// and has room, only the queue's owner may start and end it.

namespace herald::cluster {

catalog::result catalog::change(const submit_job_command& what,
                                const command& envelope) {
  const auto* queue = find_object(queue_key(what.queue));
  if (!queue)
    return {refusal::unknown};
  return {jobs_.submit(position_, what, envelope.time_ms, jobs_max(*queue))};
}

catalog::result catalog::change(const start_job_command& what, const command&) {
  const auto& by = what.by;
  if (!find_held(queue_key(by.queue), by.node, by.held))
    return {refusal::stale};
  return {jobs_.start(what), what.attempt};
}

catalog::result catalog::change(const end_job_command& what, const command&) {
  const auto& by = what.by;
  if (!find_held(queue_key(by.queue), by.node, by.held))
    return {refusal::stale};
  return {jobs_.end(what)};
}

} // namespace herald::cluster
