#include "tests/engine/connectors/kafka_fixture.hpp"

#include <algorithm>
#include <thread>

#include <gmock/gmock.h>

namespace herald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class kafka_source : public test::kafka {
protected:
  /// Writes {"a":0}, {"a":1}, … one after the other to the partitions.
  std::string numbered(int partitions, int count, int first = 0,
                       std::string topic = {}) {
    if (topic.empty())
      topic = make_topic(partitions);
    std::vector<test::message> all;
    for (int i = first; i < first + count; ++i)
      all.push_back({fmt::format("{{\"a\":{}}}", i), i % partitions,
                     1'000'000 + i, false});
    produce(topic, all);
    return topic;
  }

  static source_context context(std::shared_ptr<table_definition> table,
                                int subtask = 0, int parallelism = 1) {
    return test::context_of(test::scan_of(std::move(table)), subtask,
                            parallelism);
  }

  static std::vector<int> values(const test::read_result& from) {
    EXPECT_TRUE(from.status.ok()) << from.status;
    std::vector<int> result;
    for (const auto& x : from.batches)
      for (auto value : x->columns[0]->as<std::int32_t>())
        result.push_back(value);
    return result;
  }

  static std::vector<int> range(int first, int last) {
    std::vector<int> result;
    for (int i = first; i < last; ++i)
      result.push_back(i);
    return result;
  }

  static std::vector<int> sorted(std::vector<int> x) {
    std::sort(x.begin(), x.end());
    return x;
  }
};

TEST_P(kafka_source, reads_a_bounded_topic_to_its_end) {
  for (int partitions : {1, 3, 8}) {
    auto topic = numbered(partitions, 1000);
    for (std::int64_t rows_max : {1, 7, 4096}) {
      test::open_reader one(context(bounded(topic)));
      EXPECT_EQ(sorted(values(one.read(test::to_the_end, rows_max))),
                range(0, 1000));
      EXPECT_EQ(one.reader->counters().records, 1000);
      EXPECT_EQ(one.reader->counters().lag_records, 0);
    }
    std::vector<int> all;
    for (int i = 0; i < 3; ++i) {
      test::open_reader part(context(bounded(topic), i, 3));
      for (int x : values(part.read(test::to_the_end)))
        all.push_back(x);
    }
    EXPECT_EQ(sorted(all), range(0, 1000)) << partitions;
  }
}

TEST_P(kafka_source, keeps_the_order_and_place_of_a_partition) {
  auto topic = numbered(2, 100);
  test::open_reader x(context(bounded(topic), 1, 2));
  auto got = x.read(test::to_the_end, 9);
  std::vector<int> odd;
  for (int i = 1; i < 100; i += 2)
    odd.push_back(i);
  EXPECT_EQ(values(got), odd);
  ASSERT_EQ(got.positions.size(), 1u);
  EXPECT_EQ(got.positions[0], (split_position{topic + "/1", 50}));
  EXPECT_THAT(x.reader->splits(), ElementsAre(topic + "/1"));
}

TEST_P(kafka_source, goes_on_when_more_arrives) {
  auto topic = numbered(1, 10);
  test::open_reader x(context(table(topic)));
  EXPECT_EQ(values(x.read(10)), range(0, 10));
  numbered(1, 10, 10, topic);
  EXPECT_EQ(values(x.read(10)), range(10, 20));
}

TEST_P(kafka_source, starts_where_it_is_told) {
  auto topic = numbered(1, 100);
  auto from = [&](option_map options) {
    test::open_reader x(context(bounded(topic, std::move(options))));
    return values(x.read(test::to_the_end));
  };
  EXPECT_EQ(from({{"scan.startup.mode", "earliest-offset"}}), range(0, 100));
  EXPECT_EQ(from({{"scan.startup.mode", "group-offsets"}}), range(0, 100));
  EXPECT_THAT(from({{"scan.startup.mode", "latest-offset"}}), IsEmpty());
  EXPECT_EQ(from({{"scan.startup.mode", "specific-offsets"},
                  {"scan.startup.specific-offsets", "partition:0,offset:90"}}),
            range(90, 100));
  if (real()) { // the mock does not look offsets up by time
    EXPECT_EQ(from({{"scan.startup.mode", "timestamp"},
                    {"scan.startup.timestamp-millis", "1000042"}}),
              range(42, 100));
  }
}

TEST_P(kafka_source, ends_where_it_is_told) {
  auto topic = numbered(1, 100);
  option_map options{
      {"scan.bounded.mode", "specific-offsets"},
      {"scan.bounded.specific-offsets", "partition:0,offset:10"}};
  test::open_reader x(context(table(topic, options)));
  EXPECT_EQ(values(x.read(test::to_the_end)), range(0, 10));
}

TEST_P(kafka_source, resumes_at_restored_positions) {
  auto topic = numbered(1, 100);
  auto again = context(bounded(topic));
  {
    test::open_reader x(context(bounded(topic)));
    again.restore = x.read(20, 10).positions;
  }
  ASSERT_EQ(again.restore[0].next, 20);
  test::open_reader x(again);
  EXPECT_EQ(values(x.read(test::to_the_end)), range(20, 100));
}

