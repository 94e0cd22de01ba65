#include "engine/connectors/preloaded.hpp"
#include "tests/engine/connectors/reading.hpp"

#include <algorithm>
#include <regex>
#include <set>

#include <gmock/gmock.h>

namespace herald {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string problem(const std::string& columns, option_map options,
                    bool sink = false) {
  auto table = test::table_of(columns, std::move(options));
  const auto& known = known_connectors();
  return std::string(
      message_of(sink ? known.check_sink(*table) : known.check_source(*table)));
}

TEST(registry, names_the_nearest_connector_and_all_others) {
  auto text = problem("a INT", {{"connector", "nexmrak"}});
  EXPECT_THAT(text, HasSubstr("unknown connector 'nexmrak'"));
  EXPECT_THAT(text, HasSubstr("did you mean 'nexmark'?"));
  EXPECT_THAT(text, HasSubstr("blackhole, datagen, filesystem"));
}

TEST(registry, says_which_way_a_connector_goes) {
  EXPECT_THAT(problem("a INT", {{"connector", "print"}}),
              HasSubstr("'print' is a sink"));
  EXPECT_THAT(problem("a INT", {{"connector", "datagen"}}, true),
              HasSubstr("'datagen' is a source"));
}

TEST(registry, takes_what_any_table_may_say) {
  const auto with = [](const std::string& key, const std::string& value) {
    return problem("a INT", {{"connector", "datagen"}, {key, value}});
  };
  EXPECT_EQ(with("scan.parallelism", "128"), "");
  EXPECT_EQ(with("sink.parallelism", "1"), "");
  EXPECT_EQ(with("scan.watermark.idle-timeout", "1 min"), "");
  EXPECT_EQ(with("scan.watermark.emit.strategy", "ON-EVENT"), "");
  EXPECT_EQ(with("scan.watermark.alignment.group", "g"), "");
  EXPECT_EQ(with("scan.watermark.alignment.max-drift", "1 min"), "");
  EXPECT_THAT(with("scan.parallelism", "129"), HasSubstr("from 1 to 128"));
  EXPECT_THAT(with("sink.parallelism", "0"), HasSubstr("from 1 to 128"));
  EXPECT_THAT(with("scan.watermark.idle-timeout", "soon"),
              HasSubstr("no duration"));
  EXPECT_THAT(with("scan.watermark.emit.strategy", "never"),
              HasSubstr("is 'never'"));
  EXPECT_THAT(with("scan.paralelism", "1"),
              HasSubstr("did you mean 'scan.parallelism'?"));
}

TEST(datagen, makes_the_same_rows_for_any_parallelism) {
  auto table = test::table_of(
      "a BIGINT, b STRING, c DECIMAL(10, 2), d DOUBLE, e BOOLEAN, f TINYINT",
      {{"connector", "datagen"},
       {"number-of-rows", "100"},
       {"rows-per-second", "1000000"},
       {"fields.a.kind", "sequence"},
       {"fields.a.start", "-5"},
       {"fields.a.end", "1000"},
       {"fields.b.length", "20"},
       {"fields.c.min", "10"},
       {"fields.c.max", "20"},
       {"fields.f.min", "-3"},
       {"fields.f.max", "3"}});
  ASSERT_TRUE(known_connectors().check_source(*table).ok());
  EXPECT_TRUE(known_connectors().bounded(*table));
  auto scan = test::scan_of(table);
  auto expected
      = test::read_all(test::context_of(scan), 4096, 100'000'000).rows();
  ASSERT_EQ(expected.size(), 100u);
  EXPECT_TRUE(expected[0].starts_with("{\"a\":-5,\"b\":\""));
  for (int i = 0; i < 3; ++i) {
    auto part
        = test::read_all(test::context_of(scan, i, 3), 7, 100'000'000).rows();
    for (std::size_t k = 0; k < part.size(); ++k)
      EXPECT_EQ(part[k], expected.at(k * 3 + static_cast<std::size_t>(i)));
  }
}

TEST(datagen, ends_with_its_shortest_sequence) {
  auto table = test::table_of("a INT", {{"connector", "datagen"},
                                        {"fields.a.kind", "sequence"},
                                        {"fields.a.start", "1"},
                                        {"fields.a.end", "3"}});
  EXPECT_THAT(
      test::read_all(test::context_of(test::scan_of(table)), 9, 100'000'000)
          .rows(),
      ElementsAre("{\"a\":1}", "{\"a\":2}", "{\"a\":3}"));
}

TEST(datagen, makes_the_same_time_in_any_precision) {
  auto table
      = test::table_of("a TIMESTAMP(9), b TIMESTAMP(3)",
                       {{"connector", "datagen"}, {"number-of-rows", "1"}});
  const auto rows
      = test::read_all(test::context_of(test::scan_of(table)), 9, 100'000'000)
            .rows();
  ASSERT_EQ(rows.size(), 1u);
  constexpr std::size_t digits_to_ms = 23;
  const auto ms = rows[0].substr(6, digits_to_ms);
  EXPECT_EQ(rows[0], "{\"a\":\"" + ms + "000000\",\"b\":\"" + ms + "\"}");
}

TEST(datagen, makes_nulls_and_texts_of_any_length) {
  auto table = test::table_of("a INT, b STRING", {{"connector", "datagen"},
                                                  {"number-of-rows", "1000"},
                                                  {"fields.a.null-rate", "0.5"},
                                                  {"fields.a.max", "-1"},
                                                  {"fields.b.var-len", "true"},
                                                  {"fields.b.length", "3"}});
  const auto rows
      = test::read_all(test::context_of(test::scan_of(table)), 9, 100'000'000)
            .rows();
  ASSERT_EQ(rows.size(), 1000u);
  const auto with = [&](const std::string& part) {
    return std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
      return row.find(part) != std::string::npos;
    });
  };
  EXPECT_GT(with("\"a\":null"), 400);
  EXPECT_LT(with("\"a\":null"), 600);
  EXPECT_EQ(with("\"a\":null") + with("\"a\":-"), 1000);
  std::set<std::size_t> lengths;
  for (const auto& row : rows)
    lengths.insert(row.size() - row.find("\"b\":\""));
  EXPECT_EQ(lengths.size(), 3u);
}

