#pragma once

#include "cluster/catalog_types.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

// The jobs that the catalog knows: those that have not ended, whole, and the
// last ones that have, shortened. Part of the catalog's state machine, so it
// reads no clock. The catalog checks who speaks; this class what may follow
// what. Bounded by `max_open_jobs`, `max_job_bytes` and `max_ended_jobs`.

namespace herald::cluster {

/// A job as the log tells it: `state` is waiting, running (it was given to
/// `worker` as `attempt`), success or fail.
struct job_entry {
  /// Of its submission.
  log_position at;
  job_report job;

  friend bool operator==(const job_entry&, const job_entry&) = default;
};

class job_book {
public:
  /// Returns a job, open or ended, or null. Valid until the next change.
  const job_entry* find(const std::string& id) const;

  /// Returns whether the job is known and has not ended.
  bool is_open(const std::string& id) const {
    return open_.contains(id);
  }

  /// Jobs that have not ended, by id.
  const std::map<std::string, job_entry>& open() const {
    return open_;
  }

  /// Jobs that ended lately, in the order in which they did.
  const std::deque<job_entry>& ended() const {
    return ended_;
  }

  /// Open jobs of one queue.
  std::size_t open_in(const std::string& queue) const;

  /// Returns the open jobs of `queue` that were submitted after `after`, in
  /// the order of the log. O(jobs submitted after it).
  std::vector<const job_entry*> submitted_after(const std::string& queue,
                                                log_position after) const;

  // -- changes ---------------------------------------------------------------

  /// Takes a job in unless the queue has `queue_max` already.
  refusal submit(log_position at, const submit_job_command& what,
                 std::int64_t submitted_ms, std::size_t queue_max);

  refusal start(const start_job_command& what);

  refusal end(const end_job_command& what);

  /// Ends the jobs of a queue that is no more, with an error.
  void end_all(const std::string& queue, std::int64_t now_ms);

  /// Takes an entry of a snapshot, which only tests read so far; false if no
  /// log gives it.
  bool restore(job_entry entry);

  friend bool operator==(const job_book&, const job_book&) = default;

private:
  void close(std::map<std::string, job_entry>::iterator which,
             const job_error& error, std::int64_t now_ms);
  void remember(job_entry entry);

  std::map<std::string, job_entry> open_;
  std::map<log_position, std::string> arrivals_; ///< ids of open jobs
  std::map<std::string, std::size_t> counts_;    ///< open jobs by queue
  std::size_t open_bytes_ = 0;                   ///< of open statements
  std::deque<job_entry> ended_;
};

} // namespace herald::cluster
