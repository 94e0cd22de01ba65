#include "tests/engine/connectors/kafka_writing.hpp"

#include <gmock/gmock.h>

namespace herald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class kafka_sink : public test::kafka {
protected:
  static batch_ptr numbers(int count) {
    batch_builder builder(
        std::make_shared<schema>(schema{test::fields_of("a INT")}));
    for (std::int64_t i = 0; i < count; ++i)
      builder.append({{data_type::of(type_kind::integer), i}});
    return builder.finish();
  }

  static void mark_metadata(table_definition& table, const std::string& name,
                            bool is_virtual = false) {
    for (auto& x : table.columns)
      if (x.name == name) {
        x.metadata_key = name == "kind" ? "timestamp-type" : name;
        for (const auto& offered : metadata_of(table))
          if (offered.name == *x.metadata_key)
            x.type = offered.type;
        x.is_virtual = is_virtual;
      }
  }
};

TEST_P(kafka_sink, writes_what_the_source_reads) {
  auto topic = make_topic(3);
  {
    test::open_writer out(table(topic));
    for (int i = 0; i < 10; ++i)
      ASSERT_TRUE(out.writer->write(numbers(100)).ok());
    ASSERT_TRUE(out.drain().ok());
    EXPECT_EQ(out.writer->pending_bytes(), 0);
  }
  test::open_reader in(test::context_of(test::scan_of(bounded(topic))));
  EXPECT_EQ(in.read(test::to_the_end).rows().size(), 1000u);
}

TEST_P(kafka_sink, carries_keys_headers_and_metadata) {
  auto topic = make_topic(2);
  const std::string columns
      = "k_id INT, v STRING, partition INT, headers INT, timestamp INT, "
        "offset INT, topic INT, kind INT";
  option_map options{{"key.format", "json"},
                     {"key.fields", "k_id"},
                     {"key.fields-prefix", "k_"},
                     {"value.format", "json"},
                     {"value.fields-include", "EXCEPT_KEY"}};
  auto of_sink = bounded(topic, options, columns);
  for (const auto* name : {"partition", "headers", "timestamp"})
    mark_metadata(*of_sink, name);
  for (const auto* name : {"offset", "topic", "kind"})
    mark_metadata(*of_sink, name, true);
  auto layout = test::layout_of(*of_sink);
  batch_builder builder(layout);
  auto text = [](std::string x) {
    return scalar{data_type::of(type_kind::varchar), std::move(x)};
  };
  builder.append({{layout->fields[0].type, std::int64_t{7}},
                  text("x"),
                  {layout->fields[2].type, std::int64_t{1}},
                  {layout->fields[3].type,
                   std::vector<scalar>{text("h"),
                                       {data_type::of(type_kind::varbinary),
                                        std::string("herald")}}},
                  {layout->fields[4].type, std::int64_t{1'700'000'000'123}}});
  {
    test::open_writer out(of_sink);
    ASSERT_TRUE(out.writer->write(builder.finish()).ok());
    ASSERT_TRUE(out.drain().ok());
  }
  test::open_reader in(test::context_of(test::scan_of(of_sink)));
  EXPECT_THAT(
      in.read(test::to_the_end).rows(),
      ElementsAre(fmt::format(
          "{{\"k_id\":7,\"v\":\"x\",\"partition\":1,\"headers\":{{\"h\":"
          "\"aGVyYWxk\"}},\"timestamp\":\"2023-11-14 "
          "22:13:20.123\",\"offset\":0,"
          "\"topic\":\"{}\",\"kind\":\"CreateTime\"}}",
          topic)));
  test::open_reader raw(test::context_of(
      test::scan_of(bounded(topic,
                            {{"key.format", "raw"},
                             {"key.fields", "k"},
                             {"value.format", "raw"},
                             {"value.fields-include", "EXCEPT_KEY"}},
                            "k STRING, v STRING"))));
  EXPECT_THAT(raw.read(test::to_the_end).rows(),
              ElementsAre("{\"k\":\"{\\\"id\\\":7}\",\"v\":\"{\\\"v\\\":"
                          "\\\"x\\\"}\"}"));
}

