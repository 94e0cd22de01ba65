#pragma once

#include "cluster/identity.hpp"
#include "engine/serving/job.hpp"

#include <cstdint>
#include <string>

// The commands of the log about jobs. A job is accepted by being in the log,
// is given to a worker after its start is in the log, and has ended when its
// end is: so whichever node owns its queue next knows what is left to do.
// Starts and ends count only from the queue's owner under its generation.

namespace herald::cluster {

/// Somebody's job for a queue; the command's time is its submission.
struct submit_job_command {
  std::string queue;
  job_order order;

  friend bool operator==(const submit_job_command&, const submit_job_command&)
      = default;
};

/// Who speaks for a queue.
struct queue_owner {
  std::string queue;
  node_id node;
  generation held;

  friend bool operator==(const queue_owner&, const queue_owner&) = default;
};

/// A worker is about to get the job. Attempts grow.
struct start_job_command {
  queue_owner by;
  std::string id;
  std::uint32_t attempt = 0;
  std::string worker;
  std::string engine;
  std::int64_t started_ms = 0;

  friend bool operator==(const start_job_command&, const start_job_command&)
      = default;
};

/// How the job ended; without an error it succeeded.
struct end_job_command {
  queue_owner by;
  std::string id;
  job_error error;
  std::int64_t finished_ms = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;

  friend bool operator==(const end_job_command&, const end_job_command&)
      = default;
};

} // namespace herald::cluster
