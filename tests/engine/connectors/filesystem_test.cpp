#include "engine/connectors/filesystem/line_reader.hpp"
#include "engine/connectors/filesystem/part_file.hpp"
#include "tests/engine/connectors/files_fixture.hpp"

namespace herald {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;

class filesystem : public test::files_fixture {
protected:
  std::shared_ptr<table_definition> table(const std::string& name,
                                          const std::string& format = "json",
                                          option_map options = {}) const {
    options["connector"] = "filesystem";
    options["path"] = path(name);
    options["format"] = format;
    return test::table_of("a INT, b STRING", std::move(options));
  }

  static schema_ptr layout() {
    return std::make_shared<schema>(schema{test::fields_of("a INT, b STRING")});
  }

  static batch_ptr rows(std::vector<std::pair<std::int64_t, std::string>> in) {
    batch_builder builder(layout());
    for (auto& [a, b] : in)
      builder.append({{data_type::of(type_kind::integer), a},
                      {data_type::of(type_kind::varchar), b}});
    return builder.finish();
  }
};

TEST_F(filesystem, reads_lines_with_and_without_an_end) {
  put("x.json", "{\"a\":1}\r\n\n{\"a\":2,\"b\":\"y\"}");
  auto got = read(table("x.json"));
  EXPECT_THAT(got.rows(),
              ElementsAre("{\"a\":1,\"b\":null}", "{\"a\":2,\"b\":\"y\"}"));
  EXPECT_EQ(got.counters.records, 2);
  EXPECT_EQ(got.positions[0].next,
            static_cast<std::int64_t>(fs::file_size(path("x.json"))));
}

TEST_F(filesystem, reads_the_files_of_a_folder_in_order_of_name) {
  fs::create_directories(path("in"));
  put("in/2.json", "{\"a\":2}\n");
  put("in/1.json", "{\"a\":1}\n");
  put("in/.hidden.json", "{\"a\":9}\n");
  put_compressed("in/3.json.gz", "{\"a\":3}\n");
  EXPECT_THAT(read(table("in")).rows(),
              ElementsAre("{\"a\":1,\"b\":null}", "{\"a\":2,\"b\":null}",
                          "{\"a\":3,\"b\":null}"));
}

TEST_F(filesystem, divides_files_between_subtasks) {
  fs::create_directories(path("in"));
  for (int i = 0; i < 5; ++i)
    put(fmt::format("in/{}.json", i), fmt::format("{{\"a\":{}}}\n", i));
  auto scan = test::scan_of(table("in"), {"a"});
  EXPECT_THAT(test::read_all(test::context_of(scan, 0, 2), 10).rows(),
              ElementsAre("{\"a\":0}", "{\"a\":2}", "{\"a\":4}"));
  EXPECT_THAT(test::read_all(test::context_of(scan, 1, 2), 10).rows(),
              ElementsAre("{\"a\":1}", "{\"a\":3}"));
  EXPECT_TRUE(test::read_all(test::context_of(scan, 7, 8), 10).rows().empty());
}

TEST_F(filesystem, resumes_plain_and_compressed_files) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += fmt::format("{{\"a\":{},\"b\":\"{}\"}}\n", i,
                        std::string(static_cast<std::size_t>(i), 'x'));
  put("x.json", text);
  put_compressed("x.json.gz", text);
  put_zstd("x.json.zst", text);
  for (const auto* name : {"x.json", "x.json.gz", "x.json.zst"}) {
    auto expected = read(table(name)).rows();
    ASSERT_EQ(expected.size(), 1000u);
    auto context = test::context_of(test::scan_of(table(name)));
    auto got = test::read_all(context, 77, 5);
    auto all = got.rows();
    ASSERT_EQ(all.size(), 385u);
    context.restore = got.positions;
    for (auto& row : test::read_all(context, 77).rows())
      all.push_back(row);
    EXPECT_EQ(all, expected) << name;
  }
}

