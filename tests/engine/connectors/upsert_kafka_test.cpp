#include "engine/connectors/kafka/upsert_buffer.hpp"
#include "tests/engine/connectors/kafka_writing.hpp"

#include <gmock/gmock.h>

// 'upsert-kafka': keys with their newest rows, deletions without a value.

namespace herald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class upsert_kafka : public test::kafka {
protected:
  static constexpr const char* columns = "id INT NOT NULL, v STRING, n INT";

  std::shared_ptr<table_definition>
  upserts(const std::string& topic, option_map more = {},
          const std::string& of_columns = columns) const {
    more["connector"] = "upsert-kafka";
    more["topic"] = topic;
    more["properties.bootstrap.servers"] = servers();
    more["scan.bounded.mode"] = "latest-offset";
    more.emplace("key.format", "json");
    more.emplace("value.format", "json");
    auto result = test::table_of(of_columns, std::move(more));
    result->primary_key = {"id"};
    return result;
  }

  /// What is in the topic, as "KEY=VALUE".
  std::vector<std::string> messages(const std::string& topic) {
    test::open_reader in(test::context_of(
        test::scan_of(bounded(topic,
                              {{"key.format", "raw"},
                               {"key.fields", "k"},
                               {"value.format", "raw"},
                               {"value.fields-include", "EXCEPT_KEY"}},
                              "k STRING, v STRING"))));
    return in.read(test::to_the_end).rows();
  }

  static batch_ptr
  rows(const schema_ptr& layout,
       const std::vector<std::tuple<change, int, std::string>>& all) {
    batch_builder builder(layout);
    for (const auto& [kind, id, v] : all)
      builder.append({{layout->fields[0].type, std::int64_t{id}},
                      {layout->fields[1].type, v},
                      {layout->fields[2].type, {}}},
                     kind);
    return builder.finish();
  }
};

/// Rows with their changes, as "+U{…}".
std::vector<std::string> changelog(const test::read_result& x) {
  std::vector<std::string> result;
  for (const auto& batch : x.batches)
    for (std::int64_t row = 0; row < batch->rows; ++row) {
      result.emplace_back(to_string(batch->change_of(row)));
      encode_json_row(*batch, row, result.back());
    }
  return result;
}

TEST_P(upsert_kafka, reads_back_what_it_writes) {
  auto topic = make_topic(1);
  auto table = upserts(topic);
  {
    test::open_writer out(table);
    const auto layout = test::layout_of(*table);
    ASSERT_TRUE(out.writer
                    ->write(rows(layout, {{change::insert, 1, "a"},
                                          {change::insert, 2, "b"},
                                          {change::update_before, 1, "a"},
                                          {change::update_after, 1, "c"}}))
                    .ok());
    ASSERT_TRUE(
        out.writer->write(rows(layout, {{change::remove, 2, "b"}})).ok());
    ASSERT_TRUE(out.drain().ok());
  }
  test::open_reader in(test::context_of(test::scan_of(table)));
  EXPECT_THAT(changelog(in.read(test::to_the_end)),
              ElementsAre(R"(+U{"id":1,"v":"a","n":null})",
                          R"(+U{"id":2,"v":"b","n":null})",
                          R"(+U{"id":1,"v":"c","n":null})",
                          R"(-D{"id":2,"v":null,"n":null})"));
}

TEST_P(upsert_kafka, gives_deletions_in_their_place) {
  auto topic = make_topic(1);
  produce(topic, {{R"({"id":1,"v":"a"})", 0, 0, false, R"({"id":1})"},
                  {"", 0, 0, true, R"({"id":1})"},
                  {R"({"id":9,"v":"a"})", 0, 0, false, R"({"id":2})"},
                  {"", 0, 0, true, "{"},
                  {R"({"id":3,"v":[})", 0, 0, false, R"({"id":3})"},
                  {"", 0, 0, true, R"({"id":4})"}});
  test::open_reader in(test::context_of(test::scan_of(upserts(topic))));
  auto got = in.read(test::to_the_end);
  // The key is the message's, whatever its value says.
  EXPECT_THAT(changelog(got), ElementsAre(R"(+U{"id":1,"v":"a","n":null})",
                                          R"(-D{"id":1,"v":null,"n":null})",
                                          R"(+U{"id":2,"v":"a","n":null})",
                                          R"(-D{"id":4,"v":null,"n":null})"));
  ASSERT_EQ(got.dead.size(), 2u);
  EXPECT_EQ(got.counters.malformed, 2);
}

