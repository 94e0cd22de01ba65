#include "tests/engine/connectors/reading.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

// Compares the generator with 100,000 events that the suite's own generator
// has made. The file is not part of the project: HERALD_NEXMARK_EVENTS names
// it, or it lies beside the project's folder.

namespace herald {
namespace {

constexpr std::int64_t events = 100'000;

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

std::string frozen_file() {
  if (const char* given = std::getenv("HERALD_NEXMARK_EVENTS"))
    return given;
  return "../shared/cases/nexmark/events.json.gz";
}

class nexmark_frozen : public testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(frozen_file()))
      GTEST_SKIP() << frozen_file() << " is not there";
    frozen_ = read({{"connector", "filesystem"},
                    {"path", frozen_file()},
                    {"format", "json"}});
    ours_ = read({{"connector", "nexmark"},
                  {"events.num", std::to_string(events)},
                  {"event.rate", "1000"}});
    ASSERT_EQ(frozen_->rows, events);
    ASSERT_EQ(ours_->rows, events);
  }

  static batch_ptr read(option_map options) {
    auto got = test::read_all(test::context_of(test::scan_of(test::table_of(
                                  suite_columns, std::move(options)))),
                              events);
    EXPECT_TRUE(got.status.ok()) << got.status;
    EXPECT_TRUE(got.dead.empty());
    return concat(got.batches);
  }

  static const column& field_of(const batch& x, const std::string& kind,
                                const std::string& name) {
    const auto& outer = x.columns[*x.layout->find(kind)];
    const auto& fields = outer->type.fields();
    auto at = std::find_if(fields.begin(), fields.end(),
                           [&](const field& f) { return f.name == name; });
    return *outer->children[static_cast<std::size_t>(at - fields.begin())];
  }

  /// Values of `f` over the rows of a kind.
  template <class F>
  static std::vector<double> values(const batch& x, const std::string& kind,
                                    const std::string& name, F f) {
    const auto& column = field_of(x, kind, name);
    const auto& outer = *x.columns[*x.layout->find(kind)];
    std::vector<double> result;
    for (std::int64_t row = 0; row < x.rows; ++row)
      if (!outer.is_null(row))
        result.push_back(f(column, row));
    return result;
  }

  /// Compares means and the values below which 1, 10, … 99 of 100 lie.
  template <class F>
  void expect_alike(const std::string& kind, const std::string& name, F f,
                    double tolerance) {
    auto a = values(*frozen_, kind, name, f);
    auto b = values(*ours_, kind, name, f);
    ASSERT_EQ(a.size(), b.size());
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    auto span = std::max(a.back() - a.front(), 1e-9);
    for (int percent : {1, 10, 25, 50, 75, 90, 99}) {
      auto at = a.size() * static_cast<std::size_t>(percent) / 100;
      EXPECT_NEAR((b[at] - a[at]) / span, 0, tolerance)
          << kind << "." << name << " at " << percent << " %: " << a[at]
          << " against " << b[at];
    }
  }

  static double number(const column& x, std::int64_t row) {
    return static_cast<double>(
        x.as<std::int64_t>()[static_cast<std::size_t>(row)]);
  }

  static double size(const column& x, std::int64_t row) {
    return static_cast<double>(x.text(row).size());
  }

  batch_ptr frozen_;
  batch_ptr ours_;
};

TEST_F(nexmark_frozen, has_the_same_kinds_at_the_same_times) {
  EXPECT_EQ(frozen_->columns[0]->null_count, 0);
  // The frozen events begin elsewhere in the cycle of 50.
  std::map<int, int> kinds[2];
  for (std::int64_t row = 0; row < events; ++row) {
    auto at = static_cast<std::size_t>(row);
    ++kinds[0][frozen_->columns[0]->as<std::int32_t>()[at]];
    ++kinds[1][ours_->columns[0]->as<std::int32_t>()[at]];
  }
  EXPECT_EQ(kinds[0], kinds[1]);
}

TEST_F(nexmark_frozen, has_alike_numbers) {
  auto logarithm = [](const column& x, std::int64_t row) {
    return std::log(number(x, row));
  };
  expect_alike("bid", "price", logarithm, 0.01);
  expect_alike("auction", "initialBid", logarithm, 0.04);
  expect_alike("auction", "reserve", logarithm, 0.04);
  expect_alike("auction", "category", number, 0.26);
  expect_alike("bid", "auction", number, 0.02);
  expect_alike("bid", "bidder", number, 0.06);
  expect_alike("auction", "seller", number, 0.06);
  expect_alike("person", "id", number, 0.01);
  expect_alike("auction", "id", number, 0.01);
}

TEST_F(nexmark_frozen, has_texts_of_alike_sizes) {
  for (const auto* name :
       {"name", "emailAddress", "creditCard", "city", "state", "extra"})
    expect_alike("person", name, size, 0.15);
  for (const auto* name : {"itemName", "description", "extra"})
    expect_alike("auction", name, size, 0.07);
  // Sizes of channels jump at the median, between hot ones and the others.
  for (const auto* name : {"url", "extra"})
    expect_alike("bid", name, size, 0.05);
}

TEST_F(nexmark_frozen, lets_auctions_last_as_long) {
  auto lasting = [&](const batch& x) {
    auto end = values(x, "auction", "expires", number);
    auto begin = values(x, "auction", "dateTime", number);
    double sum = 0;
    for (std::size_t i = 0; i < end.size(); ++i)
      sum += end[i] - begin[i];
    return sum / static_cast<double>(end.size());
  };
  EXPECT_NEAR(lasting(*ours_) / lasting(*frozen_), 1, 0.05);
}

TEST_F(nexmark_frozen, has_hot_ones_as_often) {
  auto distinct
      = [&](const batch& x, const std::string& kind, const std::string& name) {
          auto all = values(x, kind, name, number);
          std::sort(all.begin(), all.end());
          return static_cast<double>(std::unique(all.begin(), all.end())
                                     - all.begin());
        };
  auto hot_channels = [&](const batch& x) {
    auto all
        = values(x, "bid", "channel", [](const column& c, std::int64_t row) {
            return c.text(row).starts_with("channel-") ? 0. : 1.;
          });
    double sum = 0;
    for (auto hot : all)
      sum += hot;
    return sum / static_cast<double>(all.size());
  };
  EXPECT_NEAR(hot_channels(*ours_), hot_channels(*frozen_), 0.01);
  for (const auto* name : {"auction", "bidder"})
    EXPECT_NEAR(distinct(*ours_, "bid", name) / distinct(*frozen_, "bid", name),
                1, 0.05)
        << name;
  EXPECT_NEAR(distinct(*ours_, "auction", "seller")
                  / distinct(*frozen_, "auction", "seller"),
              1, 0.1);
}

} // namespace
} // namespace herald
