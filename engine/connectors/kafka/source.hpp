#pragma once

#include "engine/connectors/kafka/lookup.hpp"
#include "engine/connectors/kafka/records.hpp"

#include <mutex>
#include <optional>
#include <vector>

// Reads the partitions of a subtask with one consumer: every partition has a
// queue of its own that rings when something arrives, and a poll takes what
// one of them has. Nothing blocks: questions to the brokers are asked by
// `lookup`. Driven by one thread; librdkafka's threads call only `wake`.
// Memory: `queued.max.messages.kbytes` of prefetched messages and one poll.
// Partitions are never paused: that bound holds without, and librdkafka may
// leave one paused for ever (its issues 2190 and 5591).

namespace herald::kafka {

class source final : public source_reader {
public:
  source(source_context context, options x, record_decoder decode)
      : context_(std::move(context)), options_(std::move(x)),
        decoder_(std::move(decode)), trouble_(options_.servers()) {}

  ~source() override;

  /// Returns at once. Splits are known when the first poll gives rows or the
  /// end; until then there are none, and later more may come.
  absl::Status open(wake_function wake) override;

  std::vector<std::string> splits() const override;
  absl::StatusOr<source_event> poll(std::int64_t rows_max) override;

  std::vector<split_position> positions() const override;
  absl::Status commit(const std::vector<split_position>& positions) override;
  source_counters counters() const override;

private:
  struct reading {
    partition_range range;
    queue_ptr queue;
    std::int64_t next = 0;
    bool ended = false;
  };

  absl::Status add_found();
  absl::Status add(std::vector<partition_range> ranges);
  absl::StatusOr<bool> take(std::size_t index, std::int64_t rows_max,
                            source_rows& out);
  absl::Status note_error(reading& from, const rd_kafka_message_t& message);
  void serve_events();
  bool all_ended() const;
  bool commits() const;

  source_context context_;
  options options_;
  record_decoder decoder_;
  wake_function wake_;
  trouble trouble_;
  client_ptr client_;
  queue_ptr events_;        ///< of the consumer: errors
  queue_ptr commit_events_; ///< answers to commits
  int commits_open_ = 0;

  std::mutex mutex_; ///< guards `answers_`
  std::vector<lookup::answer> answers_;
  std::optional<lookup> lookup_;

  bool begun_ = false; ///< `partitions_` are known
  std::vector<reading> partitions_;
  std::size_t turn_ = 0; ///< partition to poll first
  std::vector<rd_kafka_message_t*> messages_;
  source_counters counters_;
};

} // namespace herald::kafka
