#include "engine/expr/zone.hpp"

#include <random>

#include <gtest/gtest.h>

namespace herald {
namespace {

TEST(zone, agrees_with_the_zone_database_at_any_instant) {
  for (const auto* name : {"UTC", "Asia/Shanghai", "America/New_York",
                           "Europe/London", "Australia/Lord_Howe"}) {
    absl::TimeZone expected;
    ASSERT_TRUE(absl::LoadTimeZone(name, &expected)) << name;
    zone local(name);
    ASSERT_TRUE(local.is_known());
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
      auto utc = static_cast<std::int64_t>(random() % 10'000'000'000)
                 - 4'000'000'000;
      EXPECT_EQ(local.offset_at(utc),
                expected.At(absl::FromUnixSeconds(utc)).offset)
          << name << " at " << utc;
    }
    // Around each transition of some years, second by second.
    auto time = absl::FromUnixSeconds(1'600'000'000);
    absl::TimeZone::CivilTransition change;
    for (int i = 0; i < 6 && expected.NextTransition(time, &change); ++i) {
      auto at = absl::ToUnixSeconds(expected.At(change.to).trans);
      for (auto utc = at - 2; utc <= at + 2; ++utc)
        EXPECT_EQ(local.offset_at(utc),
                  expected.At(absl::FromUnixSeconds(utc)).offset)
            << name << " at " << utc;
      time = absl::FromUnixSeconds(at);
    }
  }
}

TEST(zone, finds_the_instant_of_a_local_time) {
  zone local("America/New_York");
  auto civil = [](int day, int month, int hour) {
    return absl::CivilSecond(2023, month, day, hour, 30, 0)
           - absl::CivilSecond(1970, 1, 1);
  };
  // 02:30 is skipped and becomes 03:30 (07:30 UTC).
  EXPECT_EQ(local.to_utc(civil(12, 3, 2), 1), civil(12, 3, 7));
  // 01:30 occurs twice: 05:30 and 06:30 UTC.
  EXPECT_EQ(local.to_utc(civil(5, 11, 1), 1), civil(5, 11, 5));
  EXPECT_EQ(local.to_utc(civil(5, 11, 1), 1, repeated_hour::second),
            civil(5, 11, 6));
  EXPECT_EQ(local.to_utc(civil(1, 7, 12), 1), civil(1, 7, 16));
  EXPECT_EQ(local.to_local(civil(1, 7, 16), 1), civil(1, 7, 12));
}

TEST(zone, reads_fixed_offsets_and_falls_back_to_utc) {
  EXPECT_EQ(zone("GMT+08:00").offset_at(0), 8 * 3600);
  EXPECT_EQ(zone("-0530").offset_at(0), -(5 * 3600 + 30 * 60));
  EXPECT_EQ(zone("UTC+3").offset_at(0), 3 * 3600);
  EXPECT_FALSE(zone("Mars/Olympus").is_known());
  EXPECT_EQ(zone("Mars/Olympus").offset_at(0), 0);
}

} // namespace
} // namespace herald
