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
// outweigh any heavy queue in the end. Jobs come from the log; their starts
// and ends count once the log has them. Driven by the queue actor, which gives
// it the time; bounded by what the log admits, and `history_max`.

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
  static constexpr std::size_t history_sql_max = 1024;
  /// Workers that may be lost with a job before it counts as their killer.
  /// A start that the log did not take costs no worker.
  static constexpr std::uint32_t losses_max = 3;

  /// A worker that says nothing for so long has lost the job.
  static constexpr std::int64_t silence_max_ms = 10'000;

  /// Time for the log to confirm an end before it is written again.
  static constexpr std::int64_t end_again_ms = 2000;

  explicit job_queue(queue_settings settings);

  /// Goes on with other limits and weight; what waits keeps its place.
  void change(queue_settings settings);

  /// Takes in a job as the log has it; a known id changes nothing. One that
  /// runs keeps its attempt if its worker may live (`worker_lives`) and
  /// speaks up in time; else it is as if the worker was lost.
  void admit(job_report known_job, bool worker_lives, std::int64_t now);

  /// What the best waiting job bids; none if nothing waits or enough run.
  std::optional<queue_score> bid(std::int64_t now) const;

  /// No bids before `until`: starts cannot be written.
  void hold(std::int64_t until);

  /// Picks the best job for a worker. Same conditions as `bid`. It may have
  /// it when `started` says so.
  std::optional<job_report> take(std::uint64_t worker, const std::string& node,
                                 const std::string& engine, std::int64_t now);

  /// The start is in the log: whether the worker may have the job, which can
  /// have ended, or lost its worker, meanwhile.
  bool started(const std::string& id, std::uint32_t attempt, std::int64_t now);

  /// The start may not be in the log: the job waits again.
  void not_started(const std::string& id, std::uint32_t attempt);

  /// A worker asks whether it may give the first part to the client. False if
  /// the job is somebody else's by now.
  bool release(const std::string& id, std::uint32_t attempt);

  /// What becomes of a worker's news.
  enum class news_answer : std::uint8_t {
    taken,
    settled, ///< the job's end is in the log
    foreign, ///< the job is not, or no longer, the worker's: drop it
  };

  /// What `worker` says; a job whose worker is unknown here becomes its own.
  news_answer take_news(const job_news& x, std::uint64_t worker,
                        std::int64_t now);

  /// Begins to end a job that has not ended with `why`. Returns the worker
  /// that has to be told, if one runs it or holds its result.
  std::optional<std::uint64_t>
  cancel(const std::string& id, const absl::Status& why, std::int64_t now);

  /// Puts the jobs of a worker back, unless a part of the result was already
  /// released, the statement does not only read, or the job has lost too many
  /// workers: those fail.
  void worker_lost(std::uint64_t worker, std::int64_t now);

  /// Fails what is beyond its timeout, takes back what silent workers run.
  /// Returns the running ones among both with their workers. O(jobs).
  std::vector<std::pair<std::string, std::uint64_t>> expire(std::int64_t now);

  /// Returns the jobs whose ends are to be written to the log now, as they
  /// will be when it has them. O(jobs that are ending).
  std::vector<job_report> endings(std::int64_t now);

  /// The end of a job is in the log. Returns the worker to be told.
  std::optional<std::uint64_t> ended(const std::string& id);

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

  enum class phase : std::uint8_t {
    waiting,
    starting, ///< its start is being written
    running,
    ending, ///< its end is being written
    over,
  };

  struct job {
    job_report report;
    place at;
    phase now = phase::waiting;
    std::uint64_t worker = 0;  ///< 0: none, or not known yet
    std::int64_t heard_ms = 0; ///< from the worker that runs it
    job_error why{};           ///< while ending
    std::int64_t finished_ms = 0;
    std::optional<std::int64_t> end_asked_ms{};
  };

  void put_in(job& x);
  void lose(job& x, std::int64_t now);
  void begin_end(job& x, const job_error& why, std::int64_t now);
  void finish(job& x);
  job* known(const std::string& id);
  const job* known(const std::string& id) const;

  queue_settings settings_;
  std::map<std::string, job> jobs_;
  std::map<std::uint64_t, std::string> arrivals_; ///< ids, oldest first
  std::map<place, std::string> waiting_;
  std::uint32_t running_ = 0; ///< starting or running
  std::set<std::string> ending_;
  std::int64_t held_until_ = 0;
  std::deque<std::string> ended_; ///< oldest first
  std::uint64_t next_arrival_ = 1;
};

} // namespace herald
