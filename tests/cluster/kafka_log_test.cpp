#include "cluster/log/kafka_log.hpp"
#include "tests/cluster/log_contract.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka_mock.h>

// Against the mock brokers of librdkafka: what Herald does when the broker is
// away. They cannot make topics; kafka_log_system_test uses a real broker.

namespace herald::cluster {
namespace {

constexpr const char* topic = "commands";

class kafka_log_test : public testing::Test {
protected:
  void SetUp() override {
    host_ = make_client(RD_KAFKA_PRODUCER, {}, nullptr, nullptr).value();
    mock_ = rd_kafka_mock_cluster_new(host_.get(), 1);
    rd_kafka_mock_topic_create(mock_, topic, 1, 1);
    rd_kafka_mock_topic_create(mock_, "broad", 2, 1);
  }

  void TearDown() override {
    rd_kafka_mock_cluster_destroy(mock_);
  }

  kafka_log_settings settings() {
    kafka_log_settings result;
    result.brokers = rd_kafka_mock_cluster_bootstraps(mock_);
    result.topic = topic;
    return result;
  }

  std::unique_ptr<kafka_log> make(kafka_log_settings wish) {
    auto log = kafka_log::make(std::move(wish));
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }

  void set_broker(bool up) {
    if (up)
      rd_kafka_mock_broker_set_up(mock_, 1);
    else
      rd_kafka_mock_broker_set_down(mock_, 1);
  }

private:
  kafka_client host_;
  rd_kafka_mock_cluster_t* mock_ = nullptr;
};

TEST_F(kafka_log_test, delivers_what_was_appended) {
  contract::delivers_what_was_appended(make(settings()));
}

TEST_F(kafka_log_test, closing_answers_every_append) {
  contract::closing_answers_every_append(make(settings()));
}

TEST_F(kafka_log_test, a_broker_that_comes_late_is_waited_for) {
  set_broker(false);
  log_probe probe;
  auto wish = settings();
  wish.append_timeout = std::chrono::seconds{25};
  auto log = make(wish);
  log->subscribe({0}, probe.listener());
  append_probe answer;
  log->append("patient", answer.callback());
  auto troubles = probe.wait_for_troubles(1);
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(troubles[0])) << troubles[0];
  set_broker(true);
  EXPECT_TRUE(answer.wait().ok()) << answer.wait().status();
  EXPECT_EQ(probe.wait_for_records(1).size(), 1u);
  log->close();
}

TEST_F(kafka_log_test, an_append_without_a_broker_is_answered) {
  set_broker(false);
  auto wish = settings();
  wish.append_timeout = std::chrono::milliseconds{200};
  auto log = make(wish);
  log->subscribe({0}, {});
  auto answer = append_and_wait(*log, "lost");
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  log->close();
}

TEST_F(kafka_log_test, a_broker_that_goes_and_comes_is_noticed) {
  log_probe probe;
  auto log = make(settings());
  log->subscribe({0}, probe.listener());
  ASSERT_TRUE(append_and_wait(*log, "before").ok());
  probe.wait_for_contacts(1);
  set_broker(false);
  auto troubles = probe.wait_for_troubles(1);
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_TRUE(absl::IsUnavailable(troubles[0])) << troubles[0];
  set_broker(true);
  EXPECT_EQ(probe.wait_for_contacts(1), log_position{1});
  ASSERT_TRUE(append_and_wait(*log, "after").ok());
  auto records = probe.wait_for_records(2);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].bytes, "after");
  log->close();
}

TEST_F(kafka_log_test, a_topic_with_two_partitions_is_refused) {
  auto wish = settings();
  wish.topic = "broad";
  log_probe probe;
  auto log = make(wish);
  log->subscribe({0}, probe.listener());
  auto troubles = probe.wait_for_troubles(1);
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_TRUE(absl::IsFailedPrecondition(troubles[0])) << troubles[0];
  log->close();
}

TEST_F(kafka_log_test, a_log_shorter_than_what_was_read_is_refused) {
  log_probe probe;
  auto log = make(settings());
  log->subscribe({100}, probe.listener());
  auto troubles = probe.wait_for_troubles(1);
  ASSERT_EQ(troubles.size(), 1u);
  EXPECT_TRUE(absl::IsDataLoss(troubles[0])) << troubles[0];
  log->close();
}

TEST_F(kafka_log_test, a_wrong_setting_is_named) {
  auto wish = settings();
  wish.options["no.such.setting"] = "1";
  auto log = kafka_log::make(wish);
  EXPECT_NE(std::string(log.status().message()).find("no.such.setting"),
            std::string::npos)
      << log.status();
}

} // namespace
} // namespace herald::cluster
