#include "cluster/log/kafka_handles.hpp"

#include "engine/common/error.hpp"

#include <array>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

constexpr std::size_t error_text_bytes = 512;

int milliseconds_of(std::chrono::milliseconds time) {
  return static_cast<int>(time.count());
}

absl::Status unavailable(const std::string& topic, const char* why) {
  return absl::UnavailableError(
      fmt::format("the command log, Kafka topic {}: {}", topic, why));
}

struct free_metadata {
  void operator()(const struct rd_kafka_metadata* data) const {
    rd_kafka_metadata_destroy(data);
  }
};

// Returns the number of partitions; 0 if the topic does not exist.
absl::StatusOr<int> count_partitions(rd_kafka_t* client,
                                     const std::string& topic,
                                     std::chrono::milliseconds timeout) {
  std::unique_ptr<rd_kafka_topic_t, kafka_deleter> handle(
      rd_kafka_topic_new(client, topic.c_str(), nullptr));
  if (!handle)
    return user_error(fmt::format("{} is no name of a Kafka topic", topic));
  const struct rd_kafka_metadata* data = nullptr;
  auto code = rd_kafka_metadata(client, 0, handle.get(), &data,
                                milliseconds_of(timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unavailable(topic, rd_kafka_err2str(code));
  std::unique_ptr<const struct rd_kafka_metadata, free_metadata> owned(data);
  if (data->topic_cnt != 1)
    return unavailable(topic, "the broker does not describe it");
  const auto& found = data->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return 0;
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return unavailable(topic, rd_kafka_err2str(found.err));
  return found.partition_cnt;
}

// Asks for the topic. That another node made it meanwhile is no error.
absl::Status create_topic(rd_kafka_t* client, const std::string& topic,
                          std::chrono::milliseconds timeout) {
  std::array<char, error_text_bytes> text{};
  // -1: as many replicas as the brokers give by default.
  auto* wish
      = rd_kafka_NewTopic_new(topic.c_str(), 1, -1, text.data(), text.size());
  if (!wish)
    return user_error(text.data());
  rd_kafka_NewTopic_set_config(wish, "cleanup.policy", "delete");
  rd_kafka_NewTopic_set_config(wish, "retention.ms", "-1");
  rd_kafka_NewTopic_set_config(wish, "retention.bytes", "-1");
  auto* options
      = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_request_timeout(options, milliseconds_of(timeout),
                                            text.data(), text.size());
  auto* queue = rd_kafka_queue_new(client);
  rd_kafka_CreateTopics(client, &wish, 1, options, queue);
  auto* event = rd_kafka_queue_poll(queue, milliseconds_of(timeout));
  auto status = absl::OkStatus();
  if (!event) {
    status = unavailable(topic, "the broker did not answer in time");
  } else if (auto code = rd_kafka_event_error(event)) {
    status = unavailable(topic, rd_kafka_err2str(code));
  } else {
    const auto* result = rd_kafka_event_CreateTopics_result(event);
    std::size_t count = 0;
    const auto** made = rd_kafka_CreateTopics_result_topics(result, &count);
    for (std::size_t i = 0; i < count; ++i) {
      auto error = rd_kafka_topic_result_error(made[i]);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR
          && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        status = unavailable(topic, rd_kafka_err2str(error));
    }
  }
  if (event)
    rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_NewTopic_destroy(wish);
  return status;
}

} // namespace

void kafka_deleter::operator()(rd_kafka_t* client) const {
  rd_kafka_destroy(client);
}

void kafka_deleter::operator()(rd_kafka_topic_t* topic) const {
  rd_kafka_topic_destroy(topic);
}

void kafka_deleter::operator()(rd_kafka_message_t* message) const {
  rd_kafka_message_destroy(message);
}

absl::StatusOr<kafka_client> make_client(rd_kafka_type_t type,
                                         const kafka_options& options,
                                         delivery_callback delivered,
                                         void* opaque) {
  std::array<char, error_text_bytes> text{};
  auto* settings = rd_kafka_conf_new();
  for (const auto& [name, value] : options)
    if (rd_kafka_conf_set(settings, name.c_str(), value.c_str(), text.data(),
                          text.size())
        != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(settings);
      return user_error(fmt::format("Kafka setting {}: {}", name, text.data()));
    }
  rd_kafka_conf_set_log_cb(settings, nullptr);
  rd_kafka_conf_set_opaque(settings, opaque);
  if (delivered)
    rd_kafka_conf_set_dr_msg_cb(settings, delivered);
  kafka_client client(rd_kafka_new(type, settings, text.data(), text.size()));
  if (!client) {
    // Only a client that was made owns its settings.
    rd_kafka_conf_destroy(settings);
    return user_error(fmt::format("Kafka client: {}", text.data()));
  }
  if (type == RD_KAFKA_CONSUMER)
    rd_kafka_poll_set_consumer(client.get());
  return client;
}

absl::Status ensure_log_topic(rd_kafka_t* client, const std::string& topic,
                              std::chrono::milliseconds timeout) {
  HERALD_ASSIGN(auto partitions, count_partitions(client, topic, timeout));
  if (partitions == 0)
    return create_topic(client, topic, timeout);
  if (partitions != 1)
    return absl::FailedPreconditionError(
        fmt::format("Kafka topic {} has {} partitions, a command log needs "
                    "exactly one: name another topic",
                    topic, partitions));
  return absl::OkStatus();
}

absl::StatusOr<std::int64_t> query_end(rd_kafka_t* client,
                                       const std::string& topic,
                                       std::chrono::milliseconds timeout) {
  // `rd_kafka_query_watermark_offsets` ignores its timeout while the broker is
  // away (librdkafka 2.0). The protocol's time -1 stands for the end.
  auto* parts = rd_kafka_topic_partition_list_new(1);
  auto* part = rd_kafka_topic_partition_list_add(parts, topic.c_str(), 0);
  part->offset = RD_KAFKA_OFFSET_END;
  auto code
      = rd_kafka_offsets_for_times(client, parts, milliseconds_of(timeout));
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
    code = part->err;
  auto end = part->offset;
  rd_kafka_topic_partition_list_destroy(parts);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || end < 0)
    return unavailable(topic, rd_kafka_err2str(code));
  return end;
}

absl::Status start_reading(rd_kafka_t* consumer, const std::string& topic,
                           std::int64_t offset) {
  auto* parts = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(parts, topic.c_str(), 0)->offset = offset;
  auto code = rd_kafka_assign(consumer, parts);
  rd_kafka_topic_partition_list_destroy(parts);
  return code == RD_KAFKA_RESP_ERR_NO_ERROR
             ? absl::OkStatus()
             : unavailable(topic, rd_kafka_err2str(code));
}

} // namespace herald::cluster
