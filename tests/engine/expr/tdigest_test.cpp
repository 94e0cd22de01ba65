#include "engine/expr/tdigest.hpp"
#include "tests/engine/expr/support.hpp"
#include "tests/support/seeds.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// t-digests against the numbers themselves, split over several digests that
// are written, read and merged.

namespace herald::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

const std::vector<double> fractions{0,   0.001, 0.01, 0.05,  0.25, 0.5,
                                    0.6, 0.9,   0.99, 0.999, 1};

std::string bytes_of(const tdigest& x) {
  std::string result;
  x.write(result);
  return result;
}

tdigest digest_of(const std::vector<double>& values) {
  tdigest result;
  for (const auto x : values)
    result.add(x);
  return result;
}

constexpr std::uint64_t shapes = 6;
constexpr std::uint64_t long_tail = 1; ///< up to e^100

/// Numbers of one of several shapes, some in order.
std::vector<double> random_numbers(std::mt19937_64& random,
                                   std::uint64_t shape) {
  const auto count = 1 + random() % (random() % 2 == 0 ? 500 : 30'000);
  std::vector<double> result(count);
  std::normal_distribution<double> normal(-3, 20);
  std::exponential_distribution<double> exponential(0.1);
  for (auto& x : result)
    switch (shape) {
    case 0:
      x = normal(random);
      break;
    case long_tail:
      x = std::exp(exponential(random));
      break;
    case 2:
      x = static_cast<double>(random() % 5); // many that are equal
      break;
    default:
      x = static_cast<double>(random() >> 11);
    }
  if (shape == 4)
    std::sort(result.begin(), result.end());
  if (shape == 5)
    std::sort(result.begin(), result.end(), std::greater<>());
  return result;
}

/// How far the share of `sorted` below `value` is from `fraction`; 0 if
/// `value` is there more than once and `fraction` is among them.
double rank_error(const std::vector<double>& sorted, double value,
                  double fraction) {
  const auto place = fraction * static_cast<double>(sorted.size() - 1);
  const auto [low, high]
      = std::equal_range(sorted.begin(), sorted.end(), value);
  const auto first = static_cast<double>(low - sorted.begin());
  const auto last = static_cast<double>(high - sorted.begin());
  const auto off = std::max({0.0, first - place - 1, place - last});
  return off / static_cast<double>(sorted.size());
}

class tdigest_property : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(tdigest_property, is_as_near_as_its_weights_are_small) {
  std::mt19937_64 random(GetParam());
  const auto shape = random() % shapes;
  auto values = random_numbers(random, shape);
  std::vector<tdigest> parts(1 + random() % 4);
  for (const auto x : values)
    parts[random() % parts.size()].add(x);
  tdigest whole;
  for (const auto& part : parts) {
    tdigest read;
    ASSERT_TRUE(read.read(bytes_of(part)));
    whole.merge(read);
  }
  ASSERT_EQ(whole.count(), static_cast<std::int64_t>(values.size()));
  std::sort(values.begin(), values.end());
  const auto found = whole.quantiles(fractions);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
  EXPECT_EQ(found.front(), values.front());
  EXPECT_EQ(found.back(), values.back());
  // The mean of steep numbers is near the largest, not in their middle.
  const auto share = shape == long_tail ? 2 : 0.5;
  for (std::size_t i = 0; i < fractions.size(); ++i) {
    const auto q = fractions[i];
    const auto widest
        = 2 * std::numbers::pi / tdigest::compression * std::sqrt(q * (1 - q));
    EXPECT_LE(rank_error(values, found[i], q),
              widest * share + 1 / static_cast<double>(values.size()))
        << found[i] << " at " << q << " of " << values.size();
  }
}

TEST_P(tdigest_property, goes_on_as_if_it_had_not_been_written) {
  std::mt19937_64 random(GetParam());
  const auto values = random_numbers(random, random() % shapes);
  const auto half = random() % values.size();
  tdigest whole;
  tdigest moved;
  for (std::size_t i = 0; i < values.size(); ++i) {
    whole.add(values[i]);
    moved.add(values[i]);
    if (i == half) {
      tdigest next;
      ASSERT_TRUE(next.read(bytes_of(moved)));
      moved = next;
    }
  }
  EXPECT_EQ(bytes_of(whole), bytes_of(moved));
}

INSTANTIATE_TEST_SUITE_P(seeds, tdigest_property,
                         ::testing::Range(std::uint64_t{1},
                                          1 + herald::testing::seed_count(60)));

TEST(tdigest, is_exact_for_few_numbers) {
  const auto some = digest_of({4, 1, 3, 2});
  EXPECT_EQ(some.quantiles(std::vector{0.0, 0.5, 1.0, 0.25}),
            (std::vector{1.0, 2.5, 4.0, 1.75}));
  std::vector<double> values;
  for (std::size_t i = 0; i < tdigest::waiting_max; ++i)
    values.push_back(static_cast<double>(i * i));
  EXPECT_EQ(digest_of(values).quantiles(std::vector{100.0 / 399})[0], 10'000);
}

TEST(tdigest, knows_numbers_without_a_mean) {
  const auto all = digest_of({nan, 5, infinity, -infinity, -nan, 5});
  const auto found
      = all.quantiles(std::vector{0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 1.0});
  EXPECT_EQ(found[0], -infinity);
  EXPECT_EQ(found[1], 5);
  EXPECT_EQ(found[2], 5);
  EXPECT_EQ(found[3], infinity); // between 5 and infinity
  EXPECT_EQ(found[4], infinity);
  EXPECT_TRUE(std::isnan(found[5]));
  EXPECT_TRUE(std::isnan(found[6]));
  tdigest read;
  ASSERT_TRUE(read.read(bytes_of(all)));
  EXPECT_EQ(read.count(), 6);
}

TEST(tdigest, joins_the_largest_numbers_there_are) {
  constexpr auto most = std::numeric_limits<double>::max();
  tdigest all;
  for (int i = 0; i < 5000; ++i)
    all.add(i % 2 == 0 ? most : -most);
  for (const auto x : all.quantiles(fractions))
    EXPECT_TRUE(std::isfinite(x)) << x;
}

TEST(tdigest, stays_small) {
  std::mt19937_64 random(3);
  tdigest all;
  for (int i = 0; i < 200'000; ++i)
    all.add(static_cast<double>(random() % 1'000'000));
  EXPECT_LE(all.memory_bytes(), 8300);
  for (int i = 0; i < 70; ++i) // each doubles the weights, as long as they fit
    if (auto copy = all; copy.count() < (std::int64_t{1} << 60))
      all.merge(copy);
  EXPECT_LE(all.memory_bytes(), 8300);
  EXPECT_NEAR(all.quantiles(std::vector{0.5})[0], 500'000, 20'000);
}

TEST(tdigest, refuses_bytes_that_are_none_of_its_own) {
  const auto bytes = bytes_of(digest_of({1, 2, 3}));
  tdigest other;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    if ((bytes.size() - cut) % 16 != 0) {
      EXPECT_FALSE(other.read(std::string_view(bytes).substr(0, cut)));
    }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto wrong = bytes;
    wrong[at] = static_cast<char>(wrong[at] ^ 0xff);
    if (other.read(wrong)) { // then it is another digest, no less sound
      EXPECT_EQ(other.quantiles(fractions).size(), fractions.size());
    }
  }
  EXPECT_FALSE(other.read(std::string(100'000, '\0')));
  EXPECT_TRUE(other.read(bytes_of({})));
  EXPECT_EQ(other.count(), 0);
}

TEST(approximate_percentile, says_what_it_takes) {
  const auto number = data_type::of(kind::float64);
  const auto wrong = [&](std::vector<expr_ptr> more) {
    more.insert(more.begin(), make_column(0, number));
    return std::string(
        make_aggregate("approx_percentile", more, false, nullptr, true)
            .status()
            .message());
  };
  EXPECT_THAT(wrong({dbl(1.5)}), ::testing::HasSubstr("from 0 to 1"));
  EXPECT_THAT(wrong({make_column(0, number)}),
              ::testing::HasSubstr("APPROX_PERCENTILE must be constant"));
  EXPECT_THAT(wrong({lit("x")}), ::testing::HasSubstr("(number, fraction"));
  EXPECT_FALSE(wrong({dbl(0.5), dbl(1)}).empty());
}

} // namespace
} // namespace herald::test