TEST(datagen, makes_nested_values_of_the_lengths_that_are_asked_for) {
  const auto table = test::table_of(
      "a ARRAY<INT>, m MAP<TINYINT, ARRAY<STRING>>, "
      "r ROW<x BIGINT, y ROW<z ARRAY<TINYINT>, f BOOLEAN>>, e ARRAY<INT>, "
      "k MAP<BOOLEAN, INT>",
      {{"connector", "datagen"},
       {"number-of-rows", "50"},
       {"fields.a.length", "5"},
       {"fields.a.element.min", "7"},
       {"fields.a.element.max", "8"},
       {"fields.m.key.min", "0"},
       {"fields.m.value.length", "1"},
       {"fields.m.value.element.length", "2"},
       {"fields.r.x.max", "-1"},
       {"fields.r.y.z.length", "2"},
       {"fields.e.length", "0"},
       {"fields.k.length", "9"}});
  ASSERT_EQ(known_connectors().check_source(*table), absl::OkStatus());
  const auto scan = test::scan_of(table);
  const auto read = [&](int subtask, int of, std::int64_t rows_max) {
    return test::read_all(test::context_of(scan, subtask, of), rows_max,
                          100'000'000)
        .rows();
  };
  const std::regex shape(
      R"x(\{"a":\[([78],){4}[78]\],)x"
      R"x("m":\{("\d+":\["[0-9a-f]{2}"\],?){1,3}\},)x"
      R"x("r":\{"x":-\d+,"y":\{"z":\[-?\d+,-?\d+\],"f":\w+\}\},)x"
      R"x("e":\[\],"k":\{("(true|false)":-?\d+,?){1,2}\}\})x");
  const auto rows = read(0, 1, 4096);
  ASSERT_EQ(rows.size(), 50u);
  for (const auto& row : rows)
    EXPECT_TRUE(std::regex_match(row, shape)) << row;
  const auto odd = read(1, 2, 3);
  ASSERT_EQ(odd.size(), 25u);
  for (std::size_t i = 0; i < odd.size(); ++i)
    EXPECT_EQ(odd[i], rows[2 * i + 1]);
}