TEST_P(kafka_sink, writes_deletions_and_updates_as_such) {
  const auto plain = make_topic(1);
  const auto keyed = make_topic(1);
  option_map key{{"key.format", "json"},
                 {"key.fields", "a"},
                 {"value.format", "debezium-json"}};
  for (const auto& of_sink : {table(plain, {{"format", "debezium-json"}}),
                              table(keyed, std::move(key))}) {
    test::open_writer out(of_sink);
    batch_builder builder(test::layout_of(*of_sink));
    const auto type = data_type::of(type_kind::integer);
    for (auto kind :
         {change::insert, change::update_before, change::update_after})
      builder.append({{type, std::int64_t{1}}}, kind);
    builder.append({{type, std::int64_t{2}}}, change::remove);
    ASSERT_TRUE(out.writer->write(builder.finish()).ok());
    ASSERT_TRUE(out.drain().ok());
  }
  const auto messages = [&](const std::string& topic) {
    auto of_text = bounded(topic, {{"format", "raw"}}, "v STRING");
    test::open_reader in(test::context_of(test::scan_of(of_text)));
    auto rows = in.read(test::to_the_end).rows();
    for (auto& row : rows)
      std::erase(row, '\\');
    return rows;
  };
  const std::string one = R"({"v":"{"before":null,"after":{"a":1},"op":"c"}"})";
  const std::string gone
      = R"({"v":"{"before":{"a":2},"after":null,"op":"d"}"})";
  EXPECT_THAT(messages(plain),
              ElementsAre(one,
                          R"({"v":"{"before":{"a":1},"after":null,"op":"d"}"})",
                          one, gone));
  EXPECT_THAT(
      messages(keyed),
      ElementsAre(one, R"({"v":"{"before":{"a":1},"after":{"a":1},"op":"u"}"})",
                  gone));
}

TEST_P(kafka_sink, keeps_keys_that_are_null) {
  auto topic = make_topic(1);
  produce(topic, {{"{\"v\":1}"}, {"{\"v\":2}"}});
  for (const auto* format : {"raw", "json", "csv"}) {
    test::open_reader in(test::context_of(
        test::scan_of(bounded(topic,
                              {{"key.format", format},
                               {"key.fields", "k"},
                               {"value.format", "json"},
                               {"value.fields-include", "EXCEPT_KEY"}},
                              "k STRING, v INT"))));
    EXPECT_THAT(in.read(test::to_the_end).rows(),
                ElementsAre("{\"k\":null,\"v\":1}", "{\"k\":null,\"v\":2}"))
        << format;
  }
}

TEST_P(kafka_sink, keeps_csv_of_one_column_without_a_value) {
  const option_map key{{"key.format", "csv"},
                       {"key.fields", "k"},
                       {"value.format", "csv"},
                       {"value.fields-include", "EXCEPT_KEY"}};
  const auto topic = make_topic(1);
  const auto of_sink = bounded(topic, key, "k STRING, v STRING");
  {
    test::open_writer out(of_sink);
    batch_builder builder(test::layout_of(*of_sink));
    const auto type = data_type::of(type_kind::varchar);
    const scalar null{type, {}};
    builder.append({{type, std::string("a")}, null});
    builder.append({null, {type, std::string("b")}});
    builder.append({{type, std::string()}, {type, std::string()}});
    builder.append({null, null});
    ASSERT_TRUE(out.writer->write(builder.finish()).ok());
    ASSERT_TRUE(out.drain().ok());
  }
  test::open_reader in(test::context_of(test::scan_of(of_sink)));
  EXPECT_THAT(in.read(test::to_the_end).rows(),
              ElementsAre(R"({"k":"a","v":null})", R"({"k":null,"v":"b"})",
                          R"({"k":"","v":""})", R"({"k":null,"v":null})"));
}

