#include "tests/engine/connectors/reading.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <map>
#include <mutex>

#include <gmock/gmock.h>

namespace herald {
namespace {

using testing::HasSubstr;

const char* const suite_columns
    = "event_type INT, "
      "person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard "
      "STRING, city STRING, state STRING, dateTime TIMESTAMP(3), extra "
      "STRING>, "
      "auction ROW<id BIGINT, itemName STRING, description STRING, initialBid "
      "BIGINT, reserve BIGINT, dateTime TIMESTAMP(3), expires TIMESTAMP(3), "
      "seller BIGINT, category BIGINT, extra STRING>, "
      "bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, "
      "url STRING, dateTime TIMESTAMP(3), extra STRING>";

std::shared_ptr<table_definition> nexmark(option_map options) {
  options["connector"] = "nexmark";
  return test::table_of(suite_columns, std::move(options));
}

scan_spec only(scan_spec scan, std::int64_t kind) {
  pushed_condition pushed;
  pushed.path = {"event_type"};
  pushed.value = {data_type::of(type_kind::integer), kind};
  scan.pushed.push_back(std::move(pushed));
  return scan;
}

std::vector<std::string> rows(scan_spec scan, std::int64_t batch = 4096,
                              int subtask = 0, int parallelism = 1) {
  auto got = test::read_all(
      test::context_of(std::move(scan), subtask, parallelism), batch);
  EXPECT_TRUE(got.status.ok()) << got.status;
  return got.rows();
}

std::vector<std::int64_t> numbers(option_map options, const std::string& path,
                                  std::int64_t kind) {
  auto got = test::read_all(
      test::context_of(
          only(test::scan_of(nexmark(std::move(options)), {path}), kind)),
      4096);
  EXPECT_TRUE(got.status.ok()) << got.status;
  std::vector<std::int64_t> result;
  for (const auto& x : got.batches)
    for (auto value : x->columns[0]->as<std::int64_t>())
      result.push_back(value);
  return result;
}

double share_of_most_frequent(const std::vector<std::int64_t>& values) {
  std::map<std::int64_t, int> counts;
  int most = 0;
  for (auto x : values)
    most = std::max(most, ++counts[x]);
  return static_cast<double>(most) / static_cast<double>(values.size());
}

TEST(nexmark, does_not_depend_on_batch_size) {
  auto scan = test::scan_of(nexmark({{"events.num", "1000"}}));
  auto expected = rows(scan);
  ASSERT_EQ(expected.size(), 1000u);
  EXPECT_EQ(rows(scan, 1), expected);
  EXPECT_EQ(rows(scan, 7), expected);
  EXPECT_EQ(rows(scan, 100), expected);
}

TEST(nexmark, does_not_depend_on_parallelism) {
  auto scan = test::scan_of(nexmark({{"events.num", "1003"}}));
  auto expected = rows(scan);
  for (int n : {2, 3, 8, 64}) {
    std::vector<std::string> joined(expected.size());
    for (int i = 0; i < n; ++i) {
      auto part = rows(scan, 50, i, n);
      for (std::size_t k = 0; k < part.size(); ++k)
        joined.at(k * static_cast<std::size_t>(n) + static_cast<std::size_t>(i))
            = part[k];
    }
    EXPECT_EQ(joined, expected) << n;
  }
}

TEST(nexmark, does_not_depend_on_the_columns_asked_for) {
  auto table = nexmark({{"events.num", "2000"}, {"seed", "7"}});
  auto whole = test::read_all(test::context_of(test::scan_of(table)), 4096);
  ASSERT_TRUE(whole.status.ok());
  std::vector<std::string> paths{"event_type"};
  for (const auto& column : table->columns)
    if (column.type.kind() == type_kind::row)
      for (const auto& field : column.type.fields())
        paths.push_back(column.name + "." + field.name);
  for (const auto& path : paths) {
    auto alone
        = test::read_all(test::context_of(test::scan_of(table, {path})), 333);
    ASSERT_TRUE(alone.status.ok());
    std::size_t row = 0;
    for (const auto& x : alone.batches)
      for (std::int64_t i = 0; i < x->rows; ++i, ++row) {
        auto column = whole.batches[0]->columns[0];
        auto dot = path.find('.');
        if (dot != std::string::npos) {
          auto at = *whole.batches[0]->layout->find(path.substr(0, dot));
          const auto& outer = whole.batches[0]->columns[at];
          const auto& fields = outer->type.fields();
          auto inner
              = std::find_if(fields.begin(), fields.end(), [&](const field& f) {
                  return f.name == path.substr(dot + 1);
                });
          column = outer->children[static_cast<std::size_t>(inner
                                                            - fields.begin())];
          ASSERT_EQ(outer->is_null(static_cast<std::int64_t>(row)),
                    x->columns[0]->is_null(i));
        }
        ASSERT_EQ(value_at(*column, static_cast<std::int64_t>(row)),
                  value_at(*x->columns[0], i))
            << path << " " << row;
      }
  }
}

TEST(nexmark, gives_only_the_kind_that_is_pushed_and_counts_all) {
  auto scan = test::scan_of(nexmark({{"events.num", "5000"}}),
                            {"event_type", "bid.auction", "bid.url"});
  std::vector<std::string> bids;
  for (auto& row : rows(scan))
    if (row.starts_with("{\"event_type\":2,"))
      bids.push_back(row);
  auto got = test::read_all(test::context_of(only(scan, 2)), 64);
  EXPECT_EQ(got.rows(), bids);
  EXPECT_EQ(got.counters.records, 5000);
  EXPECT_EQ(bids.size(), 4600u);
}

TEST(nexmark, resumes_at_a_position) {
  auto scan = test::scan_of(nexmark({{"events.num", "900"}}));
  auto expected = rows(scan);
  auto context = test::context_of(scan);
  auto first = test::read_all(context, 100, 4);
  ASSERT_EQ(first.rows().size(), 400u);
  context.restore = first.positions;
  auto rest = test::read_all(context, 100).rows();
  auto all = first.rows();
  all.insert(all.end(), rest.begin(), rest.end());
  EXPECT_EQ(all, expected);
}

TEST(nexmark, spreads_event_time_and_kinds_as_the_suite_does) {
  auto scan = test::scan_of(nexmark({{"events.num", "100"},
                                     {"event.rate", "1000"},
                                     {"start-time", "2026-01-02 00:00:00"}}));
  auto got = rows(scan);
  EXPECT_THAT(got[0], HasSubstr("\"event_type\":0"));
  EXPECT_THAT(got[3], HasSubstr("\"event_type\":1"));
  EXPECT_THAT(got[4], HasSubstr("\"event_type\":2"));
  EXPECT_THAT(got[4], HasSubstr("\"dateTime\":\"2026-01-02 00:00:00.004\""));
  EXPECT_THAT(got[50], HasSubstr("\"person\":{\"id\":1001,"));
  EXPECT_THAT(got[53], HasSubstr("\"auction\":{\"id\":1005,"));
}

TEST(nexmark, draws_from_the_suites_distributions) {
  option_map options{{"events.num", "500000"}};
  auto prices = numbers(options, "bid.price", 2);
  std::array<int, 6> decades{};
  for (auto x : prices) {
    ASSERT_GE(x, 100);
    ASSERT_LE(x, 100'000'000);
    auto at = static_cast<std::size_t>(std::log10(static_cast<double>(x) / 100)
                                       + 1e-9);
    ++decades[std::min<std::size_t>(at, 5)];
  }
  for (auto count : decades)
    EXPECT_NEAR(static_cast<double>(count) / static_cast<double>(prices.size()),
                1.0 / 6, 0.01);
  auto categories = numbers(options, "auction.category", 1);
  EXPECT_EQ(*std::min_element(categories.begin(), categories.end()), 10);
  EXPECT_EQ(*std::max_element(categories.begin(), categories.end()), 14);
  // Of the bids while one auction (person) is hot, half (three quarters) go
  // to (come from) it.
  options["events.num"] = "1500";
  EXPECT_NEAR(share_of_most_frequent(numbers(options, "bid.auction", 2)), 0.5,
              0.05);
  EXPECT_NEAR(share_of_most_frequent(numbers(options, "bid.bidder", 2)), 0.75,
              0.05);
  EXPECT_NEAR(share_of_most_frequent(numbers(options, "auction.seller", 1)),
              0.75, 0.15);
}

TEST(nexmark, refuses_columns_that_the_suite_does_not_have) {
  auto check = [](const std::string& columns) {
    auto table = test::table_of(columns, {{"connector", "nexmark"}});
    return std::string(message_of(known_connectors().check_source(*table)));
  };
  EXPECT_THAT(check("x INT"), HasSubstr("nexmark has no column x"));
  EXPECT_THAT(check("bid ROW<prize BIGINT>"),
              HasSubstr("nexmark's bid has no field prize"));
  EXPECT_THAT(check("bid ROW<price INT>"),
              HasSubstr("nexmark's bid.price is a BIGINT, not a INT"));
  EXPECT_EQ(check("bid ROW<price BIGINT, auction BIGINT>"), "");
}

TEST(nexmark, refuses_options_that_make_no_sense) {
  auto check = [](option_map options) {
    return std::string(message_of(
        known_connectors().check_source(*nexmark(std::move(options)))));
  };
  EXPECT_THAT(check({{"event.num", "5"}}), HasSubstr("did you mean "));
  EXPECT_THAT(check({{"rate", "0"}}), HasSubstr("option 'rate' is '0'"));
  EXPECT_THAT(check({{"start-time", "noon"}}), HasSubstr("'noon'"));
  EXPECT_THAT(check({{"person.proportion", "0"}}), HasSubstr("persons"));
}

TEST(nexmark, keeps_to_a_rate_and_wakes_when_more_is_due) {
  auto table = nexmark({{"events.num", "40"}, {"rate", "1000"}});
  std::mutex mutex;
  std::condition_variable rung;
  int bells = 0;
  auto context = test::context_of(test::scan_of(table, {"event_type"}));
  auto reader = (*find_connector(*table))->make_reader(context);
  ASSERT_TRUE(reader.ok());
  auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE((*reader)
                  ->open([&] {
                    std::lock_guard lock(mutex);
                    ++bells;
                    rung.notify_one();
                  })
                  .ok());
  std::int64_t seen = 0;
  for (;;) {
    auto event = (*reader)->poll(4096);
    ASSERT_TRUE(event.ok());
    if (std::holds_alternative<source_finished>(*event))
      break;
    if (auto* given = std::get_if<source_rows>(&*event)) {
      seen += given->rows->rows;
      continue;
    }
    std::unique_lock lock(mutex);
    rung.wait(lock, [&] { return bells > 0; });
    bells = 0;
  }
  EXPECT_EQ(seen, 40);
  EXPECT_GE(std::chrono::steady_clock::now() - start,
            std::chrono::milliseconds(39));
}

} // namespace
} // namespace herald