TEST_F(filesystem, gives_malformed_lines_with_their_place) {
  put("x.json", "{\"a\":1}\n{\"a\":\n{\"a\":3}\n");
  auto got = read(table("x.json"));
  EXPECT_EQ(got.rows().size(), 2u);
  ASSERT_EQ(got.dead.size(), 1u);
  EXPECT_EQ(got.dead[0].raw, "{\"a\":");
  EXPECT_EQ(got.dead[0].position, 8);
  EXPECT_EQ(got.dead[0].split, path("x.json"));
  EXPECT_THAT(got.dead[0].reason, HasSubstr("at byte 5"));
  EXPECT_EQ(got.counters.malformed, 1);
  EXPECT_EQ(got.counters.records, 3);
}

TEST_F(filesystem, says_why_a_line_is_ignored_but_keeps_it_not) {
  put("x.json", "{\"a\":1}\n{\"a\":\n");
  auto got
      = read(table("x.json", "json", {{"json.ignore-parse-errors", "true"}}));
  EXPECT_EQ(got.rows().size(), 1u);
  ASSERT_EQ(got.dead.size(), 1u);
  EXPECT_TRUE(got.dead[0].ignored);
  EXPECT_EQ(got.dead[0].raw, "");
  EXPECT_EQ(got.dead[0].position, 8);
  EXPECT_THAT(got.dead[0].reason, HasSubstr("at byte 5"));
  EXPECT_EQ(got.counters.malformed, 1);
}

TEST_F(filesystem, gives_empty_lines_to_raw_as_empty_texts) {
  put("x.txt", "a\n\nb\n\n");
  auto got = read(test::table_of("a STRING", {{"connector", "filesystem"},
                                              {"path", path("x.txt")},
                                              {"format", "raw"}}));
  EXPECT_THAT(got.rows(), ElementsAre("{\"a\":\"a\"}", "{\"a\":\"\"}",
                                      "{\"a\":\"b\"}", "{\"a\":\"\"}"));
}

TEST_F(filesystem, cuts_lines_that_are_too_long) {
  std::string filler(line_max + 1000, ' ');
  put("x.json", "{\"a\":1}\n{" + filler + "\"a\":2}\n{\"a\":3}\n");
  auto got = read(table("x.json"));
  EXPECT_THAT(got.rows(),
              ElementsAre("{\"a\":1,\"b\":null}", "{\"a\":3,\"b\":null}"));
  ASSERT_EQ(got.dead.size(), 1u);
  EXPECT_EQ(got.dead[0].raw.size(), dead_letter_max);
  EXPECT_EQ(got.positions[0].next,
            static_cast<std::int64_t>(fs::file_size(path("x.json"))));
}

TEST_F(filesystem, says_what_is_wrong_with_a_path) {
  EXPECT_THAT(std::string(message_of(read(table("nowhere")).status)),
              HasSubstr("nowhere' does not exist"));
  put("x.json", "{}\n");
  fs::permissions(path("x.json"), fs::perms::none);
  if (::access(path("x.json").c_str(), R_OK) != 0) { // not as root
    EXPECT_THAT(std::string(message_of(read(table("x.json")).status)),
                HasSubstr("Permission denied"));
  }
}

