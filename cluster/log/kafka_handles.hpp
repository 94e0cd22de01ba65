#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <librdkafka/rdkafka.h>

// librdkafka's handles for the command log: made with settings that keep the
// promises of a log, and freed by their owner. Calls block for the time given
// at most. Any thread.

namespace herald::cluster {

struct kafka_deleter {
  void operator()(rd_kafka_t* client) const;
  void operator()(rd_kafka_topic_t* topic) const;
  void operator()(rd_kafka_message_t* message) const;
};

using kafka_client = std::unique_ptr<rd_kafka_t, kafka_deleter>;
using kafka_message = std::unique_ptr<rd_kafka_message_t, kafka_deleter>;

/// Settings of librdkafka, by their names there.
using kafka_options = std::map<std::string, std::string>;

using delivery_callback
    = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

/// Makes a client. Its log messages are dropped: what matters comes back as a
/// status. `delivered` is for producers; it gets `opaque`. An unknown or wrong
/// option is a user error that names it.
absl::StatusOr<kafka_client> make_client(rd_kafka_type_t type,
                                         const kafka_options& options,
                                         delivery_callback delivered,
                                         void* opaque);

/// Makes sure that `topic` exists and has one partition; makes it, never to be
/// emptied, if it does not. `Unavailable` if the broker does not answer in
/// time, `FailedPrecondition` if the topic is not fit to be a log.
absl::Status ensure_log_topic(rd_kafka_t* client, const std::string& topic,
                              std::chrono::milliseconds timeout);

/// Asks the broker for the offset that the next record of the topic's only
/// partition will get.
absl::StatusOr<std::int64_t> query_end(rd_kafka_t* client,
                                       const std::string& topic,
                                       std::chrono::milliseconds timeout);

/// Starts to read the topic's only partition at `offset`.
absl::Status start_reading(rd_kafka_t* consumer, const std::string& topic,
                           std::int64_t offset);

} // namespace herald::cluster
