#include "engine/columnar/ticks.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace herald {
namespace {

constexpr std::int64_t ms = 1'000;
constexpr std::int64_t ns = 1'000'000'000;

TEST(civil_days, count_one_by_one_over_two_eras) {
  auto days = days_from_civil(1599, 12, 31);
  for (std::int64_t year = 1600; year < 2400; ++year)
    for (int month = 1; month <= 12; ++month)
      for (int day = 1; day <= days_in_month(year, month); ++day) {
        ASSERT_EQ(days_from_civil(year, month, day), ++days);
        ASSERT_EQ(civil_from_days(days), (civil_date{year, month, day}));
      }
}

TEST(civil_days, agree_with_known_dates) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(2000, 3, 1), 11'017);
  EXPECT_EQ(days_from_civil(0, 1, 1), -719'528);
  EXPECT_EQ(civil_from_days(-719'529), (civil_date{-1, 12, 31}));
  for (auto days : {std::numeric_limits<std::int32_t>::min(),
                    std::numeric_limits<std::int32_t>::max()}) {
    auto [year, month, day] = civil_from_days(days);
    EXPECT_EQ(days_from_civil(year, month, day), days);
  }
}

TEST(parse_timestamp, takes_the_forms_of_sql_and_json) {
  auto expected = std::int64_t{1'795'225'370} * ms + 289;
  EXPECT_EQ(parse_timestamp("2026-11-21 01:42:50.289", ms), expected);
  EXPECT_EQ(parse_timestamp("2026-11-21T01:42:50.289", ms), expected);
  EXPECT_EQ(parse_timestamp("2026-11-21T01:42:50.289Z", ms), expected);
  EXPECT_EQ(parse_timestamp("2026-11-21 01:42:50.2899999", ms), expected);
  EXPECT_EQ(parse_timestamp("2026-11-21 01:42:50", ms), expected - 289);
  EXPECT_EQ(parse_timestamp("2026-11-21 01:42:50Z", ms), expected - 289);
  EXPECT_EQ(parse_timestamp("2026-11-21", ms),
            days_from_civil(2026, 11, 21) * 86'400 * ms);
  EXPECT_EQ(parse_timestamp("1969-12-31 23:59:59.000000001", ns), 1 - ns);
  EXPECT_EQ(parse_timestamp("10000-01-01 00:00:00", ms),
            days_from_civil(10'000, 1, 1) * 86'400 * ms);
}

TEST(parse_timestamp, refuses_everything_else) {
  for (auto text : {"",
                    "2026",
                    "2026-11",
                    "2026-11-2",
                    "2026-1-21",
                    "2026-11-21 ",
                    "2026-11-21 01",
                    "2026-11-21 01:42",
                    "2026-11-21 01:42:5",
                    "2026-11-21 01:42:50.",
                    "2026-11-21 01:42:50.Z",
                    "2026-11-21 01:42:50ZZ",
                    "2026-11-21 01:42:50 ",
                    " 2026-11-21 01:42:50",
                    "2026-11-21x01:42:50",
                    "2026-13-01 00:00:00",
                    "2026-00-01 00:00:00",
                    "2026-02-29 00:00:00",
                    "2026-04-31 00:00:00",
                    "2026-11-21 24:00:00",
                    "2026-11-21 00:60:00",
                    "2026-11-21 00:00:60",
                    "2o26-11-21 00:00:00",
                    "2026/11/21 00:00:00",
                    "2026-11-21 00.00.00",
                    "+2026-11-21 00:00:00",
                    "20260-11-21 00:00:0",
                    "99999999-01-01",
                    "2026-11-21Z",
                    "2026-11-21 01:42:50+01:00"})
    EXPECT_EQ(parse_timestamp(text, ms), std::nullopt) << text;
}

/// Whether "yyyy-MM-dd?HH:mm:ss" is right, told character by character.
bool is_right(const std::string& text) {
  const std::string shape = "0000-00-00 00:00:00";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    auto digit = text[i] >= '0' && text[i] <= '9';
    auto same = text[i] == shape[i] || (i == 10 && text[i] == 'T');
    if (shape[i] == '0' ? !digit : !same)
      return false;
  }
  auto number = [&](std::size_t at, std::size_t size) {
    return std::stoi(text.substr(at, size));
  };
  auto month = number(5, 2);
  return month >= 1 && month <= 12 && number(8, 2) >= 1
         && number(8, 2) <= days_in_month(number(0, 4), month)
         && number(11, 2) < 24 && number(14, 2) < 60 && number(17, 2) < 60;
}

TEST(parse_timestamp, is_right_about_every_change_of_one_character) {
  for (std::string base :
       {"2026-11-21 01:42:50", "2024-02-29T23:59:59", "0999-09-10 19:39:09"})
    for (std::size_t at = 0; at < base.size(); ++at)
      for (int byte = 0; byte < 256; ++byte) {
        auto text = base;
        text[at] = static_cast<char>(byte);
        auto x = parse_timestamp(text, ms);
        // A minus sign in front makes it a year before 0.
        if (at == 0 && byte == '-')
          continue;
        ASSERT_EQ(x.has_value(), is_right(text)) << text;
        if (!x)
          continue;
        std::string printed;
        append_timestamp(printed, *x, ms, 0);
        text[10] = ' ';
        ASSERT_EQ(printed, text);
      }
}

TEST(parse_timestamp, reads_leap_days_of_leap_years_only) {
  EXPECT_TRUE(parse_timestamp("2000-02-29 00:00:00", ms));
  EXPECT_TRUE(parse_timestamp("2024-02-29 00:00:00", ms));
  EXPECT_FALSE(parse_timestamp("1900-02-29 00:00:00", ms));
}

TEST(parse_timestamp, refuses_ticks_beyond_64_bits_but_nanoseconds) {
  EXPECT_EQ(parse_timestamp("2262-04-11 23:47:16.854775808", ns),
            int128{std::numeric_limits<std::int64_t>::max()} + 1);
  EXPECT_EQ(parse_timestamp("0001-01-01 00:00:00.000000001", ns),
            int128{-62'135'596'800} * ns + 1);
  EXPECT_TRUE(parse_timestamp("9999999-12-31 00:00:00", ms));
  EXPECT_TRUE(parse_timestamp("294247-01-10 04:00:54.775807", ms * ms));
  EXPECT_FALSE(parse_timestamp("294247-01-10 04:00:54.775808", ms * ms));
}

TEST(timestamps, come_back_from_their_texts) {
  std::int64_t step = 0x1234567f1234567;
  for (auto text :
       {"0001-01-01 00:00:00.000000000", "1677-09-21 00:12:43.145224191",
        "9999-12-31 23:59:59.999999999"}) {
    std::string printed;
    append_timestamp(printed, *parse_timestamp(text, ns), ns, 9);
    EXPECT_EQ(printed, text);
  }
  for (auto unit : {ms, ms * ms, ns}) {
    auto digits = unit == ms ? 3 : unit == ns ? 9 : 6;
    auto limit = unit == ms ? std::int64_t{250'000'000'000'000'000}
                            : std::numeric_limits<std::int64_t>::max() - step;
    for (auto ticks = -limit; ticks < limit; ticks += step) {
      std::string text;
      append_timestamp(text, ticks, unit, digits);
      ASSERT_EQ(parse_timestamp(text, unit), ticks) << text;
    }
  }
}

TEST(timestamps, print_at_the_ends_of_64_bits) {
  auto print = [](int128 ticks, std::int64_t unit, int digits) {
    std::string text;
    append_timestamp(text, ticks, unit, digits);
    return text;
  };
  using limits = std::numeric_limits<std::int64_t>;
  EXPECT_EQ(print(limits::min(), ns, 9), "1677-09-21 00:12:43.145224192");
  EXPECT_EQ(print(limits::max(), ns, 9), "2262-04-11 23:47:16.854775807");
  EXPECT_EQ(print(limits::min(), ms * ms, 6), "-290308-12-21 19:59:05.224192");
  EXPECT_EQ(print(limits::max(), ms, 3), "292278994-08-17 07:12:55.807");
  EXPECT_EQ(print(wide_ticks_max, ns, 9),
            "73069258126-09-25 03:52:32.000000000");
  EXPECT_EQ(print(-wide_ticks_max, ns, 9),
            "-73069254187-04-08 20:07:28.000000000");
}

TEST(dates, come_back_from_their_texts) {
  for (std::int64_t days : {-719'529, -719'163, -1, 0, 1, 20'000, 2'932'897,
                            200'000'000, -200'000'000}) {
    std::string text;
    append_date(text, days);
    EXPECT_EQ(parse_date(text), days) << text;
  }
  EXPECT_EQ(parse_date("2026-11-21 "), std::nullopt);
  EXPECT_EQ(parse_date("9999999-01-01"), std::nullopt); // not in 32 bits
}

TEST(times, come_back_from_their_texts) {
  for (std::int64_t x : {0, 1, 999, 86'399'999, 43'200'000}) {
    std::string text;
    append_time(text, x, 3);
    EXPECT_EQ(parse_time(text), x) << text;
  }
  EXPECT_EQ(parse_time("01:02:03.4"), 3'723'400);
  EXPECT_EQ(parse_time("01:02"), std::nullopt);
  EXPECT_EQ(parse_time("24:00:00"), std::nullopt);
}

} // namespace
} // namespace herald
