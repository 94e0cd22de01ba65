#pragma once

#include "engine/serving/job.hpp"
#include "engine/serving/query_engine.hpp"
#include "engine/serving/result_buffer.hpp"

#include <functional>
#include <memory>
#include <thread>

// The thread on which a worker's queries run, one after the other, so that no
// actor's thread ever waits for an engine. Used by one worker actor; holds at
// most one query.

namespace herald {

/// Runs a query to its end, or until the buffer is closed.
absl::Status run_query(query_engine& engine, const job_order& order,
                       result_buffer& out);

class query_thread {
public:
  using done = std::function<void(absl::Status)>;

  explicit query_thread(std::unique_ptr<query_engine> engine);

  query_thread(const query_thread&) = delete;

  /// Cancels what runs and waits for the thread.
  ~query_thread();

  std::string engine_name() const;

  /// Begins a query; none may be under way. `then` is called on the thread
  /// when the engine is free again.
  void run(job_order order, std::shared_ptr<result_buffer> out, done then);

  /// Ends the query under way soon, if there is one.
  void cancel();

private:
  struct work {
    job_order order;
    std::shared_ptr<result_buffer> out;
    done then;
  };

  void loop();

  std::unique_ptr<query_engine> engine_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<work> next_;
  std::shared_ptr<result_buffer> running_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace herald