TEST_P(kafka_source, resumes_a_task_where_it_has_committed) {
  auto topic = numbered(1, 100);
  auto of_task = [&](const std::string& name) {
    auto result = context(bounded(topic));
    result.group = name;
    return result;
  };
  auto task = fresh_name();
  int next = 0; // a poll may give less than it is asked for
  {
    test::open_reader x(of_task(task));
    auto got = x.read(30, 10);
    next = static_cast<int>(got.positions.at(0).next);
    ASSERT_TRUE(x.reader->commit(got.positions).ok());
  }
  ASSERT_GE(next, 30);
  test::open_reader same(of_task(task));
  EXPECT_EQ(values(same.read(test::to_the_end)), range(next, 100));
  EXPECT_EQ(same.reader->counters().splits_resumed, 1);
  test::open_reader other(of_task(fresh_name()));
  EXPECT_EQ(values(other.read(test::to_the_end)), range(0, 100));
  EXPECT_EQ(other.reader->counters().splits_resumed, 0);
}

TEST_P(kafka_source, reads_the_groups_offsets_of_others) {
  auto topic = numbered(1, 100);
  option_map options{{"properties.group.id", fresh_name()},
                     {"scan.startup.mode", "group-offsets"}};
  {
    test::open_reader x(context(bounded(topic, options)));
    auto got = x.read(30, 10);
    ASSERT_TRUE(x.reader->commit(got.positions).ok());
  }
  test::open_reader x(context(bounded(topic, options)));
  EXPECT_EQ(values(x.read(test::to_the_end)), range(30, 100));
}

TEST_P(kafka_source, gives_malformed_messages_with_their_place) {
  auto topic = make_topic(1);
  produce(topic, {{"{\"a\":1}"},
                  {"{\"a\":"},
                  {"", 0, 0, true},
                  {"{\"a\":\"x\"}"},
                  {"{\"a\":5}"}});
  test::open_reader x(context(bounded(topic)));
  auto got = x.read(test::to_the_end);
  EXPECT_THAT(values(got), ElementsAre(1, 5));
  ASSERT_EQ(got.dead.size(), 2u);
  EXPECT_EQ(got.dead[0].raw, "{\"a\":");
  EXPECT_EQ(got.dead[0].position, 1);
  EXPECT_EQ(got.dead[0].split, topic + "/0");
  EXPECT_EQ(got.dead[1].position, 3);
  EXPECT_EQ(got.counters.malformed, 2);
  EXPECT_EQ(got.counters.records, 5);
  EXPECT_EQ(got.positions[0].next, 5);
}

TEST_P(kafka_source, says_that_a_topic_does_not_exist) {
  if (!real())
    GTEST_SKIP() << "the mock makes every topic that is asked for";
  auto name = fresh_name();
  test::open_reader x(context(table(name)));
  auto got = x.read(1);
  EXPECT_THAT(std::string(message_of(got.status)),
              HasSubstr(fmt::format("topic '{}' does not exist on {}", name,
                                    servers())));
}

TEST_P(kafka_source, says_that_records_are_gone) {
  auto topic = numbered(1, 10);
  auto far = context(table(topic));
  far.restore = {{topic + "/0", 1000}};
  test::open_reader x(far);
  EXPECT_THAT(std::string(message_of(x.read(1).status)),
              HasSubstr("no longer exist"));
}

TEST_P(kafka_source, finds_new_topics_of_a_pattern_and_reads_all_of_them) {
  auto base = test::kafka::fresh_name();
  auto wanted = table("", {{"topic-pattern", base + "-[ab]"},
                           {"scan.startup.mode", "latest-offset"},
                           {"scan.topic-partition-discovery.interval", "50"}});
  numbered(1, 5, 100, make_topic(1, base + "-c"));
  test::open_reader x(context(wanted));
  while (true) { // no topic matches, and nothing holds a watermark back
    auto event = x.reader->poll(10);
    ASSERT_TRUE(event.ok()) << event.status();
    if (std::get<source_idle>(*event).nothing_to_read)
      break;
    x.bell.wait(std::chrono::milliseconds(100));
  }
  numbered(2, 10, 0, make_topic(2, base + "-a"));
  EXPECT_EQ(sorted(values(x.read(10))), range(0, 10));
  numbered(1, 5, 10, make_topic(1, base + "-b"));
  EXPECT_EQ(sorted(values(x.read(5))), range(10, 15));
  EXPECT_THAT(x.reader->splits(),
              testing::UnorderedElementsAre(base + "-a/0", base + "-a/1",
                                            base + "-b/0"));
}