TEST_P(upsert_kafka, writes_every_change) {
  auto topic = make_topic(1);
  auto table = upserts(topic);
  {
    test::open_writer out(table);
    const auto layout = test::layout_of(*table);
    ASSERT_TRUE(out.writer
                    ->write(rows(layout, {{change::insert, 1, "a"},
                                          {change::update_before, 1, "a"},
                                          {change::update_after, 1, "b"},
                                          {change::remove, 1, "b"},
                                          {change::insert, 1, "c"},
                                          // to another key
                                          {change::update_before, 1, "c"},
                                          {change::update_after, 2, "c"}}))
                    .ok());
    ASSERT_TRUE(out.drain().ok());
  }
  test::open_reader in(test::context_of(test::scan_of(table)));
  EXPECT_THAT(
      changelog(in.read(test::to_the_end)),
      ElementsAre(
          R"(+U{"id":1,"v":"a","n":null})", R"(+U{"id":1,"v":"b","n":null})",
          R"(-D{"id":1,"v":null,"n":null})", R"(+U{"id":1,"v":"c","n":null})",
          R"(-D{"id":1,"v":null,"n":null})", R"(+U{"id":2,"v":"c","n":null})"));
}

TEST_P(upsert_kafka, leaves_out_of_a_value_what_the_key_says) {
  auto topic = make_topic(1);
  auto table = upserts(topic, {{"value.fields-include", "EXCEPT_KEY"}});
  {
    test::open_writer out(table);
    ASSERT_TRUE(
        out.writer
            ->write(rows(test::layout_of(*table), {{change::insert, 1, "a"}}))
            .ok());
    ASSERT_TRUE(out.drain().ok());
  }
  EXPECT_THAT(
      messages(topic),
      ElementsAre(R"({"k":"{\"id\":1}","v":"{\"v\":\"a\",\"n\":null}"})"));
}

TEST_P(upsert_kafka, keeps_rows_back_to_write_one_of_each_key) {
  auto topic = make_topic(1);
  auto table = upserts(topic, {{"sink.buffer-flush.max-rows", "3"},
                               {"sink.buffer-flush.interval", "1 h"}});
  {
    test::open_writer out(table);
    const auto layout = test::layout_of(*table);
    for (int i = 0; i < 1000; ++i)
      ASSERT_TRUE(out.writer
                      ->write(rows(layout, {{change::update_after, i % 2,
                                             std::to_string(i)}}))
                      .ok());
    EXPECT_EQ(out.writer->pending_bytes(), 0); // none is on the way
    ASSERT_TRUE(out.writer
                    ->write(rows(layout, {{change::insert, 2, "x"},
                                          {change::remove, 2, "x"},
                                          {change::insert, 3, "y"},
                                          {change::update_after, 3, "z"}}))
                    .ok());
    ASSERT_TRUE(out.drain().ok());
  }
  test::open_reader in(test::context_of(test::scan_of(table)));
  EXPECT_THAT(changelog(in.read(test::to_the_end)),
              ElementsAre(R"(+U{"id":0,"v":"998","n":null})",
                          R"(+U{"id":1,"v":"999","n":null})",
                          R"(+U{"id":2,"v":"x","n":null})",
                          R"(-D{"id":2,"v":null,"n":null})",
                          R"(+U{"id":3,"v":"z","n":null})"));
}

TEST_P(upsert_kafka, lets_rows_go_when_they_were_kept_long_enough) {
  auto topic = make_topic(1);
  auto table = upserts(topic, {{"sink.buffer-flush.max-rows", "100"},
                               {"sink.buffer-flush.interval", "50 ms"}});
  test::open_writer out(table);
  const auto layout = test::layout_of(*table);
  ASSERT_TRUE(
      out.writer->write(rows(layout, {{change::update_after, 1, "a"}})).ok());
  EXPECT_EQ(out.writer->pending_bytes(), 0);
  while (out.writer->pending_bytes() == 0) {
    ASSERT_TRUE(out.bell.wait()); // the alarm
    ASSERT_TRUE(out.writer->poll().ok());
  }
  ASSERT_TRUE(out.drain().ok());
  EXPECT_EQ(messages(topic).size(), 1u);
}

TEST(upsert_buffer, is_due_from_its_first_row_and_bounded_in_bytes) {
  using kafka::upsert_buffer;
  upsert_buffer buffer(2, std::chrono::milliseconds(10));
  const upsert_buffer::clock::time_point start;
  const auto layout = std::make_shared<schema>(
      schema{{{"n", data_type::of(type_kind::bigint)}}});
  constexpr std::int64_t count = upsert_buffer::held_bytes_max / 8 / 2;
  fixed_builder<std::int64_t> builder(layout->fields[0].type);
  for (std::int64_t i = 0; i < count; ++i)
    builder.push(i);
  const auto rows = make_batch(layout, {builder.finish()}, count);
  buffer.put("a", rows, 5, start);
  buffer.put("a", rows, 7, start + std::chrono::milliseconds(5));
  EXPECT_FALSE(buffer.full());
  EXPECT_FALSE(buffer.heavy());
  EXPECT_EQ(buffer.due(), start + std::chrono::milliseconds(10));
  buffer.put("b", rows, 9, start);
  EXPECT_TRUE(buffer.full());
  const auto again = slice(*rows, 0, count);
  buffer.put("a", again, 1, start);
  EXPECT_TRUE(buffer.heavy());
  const auto parts = buffer.take();
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].chosen, (row_list{9}));
  EXPECT_EQ(parts[1].chosen, (row_list{1}));
  EXPECT_TRUE(buffer.empty());
  EXPECT_FALSE(buffer.heavy());
}

