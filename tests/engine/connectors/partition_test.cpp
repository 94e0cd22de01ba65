#include "engine/connectors/filesystem/sink.hpp"
#include "tests/engine/connectors/files_fixture.hpp"

namespace herald {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class partitioned : public test::files_fixture {
protected:
  std::shared_ptr<table_definition> table(option_map options = {},
                                          const char* columns
                                          = "a INT, dt STRING, n INT") const {
    options["connector"] = "filesystem";
    options["path"] = path("out");
    options.emplace("format", "csv");
    auto result = test::table_of(columns, std::move(options));
    result->partitioned_by = {"dt", "n"};
    return result;
  }

  using row = std::tuple<std::int64_t, std::optional<std::string>,
                         std::optional<std::int64_t>>;

  static batch_ptr rows(const std::vector<row>& in) {
    batch_builder builder(std::make_shared<schema>(
        schema{test::fields_of("a INT, dt STRING, n INT")}));
    const auto integer = data_type::of(type_kind::integer);
    for (const auto& [a, dt, n] : in)
      builder.append(
          {{integer, a},
           {data_type::of(type_kind::varchar),
            dt ? scalar::value_type(*dt) : scalar::value_type()},
           {integer, n ? scalar::value_type(*n) : scalar::value_type()}});
    return builder.finish();
  }

  /// The files below `out`, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> result;
    for (const auto& x : fs::recursive_directory_iterator(path("out")))
      if (x.is_regular_file())
        result.push_back(x.path().string().substr(path("out/").size()));
    std::sort(result.begin(), result.end());
    return result;
  }
};

TEST_F(partitioned, has_a_folder_for_each_value_and_reads_it_back) {
  auto to = table();
  ASSERT_TRUE(write(to, {rows({{1, "x", 7},
                               {2, "12:30/é", 7},
                               {3, "x", 7},
                               {4, std::nullopt, std::nullopt},
                               {5, "x", 8}})})
                  .ok());
  EXPECT_THAT(files(),
              ElementsAre("dt=12%3A30%2Fé/n=7/part-0-0.csv",
                          "dt=__HIVE_DEFAULT_PARTITION__/"
                          "n=__HIVE_DEFAULT_PARTITION__/part-0-0.csv",
                          "dt=x/n=7/part-0-0.csv", "dt=x/n=8/part-0-0.csv"));
  EXPECT_EQ(text_of("out/dt=x/n=7/part-0-0.csv"), "1\n3\n");
  EXPECT_THAT(read(to).rows(),
              UnorderedElementsAre("{\"a\":1,\"dt\":\"x\",\"n\":7}",
                                   "{\"a\":2,\"dt\":\"12:30/é\",\"n\":7}",
                                   "{\"a\":3,\"dt\":\"x\",\"n\":7}",
                                   "{\"a\":4,\"dt\":null,\"n\":null}",
                                   "{\"a\":5,\"dt\":\"x\",\"n\":8}"));
}

TEST_F(partitioned, opens_only_folders_that_a_filter_lets_through) {
  auto to = table();
  ASSERT_TRUE(write(to, {rows({{1, "x", 7}, {2, "y", 7}, {3, "x", 8}})}).ok());
  auto context = test::context_of(test::scan_of(to, {"n", "a"}));
  context.scan.pushed.push_back(
      {{"n"}, {data_type::of(type_kind::integer), std::int64_t{7}}});
  put("out/dt=x/n=8/part-0-0.csv", "not a number\n");
  const auto got = test::read_all(context, 10);
  EXPECT_THAT(got.rows(),
              ElementsAre("{\"n\":7,\"a\":1}", "{\"n\":7,\"a\":2}"));
  EXPECT_THAT(got.dead, SizeIs(0));
}

TEST_F(partitioned, passes_over_files_in_folders_that_say_nothing) {
  auto to = table();
  ASSERT_TRUE(write(to, {rows({{1, "x", 7}})}).ok());
  fs::create_directories(path("out/dt=x/n=seven"));
  put("out/dt=x/n=seven/x.csv", "5\n");
  put("out/dt=x/x.csv", "6\n");
  const auto got = read(to);
  EXPECT_THAT(got.rows(), SizeIs(1));
  ASSERT_THAT(got.dead, SizeIs(2));
  EXPECT_THAT(got.dead[0].reason, HasSubstr("holds 'seven', which is no INT"));
  EXPECT_EQ(got.dead[0].split, path("out/dt=x/n=seven/x.csv"));
  EXPECT_THAT(got.dead[1].reason, HasSubstr("lies in no folder 'n=…'"));
}

