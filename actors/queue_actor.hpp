#pragma once

#include "actors/serving_interfaces.hpp"

#include <chrono>

#include <caf/actor_system.hpp>

// The actor around a `job_queue`: gives it the time, has its starts and ends
// written to the log, watches the workers that took its jobs, and answers
// those who wait for a change. It keeps nothing that the log does not have but
// who waits for what, so it may end at any time. Runs on the scheduler; end it
// with an exit message.

namespace herald {

/// How often timeouts are looked at.
constexpr auto queue_tick = std::chrono::milliseconds(100);

/// Requests that may wait for a change of a job; others are answered at once.
constexpr std::size_t status_waiters_max = 10'000;

/// Bytes that listed statements are cut to.
constexpr std::size_t listed_sql_max = 256;

/// What the log may take to confirm a start; below `serving_timeout`, so that
/// no worker has given up when it gets the job.
constexpr auto journal_timeout = std::chrono::seconds(4);

/// No starts for so long after one could not be written.
constexpr std::int64_t journal_pause_ms = 500;

/// `held` is the generation under which its node owns the queue.
queue_actor spawn_queue(caf::actor_system& system, queue_settings settings,
                        std::uint64_t held, queue_journal journal);

} // namespace herald
