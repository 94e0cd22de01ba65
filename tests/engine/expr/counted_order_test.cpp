#include "engine/expr/counted_order.hpp"
#include "tests/support/seeds.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include <gtest/gtest.h>

// Numbers in order against a map.

namespace herald {
namespace {

struct nan_last {
  bool operator()(double a, double b) const {
    return std::isnan(b) ? !std::isnan(a) : a < b;
  }
};

class counted_orders : public ::testing::TestWithParam<std::uint64_t> {
protected:
  double number() {
    const auto kind = random_() % 40;
    if (kind == 0)
      return std::numeric_limits<double>::quiet_NaN();
    if (kind == 1)
      return -std::numeric_limits<double>::infinity();
    return static_cast<double>(random_() % different_);
  }

  void change(double value, std::int64_t by) {
    order_.change(value, by);
    auto& count = model_[value];
    count += by;
    if (count == 0)
      model_.erase(value);
  }

  void expect_same() const {
    std::vector<std::pair<double, std::int64_t>> entries;
    order_.for_each(
        [&](const auto& x) { entries.emplace_back(x.value, x.count); });
    ASSERT_EQ(entries.size(), model_.size());
    std::int64_t rank = 0;
    std::size_t at = 0;
    for (const auto& [value, count] : model_) {
      ASSERT_FALSE(nan_last{}(value, entries[at].first)
                   || nan_last{}(entries[at].first, value));
      ASSERT_EQ(count, entries[at++].second);
      for (const auto x : {rank, rank + count - 1}) {
        const auto found = order_.at_rank(x);
        ASSERT_FALSE(nan_last{}(value, found) || nan_last{}(found, value)) << x;
      }
      rank += count;
    }
    ASSERT_EQ(order_.total(), rank);
  }

  std::mt19937_64 random_{GetParam()};
  std::uint64_t different_ = 1 + random_() % 2'000;
  counted_order order_;
  std::map<double, std::int64_t, nan_last> model_;
};

TEST_P(counted_orders, have_what_a_map_has) {
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 1'500; ++i)
      change(number(), static_cast<std::int64_t>(1 + random_() % 3));
    expect_same();
    for (int i = 0; i < 1'200 && !model_.empty(); ++i) {
      const auto x = model_.lower_bound(number());
      const auto& [value, count] = x == model_.end() ? *model_.begin() : *x;
      change(double{value}, random_() % 2 == 0 ? -1 : -std::int64_t{count});
    }
    expect_same();
  }
  while (!model_.empty())
    change(double{model_.begin()->first},
           -std::int64_t{model_.begin()->second});
  expect_same();
}

INSTANTIATE_TEST_SUITE_P(seeds, counted_orders,
                         ::testing::Range(std::uint64_t{1},
                                          1 + testing::seed_count(20)));

TEST(counted_order, takes_back_what_comes_later) {
  counted_order x;
  x.change(3, -1);
  x.change(5, 1);
  EXPECT_EQ(x.total(), 0);
  x.change(3, 1);
  EXPECT_EQ(x.at_rank(0), 5);
  EXPECT_EQ(x.total(), 1);
}

} // namespace
} // namespace herald
