#include "engine/connectors/filesystem/partition_commit.hpp"
#include "engine/operators/operator.hpp"
#include "tests/engine/connectors/files_fixture.hpp"

// When partitions are said complete, and that their files are final then.

namespace herald {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class partition_commit : public test::files_fixture {
protected:
  static constexpr const char* columns = "a INT, dt STRING, hr STRING";

  std::shared_ptr<table_definition> table(option_map options = {}) const {
    options["connector"] = "filesystem";
    options["path"] = path("out");
    options.emplace("format", "csv");
    options.emplace("sink.partition-commit.policy.kind", "success-file");
    auto result = test::table_of(columns, std::move(options));
    result->partitioned_by = {"dt", "hr"};
    return result;
  }

  static std::shared_ptr<table_definition>
  by_time(std::shared_ptr<table_definition> x) {
    x->options["sink.partition-commit.trigger"] = "partition-time";
    x->options["sink.partition-commit.delay"] = "1 h";
    x->options["partition.time-extractor.timestamp-pattern"] = "$dt $hr:00:00";
    return x;
  }

  static batch_ptr row(const std::string& dt, const std::string& hr) {
    auto layout = std::make_shared<schema>(schema{test::fields_of(columns)});
    batch_builder builder(layout);
    const auto text = data_type::of(type_kind::varchar);
    builder.append(
        {{layout->fields[0].type, std::int64_t{1}}, {text, dt}, {text, hr}});
    return builder.finish();
  }

  std::unique_ptr<sink_writer>
  open(const std::shared_ptr<table_definition>& to) const {
    return writer_of(to, row("", "")->layout);
  }

  /// What readers may see below `out`, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> result;
    for (const auto& x : fs::recursive_directory_iterator(path("out")))
      if (x.is_regular_file()
          && x.path().string().find("/.") == std::string::npos)
        result.push_back(x.path().string().substr(path("out/").size()));
    std::sort(result.begin(), result.end());
    return result;
  }

  static std::int64_t ms_of(const file_options& options,
                            const std::string& folder) {
    const auto got = partition_time(options, folder);
    EXPECT_TRUE(got.ok()) << got.status();
    return got.value_or(-1);
  }
};

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t noon_ms = 1'763'726'400'000; // 2025-11-21 12:00:00

TEST_F(partition_commit, comes_when_the_watermark_has_passed_the_partition) {
  auto to = open(by_time(table()));
  ASSERT_TRUE(to->write(row("2025-11-21", "12")).ok());
  ASSERT_TRUE(to->write(row("2025-11-21", "13")).ok());
  to->watermark(noon_ms + hour_ms); // not past it
  ASSERT_TRUE(to->flush().ok());
  EXPECT_THAT(files(), IsEmpty());
  to->watermark(noon_ms + hour_ms + 1);
  ASSERT_TRUE(to->flush().ok());
  EXPECT_THAT(files(), ElementsAre("dt=2025-11-21/hr=12/_SUCCESS",
                                   "dt=2025-11-21/hr=12/part-0-0.csv"));
  // A late row makes the partition complete again.
  fs::remove(path("out/dt=2025-11-21/hr=12/_SUCCESS"));
  ASSERT_TRUE(to->write(row("2025-11-21", "12")).ok());
  ASSERT_TRUE(to->flush().ok());
  EXPECT_THAT(files(), ElementsAre("dt=2025-11-21/hr=12/_SUCCESS",
                                   "dt=2025-11-21/hr=12/part-0-0.csv",
                                   "dt=2025-11-21/hr=12/part-0-1.csv"));
}

TEST_F(partition_commit, comes_at_the_end_of_the_input_and_not_at_a_stop) {
  for (const bool end : {false, true}) {
    auto to = open(by_time(table()));
    ASSERT_TRUE(to->write(row("2025-11-21", "12")).ok());
    if (end)
      to->watermark(time_max);
    ASSERT_TRUE(to->flush().ok());
    ASSERT_TRUE(to->close().ok());
    EXPECT_EQ(fs::exists(path("out/dt=2025-11-21/hr=12/_SUCCESS")), end);
  }
}

TEST_F(partition_commit, is_taken_over_by_the_next_run) {
  const auto to = by_time(table());
  {
    auto first = open(to);
    ASSERT_TRUE(first->write(row("2025-11-21", "12")).ok());
    ASSERT_TRUE(first->flush().ok());
  } // fails
  EXPECT_THAT(files(), ElementsAre("dt=2025-11-21/hr=12/part-0-0.csv"));
  auto next = open(to);
  next->watermark(noon_ms + 2 * hour_ms);
  ASSERT_TRUE(next->flush().ok());
  EXPECT_THAT(files(), ElementsAre("dt=2025-11-21/hr=12/_SUCCESS",
                                   "dt=2025-11-21/hr=12/part-0-0.csv"));
  fs::remove(path("out/dt=2025-11-21/hr=12/_SUCCESS"));
  ASSERT_TRUE(open(to)->flush().ok()); // nothing is left to be said
  EXPECT_THAT(files(), ElementsAre("dt=2025-11-21/hr=12/part-0-0.csv"));
}