TEST(datagen, bounds_what_a_row_holds) {
  const auto with = [](const char* elements) {
    return problem("a ARRAY<ARRAY<STRING>>",
                   {{"connector", "datagen"},
                    {"fields.a.length", "1024"},
                    {"fields.a.element.length", elements},
                    {"fields.a.element.element.length", "16"}});
  };
  EXPECT_EQ(with("64"), "");
  EXPECT_THAT(with("65"), HasSubstr("has more than 1048576 values"));
}

TEST(datagen, makes_nulls_and_texts_of_any_length_in_nested_values) {
  const auto table = test::table_of(
      "a ARRAY<INT>, r ROW<x BIGINT, y STRING>, m MAP<TINYINT, STRING>",
      {{"connector", "datagen"},
       {"number-of-rows", "1000"},
       {"fields.a.null-rate", "0.5"},
       {"fields.a.length", "1"},
       {"fields.a.element.null-rate", "0.5"},
       {"fields.r.null-rate", "0.5"},
       {"fields.r.y.length", "2"},
       {"fields.r.y.var-len", "true"},
       {"fields.m.length", "1"},
       {"fields.m.value.null-rate", "1"}});
  ASSERT_EQ(known_connectors().check_source(*table), absl::OkStatus());
  const auto count
      = [&](const std::vector<std::string>& paths, const std::string& shape) {
          const std::regex wanted(shape);
          const auto rows
              = test::read_all(test::context_of(test::scan_of(table, paths)),
                               100, 100'000'000)
                    .rows();
          return std::count_if(rows.begin(), rows.end(), [&](const auto& row) {
            return std::regex_match(row, wanted);
          });
        };
  const auto is_half = [](std::int64_t n) { return n > 400 && n < 600; };
  EXPECT_TRUE(is_half(count({"a"}, "\\{\"a\":null\\}")));
  const auto of_nulls = count({"a"}, "\\{\"a\":\\[null\\]\\}");
  EXPECT_TRUE(of_nulls > 180 && of_nulls < 320) << of_nulls;
  EXPECT_TRUE(is_half(count({"r"}, "\\{\"r\":null\\}")));
  // A field of a row that is NULL, and both of one that is not.
  EXPECT_TRUE(is_half(count({"r.x"}, "\\{\"r.x\":null\\}")));
  const auto one = count({"r.y", "r.x"}, R"(\{"r.y":".","r.x":-?\d+\})");
  const auto two = count({"r.y", "r.x"}, R"(\{"r.y":"..","r.x":-?\d+\})");
  EXPECT_TRUE(is_half(one + two) && one > 150 && two > 150) << one;
  EXPECT_EQ(count({"m"}, R"(\{"m":\{"-?\d+":null\}\})"), 1000);
}

TEST(datagen, makes_multisets) {
  auto table = test::table_of("b INT", {{"connector", "datagen"},
                                        {"number-of-rows", "50"},
                                        {"fields.b.element.length", "1"},
                                        {"fields.b.length", "4"}});
  table->columns[0].type
      = data_type::multiset(data_type::of(type_kind::varchar));
  const auto rows
      = test::read_all(test::context_of(test::scan_of(table)), 9, 100'000'000)
            .rows();
  ASSERT_EQ(rows.size(), 50U);
  const std::regex shape(R"(\{"b":\{("[0-9a-f]":([1-9]|10),?){1,4}\}\})");
  for (const auto& row : rows)
    EXPECT_TRUE(std::regex_match(row, shape)) << row;
}