TEST_P(kafka_source, finds_new_partitions_and_reads_each_once) {
  if (!real())
    GTEST_SKIP() << "the mock broker's topics do not grow";
  auto topic = numbered(1, 10);
  auto wanted
      = table(topic, {{"scan.topic-partition-discovery.interval", "50"}});
  test::open_reader first(context(wanted, 0, 2));
  test::open_reader second(context(wanted, 1, 2));
  EXPECT_EQ(values(first.read(10)), range(0, 10));
  grow_topic(topic, 4);
  numbered(4, 40, 10, topic);
  std::vector<int> all = values(first.read(20));
  for (int x : values(second.read(20)))
    all.push_back(x);
  EXPECT_EQ(sorted(all), range(10, 50));
  EXPECT_THAT(second.reader->splits(),
              testing::UnorderedElementsAre(topic + "/1", topic + "/3"));
}

TEST_P(kafka_source, waits_for_a_broker_that_is_down_at_the_start) {
  if (real())
    GTEST_SKIP() << "the broker is not ours to stop";
  auto topic = numbered(1, 10);
  rd_kafka_mock_broker_set_down(cluster(), 1);
  test::open_reader x(context(table(topic)));
  while (x.reader->counters().problem.empty()) {
    auto event = x.reader->poll(10);
    ASSERT_TRUE(event.ok());
    ASSERT_TRUE(std::holds_alternative<source_idle>(*event));
    x.bell.wait(std::chrono::milliseconds(100));
  }
  EXPECT_THAT(x.reader->splits(), IsEmpty());
  EXPECT_THAT(x.reader->counters().problem, HasSubstr(servers()));
  rd_kafka_mock_broker_set_up(cluster(), 1);
  EXPECT_EQ(values(x.read(10)), range(0, 10));
  EXPECT_EQ(x.reader->counters().problem, "");
}

TEST_P(kafka_source, waits_for_a_broker_that_goes_down) {
  if (real())
    GTEST_SKIP() << "the broker is not ours to stop";
  auto topic = numbered(1, 10);
  auto of_task = context(table(topic));
  of_task.group = "t";
  test::open_reader x(of_task);
  EXPECT_EQ(values(x.read(10)), range(0, 10));
  rd_kafka_mock_broker_set_down(cluster(), 1);
  while (x.reader->counters().problem.empty()) {
    ASSERT_TRUE(x.reader->poll(10).ok());
    x.bell.wait(std::chrono::milliseconds(100));
  }
  rd_kafka_mock_broker_set_up(cluster(), 1);
  // A commit is answered, though there is nothing new to read.
  while (!x.reader->counters().problem.empty()) {
    ASSERT_TRUE(x.reader->commit(x.reader->positions()).ok());
    ASSERT_TRUE(x.reader->poll(10).ok());
    x.bell.wait(std::chrono::milliseconds(100));
  }
  numbered(1, 10, 10, topic);
  EXPECT_EQ(values(x.read(10)), range(10, 20));
}

TEST_P(kafka_source, refuses_options_that_make_no_sense) {
  auto problem = [&](option_map options) {
    return std::string(message_of(
        known_connectors().check_source(*table("t", std::move(options)))));
  };
  EXPECT_EQ(problem({}), "");
  EXPECT_THAT(problem({{"scan.startup.mode", "first"}}),
              HasSubstr("it can be one of: group-offsets"));
  EXPECT_THAT(problem({{"scan.startup.mode", "timestamp"}}),
              HasSubstr("'scan.startup.timestamp-millis' is missing"));
  EXPECT_THAT(problem({{"properties.grup.id", "x"}}),
              HasSubstr("properties.grup.id"));
  EXPECT_EQ(problem({{"scan.startup.mode", "EARLIEST-OFFSET"},
                     {"properties.max.poll.records", "500"},
                     {"properties.value.deserializer", "org.example.Text"},
                     {"properties.fetch.max.wait.ms", "50"},
                     {"properties.auto.offset.reset", "none"}}),
            "");
  EXPECT_THAT(problem({{"properties.fetch.max.wait.ms", "50"},
                       {"properties.fetch.wait.max.ms", "60"}}),
              HasSubstr("is given twice"));
  EXPECT_THAT(problem({{"properties.sasl.jaas.config", "x"}}),
              HasSubstr("Java's client alone"));
  EXPECT_THAT(problem({{"properties.ssl.truststore.location", "x"}}),
              HasSubstr("Java's client alone"));
  EXPECT_THAT(problem({{"key.format", "json"}}), HasSubstr("go together"));
  EXPECT_THAT(problem({{"key.format", "json"}, {"key.fields", "b"}}),
              HasSubstr("names 'b'"));
  EXPECT_THAT(problem({{"topics", "x"}}), HasSubstr("did you mean 'topic'"));
  EXPECT_THAT(problem({{"sink.delivery-guarantee", "exactly-once"}}),
              HasSubstr("at-least-once"));
  EXPECT_TRUE(known_connectors().bounded(*bounded("t")));
  EXPECT_FALSE(known_connectors().bounded(*table("t")));
}

INSTANTIATE_TEST_SUITE_P(brokers, kafka_source, testing::Bool(),
                         [](const auto& x) {
                           return std::string(x.param ? "real" : "mock");
                         });

} // namespace
} // namespace herald
