#pragma once

#include "cluster/node/job_actor.hpp"
#include "cluster/node/job_answers.hpp"
#include "cluster/node/task_calls.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>

// What the desk actor knows, and its questions about one job. Used on the
// desk actor only.

namespace herald::cluster {

class desk_state {
public:
  /// Time for a queue to come back within reach before a cancellation is
  /// answered with an error; longer than its move to another node takes.
  static constexpr std::chrono::milliseconds patience{10'000};

  /// What a queue may take to say where a job is.
  static constexpr std::chrono::milliseconds reply_timeout{2000};

  desk_state(desk_actor::pointer self, node_actor node)
      : self_(self), node_(std::move(node)) {}

  desk_actor::pointer self() const {
    return self_;
  }

  /// The queues in reach, by name.
  const std::map<std::string, queue_link>& queues() const {
    return queues_;
  }

  void take(const queue_links& x);

  /// A job and where it is. While its queue is on its way to another node,
  /// only the log is known: `stale`.
  struct found_job {
    job_place at;
    bool stale = false;
  };

  using place_done = std::function<void(absl::StatusOr<found_job>)>;

  /// Where a job is, once its state is not `seen`, or after `wait_ms`. A queue
  /// that is not in reach is waited for as long; then the log answers.
  void place(const std::string& id, std::uint8_t seen, std::uint32_t wait_ms,
             place_done done);

  void cancel(const std::string& id, const shared_reply<gateway::done>& answer);

  /// Does `what` here in a moment.
  void soon(std::function<void(desk_state&)> what);

  /// The attempt whose pieces went out through this desk; 0 for none yet.
  /// Pieces of another one do not continue them.
  std::uint32_t stream_of(const std::string& id) const {
    auto at = streams_.find(id);
    return at == streams_.end() ? 0 : at->second;
  }

  void begin_stream(const std::string& id, std::uint32_t attempt) {
    streams_[id] = attempt;
  }

  void end_stream(const std::string& id) {
    streams_.erase(id);
  }

private:
  using log_answer = std::function<void(absl::StatusOr<job_report>)>;
  using steady_clock = std::chrono::steady_clock;

  /// The queue that `id` names, or null while it is not in reach.
  const queue_actor* queue_for(const std::string& id) const;

  void place_until(const std::string& id, std::uint8_t seen,
                   std::int64_t until_ms, const place_done& done);
  void cancel_until(const std::string& id, std::int64_t until_ms,
                    const shared_reply<gateway::done>& answer);

  /// Answers, here, with the job as the log has it; waits for a while until
  /// this node has read all that the log held at `asked`.
  void ask_log(const std::string& id, steady_clock::time_point asked,
               log_answer done);

  desk_actor::pointer self_;
  node_actor node_;
  std::map<std::string, queue_link> queues_;
  /// Of jobs that clients hold: the gateway cancels what one lets go of.
  std::map<std::string, std::uint32_t> streams_;
};

/// Answers with the next piece of a job's result, from the worker that has
/// it. A piece that is lost on the way ends the job: a result with a hole is
/// of no use.
void fetch_next(desk_state& desk, const std::string& id,
                const shared_reply<gateway::job_batch>& answer);

} // namespace herald::cluster