TEST(datagen, refuses_what_it_cannot_make) {
  option_map options{{"connector", "datagen"}};
  auto wide = test::table_of("a INT", options);
  wide->columns[0].type = data_type::of(type_kind::interval_day);
  EXPECT_THAT(std::string(message_of(known_connectors().check_source(*wide))),
              HasSubstr("makes no values of type INTERVAL"));
  EXPECT_THAT(problem("a MAP<ARRAY<INT>, INT>", options),
              HasSubstr("makes no keys of type ARRAY<INT>"));
  EXPECT_THAT(problem("a MAP<INT, INT>", {{"connector", "datagen"},
                                          {"fields.a.key.null-rate", "0.5"}}),
              HasSubstr("there are no NULLs among"));
  EXPECT_THAT(problem("a ARRAY<INT>", {{"connector", "datagen"},
                                       {"fields.a.element.kind", "sequence"},
                                       {"fields.a.element.start", "1"},
                                       {"fields.a.element.end", "2"}}),
              HasSubstr("only a column can be a sequence"));
  options["fields.a.min"] = "300";
  EXPECT_THAT(problem("a TINYINT", options), HasSubstr("'300'"));
  EXPECT_THAT(problem("b TINYINT", options),
              HasSubstr("unknown option 'fields.a.min'"));
  const auto with = [](const std::string& type, const std::string& key,
                       const std::string& value) {
    return problem("a " + type, {{"connector", "datagen"}, {key, value}});
  };
  EXPECT_EQ(with("TIMESTAMP(3)", "fields.a.max-past", "1 h"), "");
  EXPECT_THAT(with("TIMESTAMP(3)", "fields.a.max-past", "old"),
              HasSubstr("no duration"));
  EXPECT_THAT(with("INT", "fields.a.null-rate", "1.5"),
              HasSubstr("from 0 to 1"));
  EXPECT_THAT(with("INT NOT NULL", "fields.a.null-rate", "0.5"),
              HasSubstr("without NOT NULL"));
  EXPECT_THAT(with("INT", "fields.a.var-len", "true"),
              HasSubstr("random texts"));
}

TEST(preloaded, gives_what_was_read_before) {
  auto from = test::table_of("event_type INT",
                             {{"connector", "nexmark"}, {"events.num", "100"}});
  auto scan = test::scan_of(from);
  auto expected = test::read_all(test::context_of(scan), 4096).rows();
  ASSERT_TRUE(preload("x", from, scan, 2, 10).ok());
  auto table = test::table_of("event_type INT",
                              {{"connector", "preloaded"}, {"name", "x"}});
  auto one = test::read_all(test::context_of(test::scan_of(table)), 3).rows();
  EXPECT_EQ(one.size(), 100u);
  auto first
      = test::read_all(test::context_of(test::scan_of(table), 0, 2), 4096)
            .rows();
  for (std::size_t i = 0; i < first.size(); ++i)
    EXPECT_EQ(first[i], expected[2 * i]);
  unload("x");
  EXPECT_THAT(
      std::string(message_of(
          test::read_all(test::context_of(test::scan_of(table)), 3).status)),
      HasSubstr("nothing is preloaded as 'x'"));
}

TEST(preloaded, does_not_take_what_never_ends) {
  auto from = test::table_of("event_type INT", {{"connector", "nexmark"}});
  EXPECT_FALSE(preload("x", from, test::scan_of(from), 1, 10).ok());
}

TEST(print, shows_changes_and_subtasks) {
  auto table = test::table_of("a INT, b STRING", {{"connector", "print"}});
  sink_context context;
  context.sink.table = table;
  context.subtask = 1;
  context.parallelism = 2;
  auto writer = (*find_connector(*table))->make_writer(context);
  ASSERT_TRUE(writer.ok());
  auto layout
      = std::make_shared<schema>(schema{test::fields_of("a INT, b STRING")});
  batch_builder builder(layout);
  scalar one{data_type::of(type_kind::integer), std::int64_t{1}};
  scalar text{data_type::of(type_kind::varchar), std::string("x")};
  scalar none{data_type::of(type_kind::varchar), std::monostate()};
  builder.append({one, text});
  builder.append({one, none}, change::remove);
  testing::internal::CaptureStdout();
  ASSERT_TRUE((*writer)->write(builder.finish()).ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(),
            "2> +I[1, x]\n2> -D[1, NULL]\n");
}

} // namespace
} // namespace herald
