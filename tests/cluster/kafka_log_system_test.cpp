#include "cluster/log/kafka_log.hpp"
#include "tests/cluster/log_contract.hpp"

#include <cstdlib>
#include <thread>

// Against a real broker, named by HERALD_KAFKA as host:port.

namespace herald::cluster {
namespace {

class kafka_log_system_test : public testing::Test {
protected:
  void SetUp() override {
    const auto* brokers = std::getenv("HERALD_KAFKA");
    if (!brokers)
      GTEST_SKIP() << "HERALD_KAFKA is not set: tools/dev kafka start";
    settings_.brokers = brokers;
    settings_.topic = "herald_log_test_" + to_string(random_bits());
  }

  std::unique_ptr<kafka_log> make() {
    auto log = kafka_log::make(settings_);
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }

private:
  kafka_log_settings settings_;
};

TEST_F(kafka_log_system_test, delivers_what_was_appended) {
  contract::delivers_what_was_appended(make());
}

TEST_F(kafka_log_system_test, waits_for_a_slow_subscriber) {
  contract::waits_for_a_slow_subscriber(make());
}

TEST_F(kafka_log_system_test, refuses_only_what_is_too_large) {
  contract::refuses_only_what_is_too_large(make());
}

TEST_F(kafka_log_system_test, closing_answers_every_append) {
  contract::closing_answers_every_append(make());
}

TEST_F(kafka_log_system_test, three_nodes_read_the_same_order) {
  constexpr unsigned nodes = 3;
  constexpr unsigned each = 50;
  log_probe probes[nodes];
  std::vector<std::unique_ptr<kafka_log>> logs;
  for (auto& probe : probes) {
    logs.push_back(make());
    logs.back()->subscribe({0}, probe.listener());
  }
  std::vector<std::thread> writers;
  for (unsigned node = 0; node < nodes; ++node)
    writers.emplace_back([&, node] {
      for (unsigned i = 0; i < each; ++i) {
        auto bytes = std::to_string(node) + "." + std::to_string(i);
        EXPECT_TRUE(append_and_wait(*logs[node], bytes).ok());
      }
    });
  for (auto& writer : writers)
    writer.join();
  auto expected = probes[0].wait_for_records(nodes * each);
  EXPECT_EQ(expected.size(), nodes * each);
  EXPECT_EQ(probes[1].wait_for_records(nodes * each), expected);
  EXPECT_EQ(probes[2].wait_for_records(nodes * each), expected);
  for (auto& log : logs)
    log->close();
}

TEST_F(kafka_log_system_test, a_new_reader_starts_where_it_is_told) {
  auto log = make();
  log->subscribe({0}, {});
  for (const auto* bytes : {"one", "two", "three"})
    ASSERT_TRUE(append_and_wait(*log, bytes).ok());
  log_probe probe;
  auto late = make();
  late->subscribe({1}, probe.listener());
  auto records = probe.wait_for_records(2);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0], (log_probe::record{{2}, "two"}));
  late->close();
  log->close();
}

} // namespace
} // namespace herald::cluster
