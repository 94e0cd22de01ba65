#pragma once

#include "actors/serving_interfaces.hpp"
#include "engine/serving/query_engine.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <caf/actor_system.hpp>

// A worker: pulls jobs from the queues of the cluster, the best bid first,
// runs one at a time on its own thread, and keeps results until the client
// has taken them. When a queue moves to another node, its jobs here go on and
// are introduced to the new one. Runs on the scheduler; end it with an exit
// message, which cancels what runs.

namespace herald {

/// How often a worker looks around, and tells its queue that it lives.
constexpr auto worker_tick = std::chrono::milliseconds(500);

/// What a queue may take to answer a bid; a slower one is passed over.
constexpr auto bid_timeout = std::chrono::seconds(1);

/// What other questions between queues and workers may take.
constexpr auto serving_timeout = std::chrono::seconds(5);

/// How long "the next piece" waits for one before it answers "later".
constexpr std::int64_t piece_wait_ms = 2000;

/// Results that are held for clients, at `result_buffer::pieces_max` pieces
/// each. A worker with as many drops one that nobody began to take for the
/// next job; if all were begun, it takes none.
constexpr std::size_t results_held_max = 16;

/// A result that nobody asks for is dropped after this, unless the job says
/// otherwise.
constexpr std::uint32_t default_idle_ms = 300'000;

/// What a job may go on without its queue; longer than a move takes.
constexpr std::int64_t queue_gone_max_ms = 30'000;

/// Requests for a piece of one job that may wait.
constexpr std::size_t piece_waiters_max = 8;

/// Figures of all workers of a node, read by any thread.
struct worker_figures {
  std::atomic<std::uint32_t> running{0};
  std::atomic<std::uint64_t> succeeded{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<std::uint64_t> rows{0};
  std::atomic<std::uint64_t> bytes{0};
};

struct worker_settings {
  std::string node; ///< as people see it
  bool takes_core = true;
  bool takes_other = true;
};

worker_actor spawn_worker(caf::actor_system& system, worker_settings settings,
                          std::unique_ptr<query_engine> engine,
                          std::shared_ptr<worker_figures> figures);

} // namespace herald