TEST_F(partition_commit, comes_by_the_clock_a_while_after_the_first_row) {
  const auto options
      = file_options_of(*table({{"sink.partition-commit.delay", "1 h"}}));
  ASSERT_TRUE(options.ok());
  fs::create_directories(path("out/dt=x/hr=1"));
  partition_commits commits(*options);
  ASSERT_TRUE(commits.wrote("dt=x/hr=1", 1000).ok());
  ASSERT_TRUE(commits.wrote("dt=x/hr=1", 5000).ok());
  EXPECT_THAT(commits.due(1000 + hour_ms, time_min), IsEmpty());
  EXPECT_THAT(commits.due(1001 + hour_ms, time_min), ElementsAre("dt=x/hr=1"));
  EXPECT_THAT(commits.due(0, time_max), ElementsAre("dt=x/hr=1"));
  // The mark's age counts on in another run.
  partition_commits next(*options);
  ASSERT_TRUE(next.open().ok());
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                       std::chrono::system_clock::now().time_since_epoch())
                       .count();
  EXPECT_THAT(next.due(now, time_min), IsEmpty());
  EXPECT_THAT(next.due(now + 2 * hour_ms, time_min), ElementsAre("dt=x/hr=1"));
  ASSERT_TRUE(next.commit("dt=x/hr=1").ok());
  EXPECT_THAT(next.due(now + 2 * hour_ms, time_max), IsEmpty());
  EXPECT_THAT(files(), ElementsAre("dt=x/hr=1/_SUCCESS"));
}

TEST_F(partition_commit, comes_with_each_file_without_a_delay) {
  auto to = open(table({{"sink.rolling-policy.file-size", "5"},
                        {"sink.partition-commit.success-file.name", "_DONE"}}));
  ASSERT_TRUE(to->write(row("x", "1")).ok());
  ASSERT_TRUE(to->flush().ok());
  EXPECT_THAT(files(), IsEmpty());
  ASSERT_TRUE(to->write(row("x", "1")).ok());
  ASSERT_TRUE(to->write(row("x", "1")).ok());
  ASSERT_TRUE(to->flush().ok());
  EXPECT_THAT(files(),
              ElementsAre("dt=x/hr=1/_DONE", "dt=x/hr=1/part-0-0.csv"));
}

TEST_F(partition_commit, reads_the_time_from_the_values) {
  const auto with = [&](option_map more) {
    return file_options_of(*table(std::move(more))).value();
  };
  const std::string pattern = "partition.time-extractor.timestamp-pattern";
  const std::string format = "partition.time-extractor.timestamp-formatter";
  const std::string zone = "sink.partition-commit.watermark-time-zone";
  const auto midnight = noon_ms - 12 * hour_ms;
  EXPECT_EQ(ms_of(with({}), "dt=2025-11-21/hr=7"), midnight);
  EXPECT_EQ(ms_of(with({}), "dt=2025-11-21 12%3A00%3A00/hr=7"), noon_ms);
  EXPECT_EQ(ms_of(with({{pattern, "$dt $hr:00:00"}}), "dt=2025-11-21/hr=12"),
            noon_ms);
  EXPECT_EQ(ms_of(with({{pattern, "$dt$hr"}, {format, "yyyyMMddHH"}}),
                  "dt=20251121/hr=12"),
            noon_ms);
  // One column's name may begin another's.
  auto both = with({{pattern, "$d $dt:00:00"}});
  both.partitioned_by = {"d", "dt"};
  EXPECT_EQ(ms_of(both, "d=2025-11-21/dt=12"), noon_ms);
  EXPECT_EQ(ms_of(with({{zone, "Europe/Berlin"}}), "dt=2025-11-21/hr=7"),
            midnight - hour_ms);
  auto to = open(by_time(table()));
  EXPECT_THAT(std::string(message_of(to->write(row("soon", "12")))),
              HasSubstr("'soon 12:00:00' is no time"));
}

TEST_F(partition_commit, comes_when_partitions_are_replaced) {
  const auto to = by_time(table());
  sink_context context;
  context.sink.table = to;
  context.sink.layout = row("", "")->layout;
  context.sink.overwrite = true;
  auto writer = (*find_connector(*to))->make_writer(context);
  ASSERT_TRUE(writer.ok()) << writer.status();
  ASSERT_TRUE((*writer)->open([] {}).ok());
  ASSERT_TRUE((*writer)->write(row("2025-11-21", "12")).ok());
  (*writer)->watermark(time_max);
  ASSERT_TRUE((*writer)->flush().ok());
  EXPECT_THAT(files(), testing::Not(testing::Contains(HasSubstr("_SUCCESS"))));
  ASSERT_TRUE((*writer)->close().ok());
  EXPECT_THAT(files(), ElementsAre("dt=2025-11-21/hr=12/_SUCCESS",
                                   "dt=2025-11-21/hr=12/part-0-0.csv"));
}

TEST_F(partition_commit, is_refused_where_it_says_nothing) {
  const auto check = [](const std::shared_ptr<table_definition>& x) {
    return std::string(message_of(known_connectors().check_sink(*x)));
  };
  const auto with = [&](const char* key, const char* value) {
    return check(
        table({{fmt::format("sink.partition-commit.{}", key), value}}));
  };
  EXPECT_EQ(check(by_time(table())), "");
  EXPECT_TRUE(known_connectors().has_one_writer(*table()));
  auto whole = table();
  whole->partitioned_by.clear();
  EXPECT_THAT(check(whole), HasSubstr("PARTITIONED BY"));
  EXPECT_THAT(with("policy.kind", "metastore,success-file"),
              HasSubstr("it can be one of: success-file"));
  EXPECT_THAT(with("trigger", "time"), HasSubstr("process-time"));
  EXPECT_THAT(with("delay", "soon"), HasSubstr("sink.partition-commit.delay"));
  EXPECT_THAT(with("success-file.name", "done"), HasSubstr("begins with '_'"));
  EXPECT_THAT(with("watermark-time-zone", "Mars"), HasSubstr("no time zone"));
}

} // namespace
} // namespace herald
