#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/zone.hpp"

#include <gtest/gtest.h>

namespace herald {
namespace {

TEST(hybrid_calendar, goes_from_julian_to_gregorian_in_1582) {
  EXPECT_EQ(days_from_hybrid(1582, 10, 3), first_gregorian_day - 1);
  EXPECT_EQ(days_from_hybrid(1582, 10, 14), first_gregorian_day);
  // The tenth was left out: it counts as a Julian day.
  EXPECT_EQ(days_from_hybrid(1582, 10, 9), days_from_civil(1582, 10, 20));
  EXPECT_EQ(days_from_hybrid(1, 1, 0), days_from_civil(0, 12, 30));
  EXPECT_EQ(hybrid_from_days(first_gregorian_day - 1),
            (civil_date{1582, 10, 4}));
}

TEST(hybrid_calendar, shows_the_date_of_every_day) {
  for (auto days = days_from_civil(-10, 1, 1); days < first_gregorian_day + 400;
       ++days) {
    auto date = hybrid_from_days(days);
    ASSERT_EQ(days_from_hybrid(date.year, date.month, date.day - 1), days);
  }
}

TEST(zone, has_its_standard_offset_before_1900_in_java) {
  zone shanghai("Asia/Shanghai");
  auto before = days_from_civil(1833, 1, 1) * seconds_per_day;
  EXPECT_EQ(shanghai.java_offset_at(before), 8 * 3600);
  EXPECT_EQ(shanghai.offset_at(before), 8 * 3600 + 343);
  zone new_york("America/New_York");
  EXPECT_EQ(new_york.java_offset_at(before), -5 * 3600);
  EXPECT_EQ(new_york.java_offset_at(0), -5 * 3600);
}

} // namespace
} // namespace herald
