#include "engine/connectors/filesystem/progress.hpp"
#include "tests/engine/connectors/files_fixture.hpp"

#include <chrono>
#include <set>

namespace herald {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

std::vector<std::string> names(int from, int to) {
  std::vector<std::string> result;
  for (int i = from; i < to; ++i)
    result.push_back(fmt::format("in/{:04}", i));
  return result;
}

TEST(new_files, belong_to_one_subtask_each_and_are_given_once) {
  const auto listed = names(0, 100);
  std::multiset<std::string> given;
  for (int i = 0; i < 3; ++i) {
    new_files files(i, 3);
    const auto some = files.take(listed);
    EXPECT_GT(some.size(), 10U);
    for (const auto& x : some)
      given.insert(x.split);
    EXPECT_TRUE(files.take(listed).empty());
  }
  EXPECT_EQ(given, std::multiset<std::string>(listed.begin(), listed.end()));
}

TEST(new_files, go_on_where_they_were_read_to) {
  new_files files(0, 1);
  files.remember({{"in/0000", whole_file}, {"in/0001", 70}});
  files.remember({{"in/0001", 50}}); // noted by another, before
  EXPECT_THAT(
      files.take(names(0, 3)),
      ElementsAre(split_position{"in/0001", 70}, split_position{"in/0002", 0}));
}

TEST(new_files, forgets_beyond_its_limit_what_is_no_longer_there) {
  new_files files(0, 1, 10);
  files.take(names(0, 10));
  files.take(names(5, 10));
  EXPECT_EQ(files.known(), 10U) << "the limit is not reached";
  EXPECT_EQ(files.take(names(5, 12)).size(), 2U);
  EXPECT_EQ(files.known(), 7U);
  EXPECT_TRUE(files.take(names(5, 12)).empty());
  EXPECT_TRUE(files.take({}).empty());
  EXPECT_TRUE(files.take(names(5, 12)).empty()) << "a list of none says little";
  EXPECT_EQ(files.take(names(0, 12)).size(), 5U) << "their names are new again";
}

class monitored_files : public test::files_fixture {
protected:
  monitored_files() {
    fs::create_directories(path("in"));
  }

  std::shared_ptr<table_definition> table(option_map options = {}) const {
    options.insert({{"connector", "filesystem"},
                    {"path", path("in")},
                    {"format", "csv"},
                    {"source.monitor-interval", "1 ms"}});
    return test::table_of("a INT", std::move(options));
  }

  std::unique_ptr<source_reader> open(int subtask = 0, int parallelism = 1,
                                      const std::string& task = "t",
                                      option_map options = {}) const {
    auto made = table(std::move(options));
    auto context = test::context_of(test::scan_of(made), subtask, parallelism);
    context.group = task;
    auto reader = (*find_connector(*made))->make_reader(std::move(context));
    EXPECT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->open([] {}), absl::OkStatus());
    return *std::move(reader);
  }

  /// All that comes until `wanted` rows came and then nothing does.
  static std::vector<std::string> read(source_reader& from, std::size_t wanted,
                                       std::int64_t rows_max = 100) {
    std::vector<std::string> result;
    for (int idle = 0; result.size() < wanted || idle < 2;) {
      auto event = from.poll(rows_max);
      EXPECT_TRUE(event.ok()) << event.status();
      if (!event.ok() || std::holds_alternative<source_finished>(*event))
        return result;
      const auto* got = std::get_if<source_rows>(&*event);
      idle += got == nullptr;
      for (std::int64_t i = 0; got && i < got->rows->rows; ++i)
        result.push_back(fmt::format(
            "{}", got->rows->columns[0]
                      ->as<std::int32_t>()[static_cast<std::size_t>(i)]));
    }
    return result;
  }

  void put_numbers(int from, int to) const {
    for (int i = from; i < to; ++i)
      put(fmt::format("in/{:03}.csv", i), fmt::format("{}\n", i));
  }
};

TEST_F(monitored_files, are_read_as_they_come_and_once) {
  put("in/b.csv", "1\n2\n");
  auto reader = open();
  EXPECT_THAT(read(*reader, 2), ElementsAre("1", "2"));
  put("in/.a.csv", "3\n");
  EXPECT_TRUE(read(*reader, 0).empty());
  fs::rename(path("in/.a.csv"), path("in/a.csv"));
  EXPECT_THAT(read(*reader, 1), ElementsAre("3"));
  put("in/b.csv", "1\n2\n9\n"); // files that grow are not read again
  fs::create_directories(path("in/day=4"));
  put("in/day=4/c.csv", "4\n");
  EXPECT_THAT(read(*reader, 1), ElementsAre("4"));
}

TEST_F(monitored_files, of_a_pattern_need_not_be_there_at_the_start) {
  auto reader = open(0, 1, "t", {{"path", path("in/*.csv")}});
  auto event = reader->poll(1);
  ASSERT_TRUE(event.ok());
  EXPECT_TRUE(std::get<source_idle>(*event).nothing_to_read);
  put_numbers(0, 1);
  EXPECT_THAT(read(*reader, 1), ElementsAre("0"));
  event = reader->poll(1);
  ASSERT_TRUE(event.ok());
  EXPECT_FALSE(std::get<source_idle>(*event).nothing_to_read)
      << "its watermark counts until the idle timeout";
}