TEST_F(partitioned, keeps_few_parts_open) {
  auto to = table();
  auto writer = writer_of(to, rows({})->layout);
  const int folders = static_cast<int>(parts_open_max) + 10;
  for (int n = 0; n < folders; ++n)
    ASSERT_TRUE(writer->write(rows({{n, "x", n}})).ok());
  const auto hidden = [](const std::string& x) {
    return x.find("/.part-") != std::string::npos;
  };
  auto now = files();
  EXPECT_EQ(std::count_if(now.begin(), now.end(), hidden),
            static_cast<std::ptrdiff_t>(parts_open_max));
  ASSERT_TRUE(writer->close().ok());
  EXPECT_THAT(read(to).rows(), SizeIs(folders));
}

TEST_F(partitioned, publishes_what_a_dead_process_left_in_the_folders) {
  auto to = table();
  fs::create_directories(path("out/dt=x/n=7"));
  put("out/dt=x/n=7/.part-0-77-1.csv", "1\n2");
  ASSERT_TRUE(write(to, {}).ok());
  EXPECT_THAT(files(), ElementsAre("dt=x/n=7/part-0-0.csv"));
}

TEST_F(partitioned, rolls_parts_by_size_and_at_barriers_by_time) {
  auto to = table({{"sink.rolling-policy.file-size", "10"}});
  const auto batch = rows({{1234, "x", 7}, {1234, "x", 7}});
  ASSERT_TRUE(write(to, {batch, batch, rows({{1, "x", 7}})}).ok());
  EXPECT_THAT(files(),
              ElementsAre("dt=x/n=7/part-0-0.csv", "dt=x/n=7/part-0-1.csv",
                          "dt=x/n=7/part-0-2.csv"));
  fs::remove_all(path("out"));
  for (const auto* key : {"rollover-interval", "inactivity-interval"}) {
    auto timed = table({{fmt::format("sink.rolling-policy.{}", key), "0 s"}});
    auto writer = writer_of(timed, batch->layout);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(writer->write(batch).ok());
      ASSERT_TRUE(writer->write(batch).ok());
      ASSERT_TRUE(writer->flush().ok());
    }
    EXPECT_THAT(files(), SizeIs(3)) << key;
    ASSERT_TRUE(writer->close().ok());
    fs::remove_all(path("out"));
  }
}

TEST_F(partitioned, lists_the_folders_that_are_there) {
  const auto to = table({});
  const auto partitions = [&] {
    return *known_connectors().partitions(*to);
  };
  EXPECT_THAT(partitions(), SizeIs(0)) << "nothing was written";
  ASSERT_TRUE(
      write(to, {rows({{1, "y", 7}, {2, "x/:", 7}, {3, "x/:", 12}})}).ok());
  fs::create_directories(path("out/dt=z/other"));
  fs::create_directories(path("out/.dt=a/n=1"));
  EXPECT_THAT(partitions(), ElementsAre(ElementsAre("x/:", "12"),
                                        ElementsAre("x/:", "7"),
                                        ElementsAre("y", "7")));
}

TEST_F(partitioned, refuses_what_no_folder_can_hold) {
  const auto check = [](const std::shared_ptr<table_definition>& x) {
    return std::string(message_of(known_connectors().check_sink(*x)));
  };
  EXPECT_THAT(check(table({}, "a INT, dt STRING, n ARRAY<INT>")),
              HasSubstr("which no folder's name can hold"));
  EXPECT_THAT(check(table({}, "a INT, dt STRING")),
              HasSubstr("the table has no column n"));
  EXPECT_THAT(check(table({}, "dt STRING, n INT")),
              HasSubstr("leaves no column for the files"));
  EXPECT_THAT(check(table({{"sink.rolling-policy.file-size", "big"}})),
              HasSubstr("is no size"));
}

} // namespace
} // namespace herald
