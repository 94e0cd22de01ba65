#include "engine/columnar/decimal.hpp"

#include <random>

#include <gtest/gtest.h>

namespace herald {
namespace {

/// The text of what the text parses to, or "none".
std::string through(std::string_view text, int precision, int scale) {
  auto x = parse_decimal(text, precision, scale);
  return x ? format_decimal(*x, scale) : "none";
}

TEST(parse_decimal, takes_plain_and_scientific_numbers) {
  EXPECT_EQ(through("0", 5, 2), "0.00");
  EXPECT_EQ(through("-0.05", 5, 2), "-0.05");
  EXPECT_EQ(through("+12.3", 5, 2), "12.30");
  EXPECT_EQ(through("000123", 5, 0), "123");
  EXPECT_EQ(through(".5", 5, 2), "0.50");
  EXPECT_EQ(through("5.", 5, 2), "5.00");
  EXPECT_EQ(through("1.5e2", 5, 1), "150.0");
  EXPECT_EQ(through("1.5E-2", 5, 3), "0.015");
  EXPECT_EQ(through("15e+1", 5, 1), "150.0");
  EXPECT_EQ(through("0e999999999999", 5, 1), "0.0");
  EXPECT_EQ(through("1e-999999999999", 5, 1), "0.0");
}

TEST(parse_decimal, rounds_halves_away_from_zero) {
  EXPECT_EQ(through("1.005", 5, 2), "1.01");
  EXPECT_EQ(through("-1.005", 5, 2), "-1.01");
  EXPECT_EQ(through("1.00499999999999999999999999999999999999999", 5, 2),
            "1.00");
  EXPECT_EQ(through("0.5", 5, 0), "1");
  EXPECT_EQ(through("0.05", 5, 0), "0");
  EXPECT_EQ(through("999.995", 5, 2), "none"); // rounds to 1000.00
  EXPECT_EQ(through("999.994", 5, 2), "999.99");
}

TEST(parse_decimal, refuses_what_does_not_fit) {
  EXPECT_EQ(through("1000", 5, 2), "none");
  EXPECT_EQ(through("1e38", 38, 0), "none");
  EXPECT_EQ(through("1e999999999999", 38, 0), "none");
  std::string nines(38, '9');
  EXPECT_EQ(through(nines, 38, 0), nines);
  EXPECT_EQ(through("-" + nines, 38, 0), "-" + nines);
  EXPECT_EQ(through(nines + ".5", 38, 0), "none");
  EXPECT_EQ(through("0." + nines, 38, 38), "0." + nines);
}

TEST(parse_decimal, refuses_other_texts) {
  for (auto text : {"", "-", "+", ".", "-.", "e5", "1e", "1e+", "1.2.3", "1 ",
                    " 1", "1x", "0x1", "--1", "NaN", "1e1.5", "1e5e"})
    EXPECT_EQ(through(text, 10, 2), "none") << text;
}

TEST(decimals, come_back_from_their_texts) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 2'000; ++i) {
    auto precision = static_cast<int>(random() % 38) + 1;
    auto scale = static_cast<int>(random() % (precision + 1u));
    auto wide = static_cast<int128>(random()) << 64 | random();
    auto x = wide % power_of_ten(precision);
    EXPECT_TRUE(parse_decimal(format_decimal(x, scale), precision, scale) == x)
        << format_decimal(x, scale);
  }
}

TEST(rescale, agrees_with_texts) {
  std::mt19937_64 random{8};
  for (int i = 0; i < 2'000; ++i) {
    auto from = static_cast<int>(random() % 39);
    auto to = static_cast<int>(random() % 39);
    auto precision = static_cast<int>(random() % 38) + 1;
    auto wide = static_cast<int128>(random()) << 64 | random();
    auto x = wide % power_of_ten(static_cast<int>(random() % 39));
    EXPECT_TRUE(rescale(x, from, to, precision)
                == parse_decimal(format_decimal(x, from), precision, to))
        << format_decimal(x, from) << " to " << to;
  }
}

TEST(decimals, fit_up_to_the_last_digit) {
  EXPECT_TRUE(fits_precision(999, 3));
  EXPECT_TRUE(fits_precision(-999, 3));
  EXPECT_FALSE(fits_precision(1000, 3));
  EXPECT_FALSE(fits_precision(-1000, 3));
}

} // namespace
} // namespace herald
