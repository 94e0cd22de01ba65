#pragma once

#include "cluster/node/job_actor.hpp"
#include "cluster/node/job_answers.hpp"
#include "cluster/node/task_calls.hpp"

#include <map>
#include <string>

// What the desk actor knows, and its questions about one job. Used on the
// desk actor only.

namespace herald::cluster {

class desk_state {
public:
  explicit desk_state(desk_actor::pointer self) : self_(self) {}

  desk_actor::pointer self() const {
    return self_;
  }

  /// The queues in reach, by name.
  const std::map<std::string, queue_link>& queues() const {
    return queues_;
  }

  void take(const queue_links& x);

  /// Puts a job into the queue that its id names; answers with the id.
  void submit(const job_order& order, const shared_reply<std::string>& answer);

  using place_done = std::function<void(absl::StatusOr<job_place>)>;

  /// Where a job is, once its state is not `seen`, or after `wait_ms`.
  void place(const std::string& id, std::uint8_t seen, std::uint32_t wait_ms,
             place_done done);

  void cancel(const std::string& id, const shared_reply<gateway::done>& answer);

private:
  /// `NotFound` for what is no id, `Unavailable` while its queue is nowhere.
  absl::StatusOr<queue_actor> queue_for(const std::string& id) const;

  desk_actor::pointer self_;
  std::map<std::string, queue_link> queues_;
};

/// Answers with the next piece of a job's result, from the worker that has
/// it. A piece that is lost on the way ends the job: a result with a hole is
/// of no use.
void fetch_next(desk_state& desk, const std::string& id,
                const shared_reply<gateway::job_batch>& answer);

} // namespace herald::cluster