TEST_P(kafka_sink, holds_back_rows_while_the_queue_is_full) {
  auto topic = make_topic(1);
  {
    test::open_writer out(
        table(topic, {{"properties.queue.buffering.max.messages", "10"}}));
    ASSERT_TRUE(out.writer->write(numbers(1000)).ok());
    EXPECT_GT(out.writer->pending_bytes(), 0);
    ASSERT_TRUE(out.drain().ok());
  }
  test::open_reader in(test::context_of(test::scan_of(bounded(topic))));
  auto rows = in.read(test::to_the_end).rows();
  ASSERT_EQ(rows.size(), 1000u);
  EXPECT_EQ(rows[0], "{\"a\":0}");
  EXPECT_EQ(rows[999], "{\"a\":999}");
}

TEST_P(kafka_sink, spreads_rows_as_it_is_told) {
  auto topic = make_topic(4);
  auto count = [&](const std::string& how) {
    test::open_writer out(table(topic, {{"sink.partitioner", how}}));
    EXPECT_TRUE(out.writer->write(numbers(100)).ok());
    EXPECT_TRUE(out.drain().ok());
    std::vector<std::size_t> result;
    for (int i = 0; i < 4; ++i) {
      test::open_reader in(
          test::context_of(test::scan_of(bounded(topic)), i, 4));
      result.push_back(in.read(test::to_the_end).rows().size());
    }
    return result;
  };
  EXPECT_THAT(count("round-robin"), ElementsAre(25u, 25u, 25u, 25u));
  EXPECT_THAT(count("fixed"), ElementsAre(125u, 25u, 25u, 25u));
}

TEST_P(kafka_sink, fails_when_messages_cannot_be_delivered) {
  if (real())
    GTEST_SKIP() << "the broker is not ours to stop";
  auto topic = make_topic(1);
  rd_kafka_mock_broker_set_down(cluster(), 1);
  test::open_writer out(
      table(topic, {{"properties.message.timeout.ms", "500"}}));
  ASSERT_TRUE(out.writer->write(numbers(5)).ok());
  auto status = out.drain();
  EXPECT_THAT(std::string(message_of(status)),
              HasSubstr("could not be delivered"));
}

TEST_P(kafka_sink, gets_over_a_broker_that_goes_down) {
  if (real())
    GTEST_SKIP() << "the broker is not ours to stop";
  auto topic = make_topic(1);
  {
    test::open_writer out(table(topic));
    ASSERT_TRUE(out.writer->write(numbers(5)).ok());
    rd_kafka_mock_broker_set_down(cluster(), 1);
    ASSERT_TRUE(out.writer->write(numbers(5)).ok());
    while (out.writer->problem().empty()) {
      ASSERT_TRUE(out.bell.wait());
      ASSERT_TRUE(out.writer->poll().ok());
    }
    EXPECT_THAT(out.writer->problem(), HasSubstr(servers()));
    rd_kafka_mock_broker_set_up(cluster(), 1);
    ASSERT_TRUE(out.drain().ok());
    EXPECT_EQ(out.writer->problem(), "");
  }
  test::open_reader in(test::context_of(test::scan_of(bounded(topic))));
  EXPECT_EQ(in.read(test::to_the_end).rows().size(), 10u);
}

TEST_P(kafka_sink, refuses_updates_and_several_topics) {
  sink_context context;
  context.sink.table = table("t");
  context.sink.layout = test::layout_of(*context.sink.table);
  context.sink.retracts = true;
  const auto* code = *find_connector(*context.sink.table);
  EXPECT_FALSE(code->make_writer(context).ok());
  context.sink.retracts = false;
  context.sink.table = table("t;u");
  EXPECT_THAT(std::string(message_of(code->make_writer(context).status())),
              HasSubstr("exactly one topic"));
}

INSTANTIATE_TEST_SUITE_P(brokers, kafka_sink, testing::Bool(),
                         [](const auto& x) {
                           return std::string(x.param ? "real" : "mock");
                         });

} // namespace
} // namespace herald