TEST_P(upsert_kafka, puts_the_changes_of_a_key_into_one_partition) {
  auto topic = make_topic(3);
  auto table = upserts(topic);
  {
    test::open_writer out(table);
    const auto layout = test::layout_of(*table);
    for (const auto kind : {change::insert, change::update_after})
      for (int id = 0; id < 30; ++id)
        ASSERT_TRUE(out.writer->write(rows(layout, {{kind, id, "x"}})).ok());
    ASSERT_TRUE(out.drain().ok());
  }
  for (int i = 0; i < 3; ++i) {
    test::open_reader in(test::context_of(test::scan_of(table, {"id"}), i, 3));
    auto ids = in.read(test::to_the_end).rows();
    const auto half = static_cast<std::ptrdiff_t>(ids.size() / 2);
    EXPECT_TRUE(std::equal(ids.begin(), ids.begin() + half, ids.begin() + half,
                           ids.end()));
  }
}

TEST_P(upsert_kafka, starts_from_the_beginning_whatever_was_committed) {
  auto topic = make_topic(1);
  produce(topic, {{R"({"id":1})", 0, 0, false, R"({"id":1})"}});
  auto context = test::context_of(test::scan_of(upserts(topic), {"id"}));
  context.group = test::kafka::fresh_name();
  for (int run = 0; run < 2; ++run) {
    test::open_reader in(context);
    auto got = in.read(test::to_the_end);
    EXPECT_EQ(got.rows().size(), 1u);
    ASSERT_TRUE(in.reader->commit(got.positions).ok());
  }
}

std::string problem(const table_definition& table) {
  return std::string(message_of(known_connectors().check_sink(table)));
}

TEST_P(upsert_kafka, says_what_is_missing_or_too_much) {
  auto table = upserts("t");
  EXPECT_EQ(problem(*table), "");
  EXPECT_TRUE(known_connectors().check_changes(*table).ok());
  table->primary_key.clear();
  EXPECT_THAT(problem(*table), HasSubstr("needs a primary key"));
  EXPECT_THAT(problem(*table), HasSubstr("PRIMARY KEY (…) NOT ENFORCED"));
  EXPECT_THAT(problem(*upserts("t", {{"key.fields", "id"}})),
              HasSubstr("unknown option 'key.fields'"));
  EXPECT_THAT(problem(*upserts("t", {{"scan.startup.mode", "latest"}})),
              HasSubstr("unknown option 'scan.startup.mode'"));
  EXPECT_THAT(problem(*upserts("t", {{"sink.buffer-flush.max-rows", "5"}})),
              HasSubstr("go together"));
  EXPECT_THAT(problem(*upserts("t", {{"sink.buffer-flush.interval", "1 s"}})),
              HasSubstr("go together"));
  EXPECT_EQ(problem(*upserts("t", {{"sink.buffer-flush.max-rows", "0"},
                                   {"sink.buffer-flush.interval", "0 s"}})),
            "");
  auto without = upserts("t");
  without->options.erase("key.format");
  EXPECT_THAT(problem(*without), HasSubstr("'key.format' is missing"));
  EXPECT_THAT(
      std::string(hint_of(known_connectors().check_changes(*this->table("t")))),
      HasSubstr("upsert-kafka"));
}

INSTANTIATE_TEST_SUITE_P(brokers, upsert_kafka, testing::Bool(),
                         [](const auto& x) {
                           return std::string(x.param ? "real" : "mock");
                         });

} // namespace
} // namespace herald
