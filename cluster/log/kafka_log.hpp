#pragma once

#include "cluster/log/command_log.hpp"
#include "cluster/log/kafka_handles.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

// The command log of a cluster: a Kafka topic with one partition, whose offset
// plus one is the position. Kafka orders and replicates; an append is answered
// when all replicas in sync have it. The log's own thread reads, answers and
// looks whether the broker lives; while it does not, the log tries again and
// says so.

namespace herald::cluster {

struct kafka_log_settings {
  /// "host:port,host:port".
  std::string brokers;
  std::string topic;
  /// More settings of librdkafka: security, for instance.
  kafka_options options;
  /// After so long an append is answered with `Unavailable`.
  std::chrono::milliseconds append_timeout{8000};
  /// Time for the broker to answer a question.
  std::chrono::milliseconds request_timeout{1500};
  /// Wait between two attempts to find the topic; doubles up to the maximum.
  std::chrono::milliseconds retry_first{100};
  std::chrono::milliseconds retry_max{3000};
};

class kafka_log final : public command_log {
public:
  /// Makes the log's clients; does not wait for the broker. Wrong settings are
  /// user errors.
  static absl::StatusOr<std::unique_ptr<kafka_log>>
  make(kafka_log_settings settings);

  ~kafka_log() override;

  void append(std::string record, append_callback done) override;
  void subscribe(log_position after, log_listener listener) override;
  void confirm(log_position upto) override;
  void close() override;

private:
  using clock = std::chrono::steady_clock;

  struct pending {
    std::string record;
    append_callback done;
    clock::time_point deadline;
  };

  explicit kafka_log(kafka_log_settings settings);

  absl::Status make_producer();
  static void delivered(rd_kafka_t* client, const rd_kafka_message_t* message,
                        void* self);

  void run();
  void prepare();
  void send_pending();
  void fail_pending(const absl::Status& why, clock::time_point due);
  void send(pending one);
  void read();
  void take(const rd_kafka_message_t& message);
  void look();
  void renew_producer();
  void tell_trouble(const absl::Status& status);

  kafka_log_settings settings_;
  kafka_client consumer_;
  kafka_client producer_;
  log_listener listener_;

  // -- used by the log's thread --
  bool ready_ = false;
  bool broken_ = false;
  absl::Status trouble_;
  log_position delivered_;
  clock::time_point next_try_{};
  clock::time_point next_look_{};
  std::chrono::milliseconds retry_{0};

  // -- shared --
  std::mutex mutex_;
  std::deque<pending> pending_;
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<std::uint64_t> confirmed_ = 0;
  std::atomic<bool> closing_ = false;
  std::thread thread_;
};

} // namespace herald::cluster
