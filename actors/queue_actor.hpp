#pragma once

#include "actors/serving_interfaces.hpp"

#include <chrono>

#include <caf/actor_system.hpp>

// The actor around a `job_queue`: gives it the time, watches the workers that
// took its jobs, and answers those who wait for a change. Runs on the
// scheduler; end it with an exit message.

namespace herald {

/// How often timeouts are looked at.
constexpr auto queue_tick = std::chrono::milliseconds(100);

/// Requests that may wait for a change of a job; others are answered at once.
constexpr std::size_t status_waiters_max = 10'000;

/// Bytes that listed statements are cut to.
constexpr std::size_t listed_sql_max = 256;

queue_actor spawn_queue(caf::actor_system& system, queue_settings settings);

} // namespace herald