TEST_F(filesystem, says_that_compressed_data_is_damaged) {
  std::string text;
  for (int i = 0; i < 100'000; ++i)
    text += fmt::format("{{\"a\":{}}}\n", i * 7919 % 100'003);
  put_compressed("x.json.gz", text);
  put_zstd("x.json.zst", text);
  put("y.json.zst", text);
  fs::resize_file(path("x.json.gz"), fs::file_size(path("x.json.gz")) / 2);
  fs::resize_file(path("x.json.zst"), fs::file_size(path("x.json.zst")) / 2);
  for (const auto* name : {"x.json.gz", "x.json.zst", "y.json.zst"})
    EXPECT_THAT(std::string(message_of(read(table(name)).status)),
                HasSubstr("damaged"))
        << name;
  put("x.json.bz2", text);
  EXPECT_THAT(std::string(message_of(read(table("x.json.bz2")).status)),
              HasSubstr("'.gz' or '.zst'"));
}

TEST_F(filesystem, reads_folders_in_folders_and_patterns) {
  for (const auto* folder : {"in", "in/a", "in/a/b", "in/.no", "in/_no"}) {
    fs::create_directories(path(folder));
    put(std::string(folder) + "/x.json",
        fmt::format("{{\"b\":\"{}\"}}\n", folder));
  }
  put_zstd("in/y.json.zst", "{\"b\":\"y\"}\n");
  const auto texts = [&](const std::string& name) {
    auto scan = test::scan_of(table(name), {"b"});
    return test::read_all(test::context_of(scan), 10).rows();
  };
  EXPECT_THAT(texts("in"), ElementsAre("{\"b\":\"in/a/b\"}", "{\"b\":\"in/a\"}",
                                       "{\"b\":\"in\"}", "{\"b\":\"y\"}"));
  EXPECT_THAT(texts("in/*.json"), ElementsAre("{\"b\":\"in\"}"));
  EXPECT_THAT(texts("in/[a-c]/?"), ElementsAre("{\"b\":\"in/a/b\"}"));
  EXPECT_THAT(std::string(message_of(read(table("in/*.csv")).status)),
              HasSubstr("leads to no file"));
}

TEST_F(filesystem, tells_about_the_file) {
  put("x.json", "{\"a\":1}\n{\"a\":2}\n");
  auto from = table("x.json");
  for (const auto& field : known_connectors().metadata_of(*from))
    from->columns.push_back({field.name.substr(field.name.find('.') + 1),
                             field.type, field.name, true});
  EXPECT_EQ(known_connectors().check_sink(*from), absl::OkStatus());
  const auto rows = read(from).rows();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_THAT(rows[1],
              HasSubstr(fmt::format("\"path\":\"{}\"", path("x.json"))));
  EXPECT_THAT(rows[1], HasSubstr("\"name\":\"x.json\",\"size\":16,"));
  EXPECT_THAT(rows[1], HasSubstr("\"modification-time\":\"20"));
  from->columns.back().is_virtual = false;
  EXPECT_THAT(std::string(message_of(known_connectors().check_sink(*from))),
              HasSubstr("cannot be written"));
}

TEST_F(filesystem, reads_fields_of_csv_over_several_lines) {
  put("x.csv", "1,\"one\ntwo\"\n2,5\" pipe\n3,\"a\"\"\n\nb\"\n4,\"open\n5,x\n");
  auto got = read(table("x.csv", "csv"));
  EXPECT_THAT(got.rows(), ElementsAre("{\"a\":1,\"b\":\"one\\ntwo\"}",
                                      "{\"a\":2,\"b\":\"5\\\" pipe\"}",
                                      "{\"a\":3,\"b\":\"a\\\"\\n\\nb\"}"));
  ASSERT_EQ(got.dead.size(), 1u);
  EXPECT_THAT(got.dead[0].reason, HasSubstr("is not closed"));
}

TEST_F(filesystem, keeps_csv_of_one_column_without_a_value) {
  const auto type = data_type::of(type_kind::varchar);
  for (const auto* header : {"false", "true"}) {
    const auto of_texts
        = test::table_of("a STRING", {{"connector", "filesystem"},
                                      {"path", path(header)},
                                      {"format", "csv"},
                                      {"csv.header", header}});
    batch_builder builder(
        std::make_shared<schema>(schema{test::fields_of("a STRING")}));
    builder.append({{type, {}}});
    builder.append({{type, std::string()}});
    builder.append({{type, std::string("x")}});
    builder.append({{type, {}}});
    ASSERT_TRUE(write(of_texts, {builder.finish()}).ok());
    const auto got = read(of_texts);
    EXPECT_THAT(got.rows(), ElementsAre(R"({"a":null})", R"({"a":""})",
                                        R"({"a":"x"})", R"({"a":null})"));
    EXPECT_EQ(got.counters.records, 4);
  }
}

TEST_F(filesystem, lists_its_formats) {
  EXPECT_THAT(
      std::string(
          hint_of(known_connectors().check_source(*table("x", "avro")))),
      HasSubstr("known formats: json, csv, raw, debezium-json, parquet"));
}

TEST_F(filesystem, reads_and_writes_change_data) {
  auto to = table("out", "debezium-json");
  EXPECT_EQ(known_connectors().changes_of(*to), changelog_kind::all);
  EXPECT_EQ(known_connectors().check_changes(*to), absl::OkStatus());
  batch_builder builder(layout());
  for (const auto kind : {change::insert, change::remove})
    builder.append({{data_type::of(type_kind::integer), std::int64_t{1}},
                    {data_type::of(type_kind::varchar), std::string("x")}},
                   kind);
  ASSERT_TRUE(write(to, {builder.finish()}).ok());
  const auto got = read(to);
  EXPECT_EQ(got.rows().size(), 2u);
  EXPECT_EQ(got.batches[0]->change_of(0), change::insert);
  EXPECT_EQ(got.batches[0]->change_of(1), change::remove);
}

TEST_F(filesystem, reads_back_what_it_wrote) {
  for (const auto* format : {"json", "csv"}) {
    auto to = table(fmt::format("out_{}", format), format);
    ASSERT_TRUE(
        write(to, {rows({{1, "one"}, {2, "t\"w,o"}}), rows({{3, "#3"}})}).ok());
    ASSERT_TRUE(write(to, {rows({{4, "four"}})}).ok());
    EXPECT_THAT(read(to).rows(), ElementsAre("{\"a\":1,\"b\":\"one\"}",
                                             "{\"a\":2,\"b\":\"t\\\"w,o\"}",
                                             "{\"a\":3,\"b\":\"#3\"}",
                                             "{\"a\":4,\"b\":\"four\"}"));
    EXPECT_TRUE(
        fs::exists(path(fmt::format("out_{}/part-0-1.{}", format, format))));
  }
}

TEST_F(filesystem, keeps_what_was_flushed_when_it_is_not_closed) {
  auto to = table("out");
  ASSERT_TRUE(write(to, {rows({{1, "one"}})}, false).ok());
  EXPECT_THAT(read(to).rows(), ElementsAre("{\"a\":1,\"b\":\"one\"}"));
  EXPECT_TRUE(fs::exists(path("out/part-0-0.json")));
}

TEST_F(filesystem, removes_what_was_not_flushed_when_it_is_not_closed) {
  auto part = *part_file::create(path("out"), 0, "json");
  ASSERT_TRUE(part->append("{\"a\":1}\n").ok());
  part.reset();
  EXPECT_TRUE(fs::is_empty(path("out")));
  part = *part_file::create(path("out"), 0, "json");
  ASSERT_TRUE(part->append("{\"a\":1}\n").ok());
  ASSERT_TRUE(part->keep().ok());
  ASSERT_TRUE(part->append("{\"a\":2}\n").ok());
  part.reset();
  EXPECT_THAT(read(table("out")).rows(), ElementsAre("{\"a\":1,\"b\":null}"));
}

TEST_F(filesystem, publishes_what_a_dead_process_left) {
  fs::create_directories(path("out"));
  put("out/.part-3-77-1.json", "{\"a\":1}\n{\"a\":2}\n{\"a\":");
  put("out/.part-4-77-2.json", "{\"a\":");
  put("out/.part-5-77-2.csv", "other's");
  auto alive = *part_file::create(path("out"), 6, "json");
  ASSERT_TRUE(alive->append("{\"a\":9}\n").ok());
  auto to = table("out");
  ASSERT_TRUE(write(to, {}).ok());
  EXPECT_THAT(read(to).rows(),
              ElementsAre("{\"a\":1,\"b\":null}", "{\"a\":2,\"b\":null}"));
  EXPECT_TRUE(fs::exists(path("out/part-3-0.json")));
  EXPECT_FALSE(fs::exists(path("out/.part-4-77-2.json")));
  EXPECT_TRUE(fs::exists(path("out/.part-5-77-2.csv")));
  EXPECT_TRUE(alive->publish().ok());
  EXPECT_TRUE(fs::exists(path("out/part-6-0.json")));
}

TEST_F(filesystem, skips_and_writes_the_header_of_csv) {
  auto to = table("out", "csv", {{"csv.header", "true"}});
  ASSERT_TRUE(write(to, {rows({{1, "one"}})}).ok());
  std::ifstream file(path("out/part-0-0.csv"));
  std::string first;
  std::getline(file, first);
  EXPECT_EQ(first, "a,b");
  EXPECT_THAT(read(to).rows(), ElementsAre("{\"a\":1,\"b\":\"one\"}"));
}

TEST_F(filesystem, finds_the_columns_of_csv_by_their_header) {
  auto from = table("in", "csv", {{"csv.header", "true"}});
  fs::create_directories(path("in"));
  put("in/1.csv", "\xef\xbb\xbfx,\"b\",a\r\n9,one,1\r\n8,two,2\n");
  put("in/2.csv", "a,b\n3,three\n");
  EXPECT_THAT(read(from).rows(),
              ElementsAre("{\"a\":1,\"b\":\"one\"}", "{\"a\":2,\"b\":\"two\"}",
                          "{\"a\":3,\"b\":\"three\"}"));
  put("in/3.csv", "a,c\n4,four\n");
  EXPECT_EQ(read(from).rows().back(), "{\"a\":4,\"b\":null}");
  put("in/4.csv", "5,five\n");
  EXPECT_THAT(std::string(message_of(read(from).status)),
              AllOf(HasSubstr("4.csv"), HasSubstr("names no column"),
                    HasSubstr("it is: 5, five")));
}

TEST_F(filesystem, reads_only_files_whose_path_fits_a_pattern) {
  fs::create_directories(path("in/b"));
  put("in/1.json", "{\"a\":1}\n");
  put("in/2.txt", "{\"a\":2}\n");
  put("in/b/3.json", "{\"a\":3}\n");
  const auto with = [&](const std::string& pattern) {
    return read(table("in", "json", {{"source.path.regex-pattern", pattern}}))
        .rows();
  };
  EXPECT_THAT(with(".*[.]json"),
              ElementsAre("{\"a\":1,\"b\":null}", "{\"a\":3,\"b\":null}"));
  EXPECT_THAT(with(".*/b/.*"), ElementsAre("{\"a\":3,\"b\":null}"));
  EXPECT_THAT(with("1[.]json"), ElementsAre()); // whole paths
}

TEST_F(filesystem, says_what_it_does_not_do_in_the_background) {
  const auto check = [&](option_map options) {
    return std::string(message_of(known_connectors().check_source(
        *table("x", "json", std::move(options)))));
  };
  EXPECT_EQ(check({{"auto-compaction", "FALSE"},
                   {"sink.rolling-policy.check-interval", "1 min"}}),
            "");
  EXPECT_THAT(check({{"auto-compaction", "true"}}),
              HasSubstr("not put together"));
  EXPECT_EQ(check({{"source.monitor-interval", "1 s"}}), "");
  EXPECT_THAT(check({{"source.path.regex-pattern", "("}}),
              HasSubstr("source.path.regex-pattern"));
  EXPECT_THAT(check({{"sink.rolling-policy.check-interval", "soon"}}),
              HasSubstr("no duration"));
}

TEST_F(filesystem, refuses_updates_and_unknown_options) {
  auto check = [](const std::shared_ptr<table_definition>& x) {
    return std::string(message_of(known_connectors().check_source(*x)));
  };
  EXPECT_THAT(check(table("x", "jsn")), HasSubstr("unknown format 'jsn'"));
  EXPECT_THAT(check(table("x", "json", {{"json.ignore", "x"}})),
              HasSubstr("unknown option 'json.ignore'"));
  EXPECT_THAT(check(table("x", "json", {{"paht", "x"}})),
              HasSubstr("did you mean 'path'?"));
  EXPECT_FALSE(known_connectors().check_changes(*table("x")).ok());
  auto no_path = table("x");
  no_path->options.erase("path");
  EXPECT_THAT(check(no_path), HasSubstr("option 'path' is missing"));
}

} // namespace
} // namespace herald
