#include "cluster/log/sqlite_log.hpp"
#include "tests/cluster/log_contract.hpp"

#include <filesystem>
#include <fstream>

namespace herald::cluster {
namespace {

class sqlite_log_test : public testing::Test {
protected:
  void SetUp() override {
    folder_
        = testing::TempDir() + "herald_sqlite_log_" + to_string(random_bits());
    std::filesystem::create_directory(folder_);
  }

  void TearDown() override {
    std::filesystem::remove_all(folder_);
  }

  std::string path() const {
    return folder_ + "/log.db";
  }

  std::unique_ptr<sqlite_log> open() {
    auto log = sqlite_log::open(path());
    EXPECT_TRUE(log.ok()) << log.status();
    return log.ok() ? *std::move(log) : nullptr;
  }

private:
  std::string folder_;
};

TEST_F(sqlite_log_test, delivers_what_was_appended) {
  contract::delivers_what_was_appended(open());
}

TEST_F(sqlite_log_test, waits_for_a_slow_subscriber) {
  contract::waits_for_a_slow_subscriber(open());
}

TEST_F(sqlite_log_test, refuses_only_what_is_too_large) {
  contract::refuses_only_what_is_too_large(open());
}

TEST_F(sqlite_log_test, closing_answers_every_append) {
  contract::closing_answers_every_append(open());
}

TEST_F(sqlite_log_test, a_reopened_log_goes_on_where_it_was) {
  {
    auto log = open();
    log->subscribe({0}, {});
    ASSERT_TRUE(append_and_wait(*log, "first").ok());
    ASSERT_TRUE(append_and_wait(*log, "second").ok());
  }
  auto log = open();
  log_probe probe;
  log->subscribe({1}, probe.listener());
  EXPECT_EQ(append_and_wait(*log, "third").value(), log_position{3});
  std::vector<log_probe::record> expected{{{2}, "second"}, {{3}, "third"}};
  EXPECT_EQ(probe.wait_for_records(2), expected);
  log->close();
}

TEST_F(sqlite_log_test, a_second_process_is_refused) {
  auto log = open();
  auto second = sqlite_log::open(path());
  EXPECT_TRUE(absl::IsFailedPrecondition(second.status()));
  EXPECT_NE(std::string(second.status().message()).find("another process"),
            std::string::npos)
      << second.status();
}

TEST_F(sqlite_log_test, a_file_that_is_no_log_is_refused) {
  std::ofstream(path()) << std::string(5000, 'x');
  auto log = sqlite_log::open(path());
  EXPECT_TRUE(absl::IsDataLoss(log.status())) << log.status();
}

TEST_F(sqlite_log_test, a_missing_folder_is_named) {
  auto log = sqlite_log::open(path() + "/nowhere/log.db");
  EXPECT_NE(std::string(log.status().message()).find("nowhere"),
            std::string::npos)
      << log.status();
}

} // namespace
} // namespace herald::cluster