TEST_F(monitored_files, are_not_read_again_under_another_parallelism) {
  put_numbers(0, 20);
  std::vector<std::string> all;
  for (int i = 0; i < 2; ++i) {
    auto reader = open(i, 2);
    const auto some = read(*reader, 1);
    all.insert(all.end(), some.begin(), some.end());
    ASSERT_EQ(reader->commit(reader->positions()), absl::OkStatus());
    EXPECT_TRUE(reader->positions().empty());
  }
  EXPECT_EQ(all.size(), 20U);
  put_numbers(20, 40);
  all.clear();
  for (int i = 0; i < 3; ++i) {
    auto reader = open(i, 3);
    const auto some = read(*reader, 1);
    all.insert(all.end(), some.begin(), some.end());
  }
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 20U);
  EXPECT_EQ(all.size(), 20U);
  EXPECT_EQ(read(*open(0, 1, "other task"), 40).size(), 40U);
  EXPECT_EQ(read(*open(0, 1, ""), 40).size(), 40U) << "of no task";
}

TEST_F(monitored_files, go_on_in_the_middle) {
  put("in/a.csv", "1\n2\n3\n4\n");
  {
    auto reader = open();
    ASSERT_TRUE(reader->poll(1).ok());
    ASSERT_EQ(reader->commit(reader->positions()), absl::OkStatus());
    ASSERT_TRUE(reader->poll(1).ok()); // not committed
  }
  EXPECT_THAT(read(*open(), 3), ElementsAre("2", "3", "4"));
}

TEST_F(monitored_files, are_read_when_all_readers_of_the_task_have_them) {
  put_numbers(0, 2);
  {
    auto first = open();
    auto second = open();
    EXPECT_EQ(read(*first, 2).size(), 2U);
    ASSERT_TRUE(second->poll(1).ok());
    ASSERT_EQ(first->commit(first->positions()), absl::OkStatus());
    ASSERT_EQ(second->commit(second->positions()), absl::OkStatus());
  }
  EXPECT_THAT(read(*open(), 1), ElementsAre("1"));
}

TEST_F(monitored_files, that_vanish_before_they_are_read_are_reported) {
  put_numbers(0, 2);
  auto reader = open();
  fs::remove(path("in/000.csv"));
  auto event = reader->poll(10);
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_THAT(std::get<source_rows>(*event).dead.at(0).reason,
              HasSubstr("removed"));
  EXPECT_THAT(read(*reader, 1), ElementsAre("1"));
  fs::remove_all(path("in"));
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (reader->counters().problem.empty()
         && std::chrono::steady_clock::now() < end)
    ASSERT_TRUE(reader->poll(10).ok());
  EXPECT_THAT(reader->counters().problem, HasSubstr("does not exist"));
  fs::create_directories(path("in"));
  put_numbers(5, 6);
  EXPECT_THAT(read(*reader, 1), ElementsAre("5"));
  EXPECT_EQ(reader->counters().problem, "");
}

TEST_F(monitored_files, make_a_table_without_end_but_for_lookups) {
  const auto made = table();
  EXPECT_FALSE((*find_connector(*made))->bounded(*made));
  const auto bad = table({{"source.monitor-interval", "0 s"}});
  EXPECT_THAT((*find_connector(*bad))->check_source(*bad).message(),
              HasSubstr("is no time such as '10 s'"));
  put("file", "");
  const auto here = table({{"source.progress-path", path("file")}});
  auto context = test::context_of(test::scan_of(here));
  context.group = "t";
  auto reader = (*find_connector(*here))->make_reader(std::move(context));
  EXPECT_THAT((*reader)->open([] {}).message(), HasSubstr("cannot be noted"));
}

TEST_F(monitored_files, noted_in_a_torn_line_count_as_unread) {
  const auto folder = path("record");
  {
    auto x = *file_progress::open(folder, path("in"), 0);
    const auto reader = x->join();
    ASSERT_EQ(x->note(reader,
                      {{path("in/a%\nb"), whole_file}, {path("in/x.csv"), 5}}),
              absl::OkStatus());
  }
  std::ofstream(folder + "/0.lines", std::ios::app) << whole_file << " x.csv";
  auto x = *file_progress::open(folder, path("in"), 0);
  EXPECT_THAT(x->before(),
              UnorderedElementsAre(std::pair(path("in/a%\nb"), whole_file),
                                   std::pair(path("in/x.csv"), 5)));
  EXPECT_THAT(text_of("record/0.lines"), testing::EndsWith("\n"));
}

TEST_F(monitored_files, are_noted_in_few_lines) {
  const auto folder = path("record");
  auto x = *file_progress::open(folder, path("in"), 0);
  const auto reader = x->join();
  for (int i = 0; i < 10; ++i) {
    std::vector<split_position> read;
    for (int k = 1; k <= 500; ++k)
      read.push_back({path("in/x.csv"), i * 500 + k});
    ASSERT_EQ(x->note(reader, read), absl::OkStatus());
  }
  const auto text = text_of("record/0.lines");
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 2500);
  x.reset();
  x = *file_progress::open(folder, path("in"), 0);
  EXPECT_EQ(x->before().at(path("in/x.csv")), 5000);
}

} // namespace
} // namespace herald
