#pragma once

#include "tests/engine/connectors/reading.hpp"

#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

// Kafka for tests: librdkafka's mock brokers in this process, or the real one
// that HERALD_KAFKA (host:port) names.

namespace herald::test {

/// Waits for the wake function of a reader or writer.
class doorbell {
public:
  wake_function wake() {
    return [this] {
      std::lock_guard lock(mutex_);
      ++rung_;
      changed_.notify_one();
    };
  }

  /// False if nothing rang for `limit`: a wake-up was lost.
  bool wait(std::chrono::milliseconds limit = std::chrono::seconds(30)) {
    std::unique_lock lock(mutex_);
    bool rang = changed_.wait_for(lock, limit, [&] { return rung_ > 0; });
    rung_ = 0;
    return rang;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int rung_ = 0;
};

struct message {
  std::string value;
  int partition = 0;
  std::int64_t timestamp = 0;
  bool null = false;
  std::string key = {}; ///< empty: none
};

class kafka : public testing::TestWithParam<bool> {
protected:
  void SetUp() override {
    char text[512];
    auto* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(
        conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!real()) {
      cluster_ = rd_kafka_mock_cluster_new(client_, 1);
      servers_ = rd_kafka_mock_cluster_bootstraps(cluster_);
    } else if (const char* given = std::getenv("HERALD_KAFKA")) {
      servers_ = given;
    } else {
      GTEST_SKIP() << "HERALD_KAFKA names no broker (host:port)";
    }
    rd_kafka_brokers_add(client_, servers_.c_str());
  }

  ~kafka() override {
    if (cluster_ != nullptr)
      rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }

  static bool real() {
    return GetParam();
  }

  rd_kafka_mock_cluster_t* cluster() {
    return cluster_;
  }

  const std::string& servers() const {
    return servers_;
  }

  /// A topic of this test's own.
  std::string make_topic(int partitions) {
    return make_topic(partitions, fresh_name());
  }

  std::string make_topic(int partitions, const std::string& name) {
    if (!real()) {
      rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1);
      return name;
    }
    char text[512];
    auto* topic
        = rd_kafka_NewTopic_new(name.c_str(), partitions, 1, text, sizeof text);
    administer([&](rd_kafka_queue_t* queue) {
      rd_kafka_CreateTopics(client_, &topic, 1, nullptr, queue);
    });
    rd_kafka_NewTopic_destroy(topic);
    return name;
  }

  /// Of the real broker only.
  void grow_topic(const std::string& name, std::size_t partitions) {
    char text[512];
    auto* more = rd_kafka_NewPartitions_new(name.c_str(), partitions, text,
                                            sizeof text);
    administer([&](rd_kafka_queue_t* queue) {
      rd_kafka_CreatePartitions(client_, &more, 1, nullptr, queue);
    });
    rd_kafka_NewPartitions_destroy(more);
    while (partitions_of(name) < partitions) // what the producer knows, too
      std::this_thread::yield();
  }

  static std::string fresh_name() {
    static int number = 0;
    return fmt::format("herald-test-{}-{}-{}", ::getpid(), ::time(nullptr),
                       number++);
  }

  void produce(const std::string& topic, const std::vector<message>& all) {
    for (const auto& x : all) {
      auto code = rd_kafka_producev(
          client_, RD_KAFKA_V_TOPIC(topic.c_str()),
          RD_KAFKA_V_PARTITION(x.partition),
          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
          RD_KAFKA_V_VALUE(x.null ? nullptr : const_cast<char*>(x.value.data()),
                           x.value.size()),
          RD_KAFKA_V_KEY(x.key.empty() ? nullptr : x.key.data(), x.key.size()),
          RD_KAFKA_V_TIMESTAMP(x.timestamp), RD_KAFKA_V_END);
      ASSERT_EQ(code, RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    ASSERT_EQ(rd_kafka_flush(client_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  std::shared_ptr<table_definition>
  table(const std::string& topic, option_map more = {},
        const std::string& columns = "a INT") const {
    more["connector"] = "kafka";
    if (!topic.empty())
      more["topic"] = topic;
    more["properties.bootstrap.servers"] = servers_;
    if (!more.contains("value.format"))
      more.emplace("format", "json");
    more.emplace("scan.startup.mode", "earliest-offset");
    return table_of(columns, std::move(more));
  }

  /// A table that is read to its present end.
  std::shared_ptr<table_definition>
  bounded(const std::string& topic, option_map more = {},
          const std::string& columns = "a INT") const {
    more["scan.bounded.mode"] = "latest-offset";
    return table(topic, std::move(more), columns);
  }

private:
  /// Sends a request that answers to the queue, and waits for it.
  template <class Send>
  void administer(Send send) {
    auto* queue = rd_kafka_queue_new(client_);
    send(queue);
    auto* event = rd_kafka_queue_poll(queue, 30'000);
    EXPECT_EQ(rd_kafka_event_error(event), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
  }

  std::size_t partitions_of(const std::string& name) {
    auto* topic = rd_kafka_topic_new(client_, name.c_str(), nullptr);
    const rd_kafka_metadata_t* found = nullptr;
    auto code = rd_kafka_metadata(client_, 0, topic, &found, 30'000);
    EXPECT_EQ(code, RD_KAFKA_RESP_ERR_NO_ERROR);
    auto result = static_cast<std::size_t>(found->topics[0].partition_cnt);
    rd_kafka_metadata_destroy(found);
    rd_kafka_topic_destroy(topic);
    return result;
  }

  rd_kafka_t* client_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  std::string servers_;
};

/// A reader with its bell.
struct open_reader {
  doorbell bell;
  std::unique_ptr<source_reader> reader;

  explicit open_reader(source_context context) {
    auto made = (*find_connector(*context.scan.table))->make_reader(context);
    EXPECT_TRUE(made.ok()) << made.status();
    reader = *std::move(made);
    auto status = reader->open(bell.wake());
    EXPECT_TRUE(status.ok()) << status;
  }

  /// Reads until `rows` rows came, the end, or an error.
  read_result read(std::size_t rows, std::int64_t rows_max = 4096) {
    read_result out;
    std::size_t seen = 0;
    while (seen < rows) {
      auto event = reader->poll(rows_max);
      out.status = event.status();
      if (!event.ok() || std::holds_alternative<source_finished>(*event))
        break;
      if (auto* given = std::get_if<source_rows>(&*event)) {
        EXPECT_LE(given->rows->rows, rows_max);
        seen += static_cast<std::size_t>(given->rows->rows);
        out.batches.push_back(given->rows);
        for (auto& x : given->dead)
          out.dead.push_back(std::move(x));
      } else if (!bell.wait()) {
        ADD_FAILURE() << "nothing rang: " << reader->counters().problem;
        break;
      }
    }
    out.positions = reader->positions();
    out.counters = reader->counters();
    return out;
  }
};

constexpr std::size_t to_the_end = ~std::size_t{0};

} // namespace herald::test
