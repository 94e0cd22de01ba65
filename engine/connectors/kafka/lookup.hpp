#pragma once

#include "engine/connectors/kafka/client.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>

// Asks the brokers, on a thread of its own because that blocks, which
// partitions there are, where this subtask's begin and where they end. It
// asks again until it is answered; a topic that does not exist is an error.
// An endless table is asked about again and again, for new partitions and for
// new topics of its pattern.

namespace herald::kafka {

struct partition_range {
  std::string topic;
  int partition = 0;
  std::int64_t begin = 0; ///< the first offset to read
  std::int64_t end = -1;  ///< the first one not to read; -1: no end
  std::int64_t high = 0;  ///< where the partition ended when it was asked
  bool resumed = false;   ///< `begin` is where the task committed before

  std::string split() const {
    return topic + "/" + std::to_string(partition);
  }
};

/// Text in the metadata of a committed offset that says which task did it:
/// a task that runs again goes on from its own offsets, whatever its startup
/// mode says.
std::string commit_mark(const std::string& task);

class lookup {
public:
  using answer = absl::StatusOr<std::vector<partition_range>>;

  /// Starts asking; `done` is called from the lookup's thread: once with all
  /// that there is, or an error, and then with what is new each time.
  /// `client` and `where` must outlive this object.
  lookup(rd_kafka_t* client, options x, source_context context, trouble* where,
         std::function<void(answer)> done);

  /// Waits for the request on its way, a second or two.
  ~lookup();

private:
  void run();
  /// Until then, or until this object ends.
  void wait(std::chrono::milliseconds time);
  /// Fills `ranges_` with what is not known yet; false: no answer.
  absl::StatusOr<bool> ask();
  absl::StatusOr<bool> find_partitions();
  absl::StatusOr<bool> find_matches();
  absl::StatusOr<bool> find_topic(const std::string& topic, std::size_t start);
  /// Partition 0 of the topic is read by subtask `start`.
  void add_partitions(const rd_kafka_metadata_topic_t& topic,
                      std::size_t start);
  bool find_ranges();
  bool find_marks();
  bool find_committed();
  bool find_times(std::int64_t ms, std::int64_t partition_range::*to);
  void set_begins();
  absl::Status set_ends();
  offsets_ptr list() const;
  bool answered(rd_kafka_resp_err_t code, std::string_view what);

  /// What is committed for a partition.
  struct committed {
    std::int64_t offset = -1; ///< -1: nothing
    bool own = false;         ///< by this task
  };

  rd_kafka_t* client_;
  options options_;
  source_context context_;
  trouble* trouble_;
  std::function<void(answer)> done_;
  std::vector<partition_range> ranges_;
  std::vector<std::int64_t> lows_;
  std::vector<committed> committed_;
  std::set<std::string> known_; ///< splits that were given out
  bool first_ = true;           ///< nothing was given out yet
  int missing_ = 0;             ///< how often a topic was said not to exist
  std::mutex mutex_;            ///< of `ended_`
  std::condition_variable ended_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

} // namespace herald::kafka
