#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <absl/status/status.h>

// A query as a job: what was asked, where it is, and what came of it. Plain
// values of integers and texts only, because they travel between nodes. All
// times are milliseconds since 1970.

namespace herald {

/// The numbers are those of the client protocol. So for the next two.
enum class job_kind : std::uint8_t { ad_hoc, etl, exporting, importing };

enum class result_format : std::uint8_t { arrow, json_lines };

enum class job_state : std::uint8_t { fresh, waiting, running, success, fail };

/// An error in a form that travels; code 0 is none.
struct job_error {
  std::uint8_t code = 0; ///< absl::StatusCode
  std::string message;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string hint;

  friend bool operator==(const job_error&, const job_error&) = default;
};

job_error to_error(const absl::Status& status);
absl::Status to_status(const job_error& error);

/// What a client asks for.
struct job_order {
  std::string id; ///< "QUEUE.16 hexadecimal digits"
  std::string sql;
  std::string user;
  job_kind kind = job_kind::ad_hoc;
  result_format format = result_format::arrow;
  std::uint32_t timeout_ms = 0;      ///< 0: the queue's
  std::uint32_t idle_timeout_ms = 0; ///< 0: the worker's

  friend bool operator==(const job_order&, const job_order&) = default;
};

/// Returns the queue that an id names, or nothing if it is no id.
std::string queue_of(const std::string& id);

/// Whether running `sql` twice does no harm: it only reads. Judged by its
/// words, so that it errs towards false. O(bytes).
bool is_repeatable(const std::string& sql);

/// What has become of the result of a job.
enum class result_state : std::uint8_t {
  none,
  held,    ///< a worker has it, or makes it
  taken,   ///< to its last byte
  dropped, ///< nobody asked for it, or its worker is gone
};

/// Where a job is.
struct job_report {
  job_order order;
  job_state state = job_state::fresh;
  job_error error;
  std::string queue;
  std::string worker; ///< node that runs it
  std::string engine;
  std::uint32_t position = 0; ///< from 1 while waiting, else 0
  std::uint32_t attempt = 0;  ///< marks who took it last; grows, may skip
  std::uint32_t starts = 0;   ///< that the log has, for the queue
  bool released = false;      ///< a part of the result is with the client
  result_state result = result_state::none;
  std::int64_t submitted_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t finished_ms = 0;
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;

  bool over() const {
    return state == job_state::success || state == job_state::fail;
  }

  friend bool operator==(const job_report&, const job_report&) = default;
};

/// A worker's news of a job that it took.
struct job_news {
  std::string id;
  std::uint32_t attempt = 0;
  bool over = false;
  job_error error; ///< with `over`
  result_state result = result_state::held;
  bool released = false; ///< a part of the result is with the client
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
};

/// What may be changed about a queue.
struct queue_settings {
  std::string name;
  std::int64_t weight_milli = 1000; ///< share against other queues
  std::uint32_t capacity = 1000;    ///< jobs that may wait
  std::uint32_t running_max = 4;    ///< jobs that run at a time
  bool core = false;                ///< for workers kept for core work
  std::vector<std::uint8_t> kinds;  ///< `job_kind`s it takes; empty: all
};

/// The largest weight of a queue.
constexpr std::int64_t weight_milli_max = 1'000'000;

/// Checks names and ranges.
absl::Status check(const queue_settings& x);

/// How much a queue wants a worker: the sum of its parts, in thousandths.
struct queue_score {
  std::int64_t job_weight = 0;
  std::int64_t dynamic_factor = 0;
  std::int64_t queue_weight = 0;

  std::int64_t sum() const {
    return job_weight + dynamic_factor + queue_weight;
  }
};

struct queue_report {
  queue_settings settings;
  std::uint32_t waiting = 0;
  std::uint32_t running = 0;
  queue_score score; ///< of its best job; zeros without one
};

} // namespace herald
