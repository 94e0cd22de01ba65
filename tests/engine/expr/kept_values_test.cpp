#include "engine/expr/kept_values.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

using namespace herald;

namespace {

scalar number(std::int64_t x) {
  return {data_type::of(type_kind::bigint), x};
}

scalar real(double x) {
  return {data_type::of(type_kind::float64), x};
}

scalar row(std::vector<scalar> parts) {
  return {data_type::row({{"x", data_type::of(type_kind::float64)}}),
          std::move(parts)};
}

std::vector<std::int64_t> numbers_of(const kept_values& x) {
  std::vector<std::int64_t> result;
  for (const auto& value : x.all())
    result.push_back(std::get<std::int64_t>(value.value));
  return result;
}

} // namespace

TEST(kept_values, the_first_that_is_equal_goes_from_lists_of_any_length) {
  for (const int span : {1, 3, 200, 100000}) {
    std::mt19937 random(static_cast<unsigned>(span));
    kept_values x;
    std::vector<std::int64_t> expected;
    for (int i = 0; i < 4000; ++i) {
      // It grows, shrinks to nothing, and grows again.
      const bool grows = i % 2000 < 800;
      if (static_cast<int>(random() % 10) < (grows ? 7 : 2)) {
        const auto value
            = static_cast<std::int64_t>(random() % static_cast<unsigned>(span));
        x.add(number(value));
        expected.push_back(value);
      } else if (!expected.empty()) {
        const auto value = expected[random() % expected.size()];
        x.remove(number(value));
        expected.erase(std::find(expected.begin(), expected.end(), value));
      }
      x.remove(number(-1)); // is not there
      ASSERT_EQ(x.size(), expected.size());
      ASSERT_EQ(x.empty(), expected.empty());
      if (expected.empty())
        continue;
      ASSERT_EQ(x.front(), number(expected.front()));
      ASSERT_EQ(x.back(), number(expected.back()));
      if (i % 50 == 0) {
        ASSERT_EQ(numbers_of(x), expected);
      }
    }
  }
}

TEST(kept_values, what_group_by_takes_for_the_same_goes) {
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  for (const int others : {0, 200}) {
    kept_values x;
    for (int i = 1; i <= others; ++i)
      x.add(row({real(i)}));
    x.add(row({real(nan)}));
    x.add(row({real(-0.0)}));
    x.remove(row({real(-nan)}));
    x.remove(row({real(0.0)}));
    EXPECT_EQ(x.size(), static_cast<std::size_t>(others));
  }
}

TEST(kept_values, a_map_goes_in_whatever_order_it_is_written) {
  const auto text = [](const char* x) {
    return scalar{data_type::of(type_kind::varchar), std::string(x)};
  };
  const auto type = data_type::map(data_type::of(type_kind::varchar),
                                   data_type::of(type_kind::bigint));
  for (const int others : {0, 200}) {
    kept_values x;
    for (int i = 0; i < others; ++i)
      x.add({type, std::vector{text("a"), number(i)}});
    x.add({type, std::vector{text("a"), number(1), text("b"), number(2)}});
    x.remove({type, std::vector{text("b"), number(1), text("a"), number(2)}});
    EXPECT_EQ(x.size(), static_cast<std::size_t>(others + 1));
    x.remove({type, std::vector{text("b"), number(2), text("a"), number(1)}});
    EXPECT_EQ(x.size(), static_cast<std::size_t>(others));
  }
}
