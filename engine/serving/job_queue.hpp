#pragma once

#include "engine/serving/job.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// One weighted queue. Order: a job's weight falls with its timeout and grows
// with its age, at the same rate for all, so that the order of two waiting
// jobs never changes and a job is overtaken only by those that came within
// `overtake_ms` after it. The same growth lets the best job of a light queue
// outweigh any heavy queue in the end. Driven by the queue actor, which gives
// it the time; bounded by its capacity, `running_max` and `history_max`.

namespace herald {

class job_queue {
public:
  /// What a job's weight (1000) is worth in waiting.
  static constexpr std::int64_t overtake_ms = 10'000;
  /// A job with this timeout weighs half of one that must be done at once.
  static constexpr std::int64_t timeout_half_ms = 60'000;
  /// For jobs that say nothing about it.
  static constexpr std::uint32_t default_timeout_ms = 600'000;
  /// Ended jobs that are remembered, newest kept.
  static constexpr std::size_t history_max = 1000;
  /// What is remembered of an ended job's statement.
  static constexpr std::size_t history_sql_max = 4096;
  /// Statements of waiting jobs together: each may have 1 MiB.
  static constexpr std::size_t waiting_bytes_max = 64 << 20;
  /// Workers that may be lost with a job before it counts as their killer.
  static constexpr std::uint32_t attempts_max = 3;

  /// A worker that says nothing for so long has lost the job.
  static constexpr std::int64_t silence_max_ms = 10'000;

  explicit job_queue(queue_settings settings);

  /// Goes on with other limits and weight; what waits keeps its place.
  void change(queue_settings settings);

  /// Takes a job in. `ResourceExhausted` when full, `InvalidArgument` for a
  /// kind that this queue does not take, `AlreadyExists` for a known id.
  absl::Status submit(job_order order, std::int64_t now);

  /// What the best waiting job bids; none if nothing waits or enough run.
  std::optional<queue_score> bid(std::int64_t now) const;

  /// Gives the best job to a worker. Same conditions as `bid`.
  std::optional<job_report> take(std::uint64_t worker, const std::string& node,
                                 const std::string& engine, std::int64_t now);

  /// A worker asks whether it may give the first part to the client. False if
  /// the job is somebody else's by now.
  bool release(const std::string& id, std::uint32_t attempt);

  /// What a worker says; news of an earlier attempt is ignored.
  void take_news(const job_news& x, std::int64_t now);

  /// Ends a job that has not ended with `why`. Returns the worker that has to
  /// be told, if one runs it or holds its result.
  std::optional<std::uint64_t>
  cancel(const std::string& id, const absl::Status& why, std::int64_t now);

  /// Puts the jobs of a worker back, unless a part of the result was already
  /// released, or the job has lost too many workers: those fail.
  void worker_lost(std::uint64_t worker, std::int64_t now);

  /// Fails what is beyond its timeout, takes back what silent workers run.
  /// Returns the running ones among both with their workers. O(jobs).
  std::vector<std::pair<std::string, std::uint64_t>> expire(std::int64_t now);

  /// Returns a job with its position, or nothing. O(waiting).
  std::optional<job_report> find(const std::string& id) const;

  /// Returns the state of a job, if it is known.
  std::optional<job_state> state_of(const std::string& id) const;

  /// Returns the worker that runs a job or holds its result.
  std::optional<std::uint64_t> worker_of(const std::string& id) const;

  /// Up to `limit` jobs that `wanted` accepts, newest first; whether there
  /// were more.
  std::pair<std::vector<job_report>, bool>
  list(const std::function<bool(const job_report&)>& wanted,
       std::size_t limit) const;

  queue_report report(std::int64_t now) const;

private:
  /// Waiting jobs in the order in which they are taken: rank, then arrival.
  using place = std::pair<std::int64_t, std::uint64_t>;

  struct job {
    job_report report;
    place at;
    std::uint64_t worker = 0;  ///< 0: none
    std::int64_t heard_ms = 0; ///< from the worker that runs it
  };

  void put_in(job& x);
  void lose(job& x, std::int64_t now);
  void end(job& x, const job_error& why, std::int64_t now);
  job* known(const std::string& id);
  const job* known(const std::string& id) const;

  queue_settings settings_;
  std::map<std::string, job> jobs_;
  std::map<std::uint64_t, std::string> arrivals_; ///< ids, oldest first
  std::map<place, std::string> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint32_t running_ = 0;
  std::deque<std::string> ended_; ///< oldest first
  std::uint64_t next_arrival_ = 1;
};

} // namespace herald
