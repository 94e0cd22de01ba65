#pragma once

#include "actors/worker_actor.hpp"
#include "engine/serving/query_thread.hpp"

#include <deque>
#include <map>
#include <optional>
#include <set>

#include <caf/typed_response_promise.hpp>

// What a worker actor keeps: the jobs that it runs or whose results it has,
// and the bids that it collects. Used by worker_actor.cpp only, on the actor;
// bounded by `results_held_max` jobs, and one that began to be taken while the
// next job was on its way.

namespace herald {

enum class permission : std::uint8_t { unasked, asked, given };

struct asker {
  caf::typed_response_promise<result_piece> promise;
  caf::actor_addr who;
  std::int64_t until_ms = 0;
};

/// A job that runs here, or whose result is here.
struct held_job {
  job_report job;
  queue_actor queue;
  std::shared_ptr<result_buffer> result;
  permission release = permission::unasked;
  std::deque<asker> askers;
  /// When somebody last wanted a piece, or the query was still at work.
  std::int64_t asked_ms = 0;
  caf::actor_addr reader;    ///< who got the first piece, and gets the others
  std::optional<job_error> end; ///< of the query
  bool settled = false;         ///< the log has the end
  bool taken = false;
  std::optional<std::int64_t> queue_gone_ms;
};

/// Bids that are being collected.
struct auction {
  std::size_t open = 0;
  std::optional<queue_actor> best;
  std::int64_t score_milli = 0;
};

/// All that a worker actor knows.
struct worker_state {
  static inline const char* name = "worker";

  worker_settings settings;
  std::shared_ptr<worker_figures> figures;
  std::vector<queue_actor> queues;
  std::set<caf::actor_addr> watched; ///< queues that are monitored
  std::map<std::string, held_job> held;
  std::string running; ///< id of the job on the thread; empty: free
  std::optional<auction> bids;
  bool bid_again = false;
  std::shared_ptr<query_thread> thread; ///< last: ends first
};

} // namespace herald
