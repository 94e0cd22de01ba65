#include "engine/columnar/civil.hpp"
#include "engine/operators/window_zone.hpp"

#include <gtest/gtest.h>

// Windows in local time, over changes of the clock: what is checked is that of
// the instants of a year, every one whose local time a watermark says is over
// is over, and that windows end when Flink's do.

namespace herald::testing {
namespace {

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

constexpr std::string_view zones[]
    = {"America/New_York", "Europe/Berlin", "Australia/Lord_Howe",
       "Asia/Shanghai",    "Asia/Kolkata",  "UTC"};

std::int64_t at(int year, unsigned month, unsigned date, int hours = 0,
                int minutes = 0) {
  return days_from_civil(year, static_cast<int>(month), static_cast<int>(date))
             * day
         + hours * hour + minutes * minute;
}

TEST(window_zone, without_a_name_leaves_times_alone) {
  const window_zone zone("");
  EXPECT_FALSE(zone.is_local());
  for (const std::int64_t t : {time_min, -5L, 0L, 1'773'000'000'123L, time_max})
    for (const auto x : {zone.local(t), zone.local_watermark(t),
                         zone.watermark(t), zone.instant(t), zone.timer(t)})
      EXPECT_EQ(x, t);
}

TEST(window_zone, leaves_the_first_and_the_last_watermark_alone) {
  const window_zone zone("Asia/Shanghai");
  for (const auto t : {time_min, time_min + 5, time_max}) {
    EXPECT_EQ(zone.local_watermark(t), t);
    EXPECT_EQ(zone.watermark(t), t);
  }
}

TEST(window_zone, moves_times_by_the_offset) {
  const window_zone zone("Asia/Shanghai");
  const auto t = at(2026, 5, 1, 16);
  EXPECT_EQ(zone.local(t), at(2026, 5, 2));
  EXPECT_EQ(zone.local_watermark(t), at(2026, 5, 2));
  EXPECT_EQ(zone.instant(at(2026, 5, 2)), t);
  EXPECT_EQ(zone.timer(at(2026, 5, 2)), t);
  EXPECT_EQ(zone.behind(t), t);
}

// 2026-03-08 02:00 EST is 03:00 EDT, 07:00 UTC.
TEST(window_zone, ends_windows_in_a_skipped_hour_when_it_is_skipped) {
  const window_zone zone("America/New_York");
  const auto change = at(2026, 3, 8, 7);
  EXPECT_EQ(zone.timer(at(2026, 3, 8, 2) - 1), change - 1);
  for (const auto minutes : {10, 30, 60})
    EXPECT_EQ(zone.timer(at(2026, 3, 8, 2, minutes) - 1), change);
  EXPECT_EQ(zone.timer(at(2026, 3, 8, 3, 10) - 1), change + 10 * minute - 1);
  EXPECT_EQ(zone.local_watermark(change - 1), at(2026, 3, 8, 2) - 1);
  EXPECT_EQ(zone.local_watermark(change), at(2026, 3, 8, 3));
  // As Java, an instant of that hour is one an hour later.
  EXPECT_EQ(zone.instant(at(2026, 3, 8, 2, 59)), change + 59 * minute);
  EXPECT_EQ(zone.watermark(at(2026, 3, 8, 2, 59)), change - 1);
}

// 2026-11-01 02:00 EDT is 01:00 EST, 06:00 UTC.
TEST(window_zone, ends_windows_in_a_repeated_hour_the_second_time) {
  const window_zone zone("America/New_York");
  const auto change = at(2026, 11, 1, 6);
  EXPECT_EQ(zone.timer(at(2026, 11, 1, 1) - 1), change - hour - 1);
  for (const auto minutes : {10, 30, 60})
    EXPECT_EQ(zone.timer(at(2026, 11, 1, 1, minutes) - 1),
              change + minutes * minute - 1);
  EXPECT_EQ(zone.local_watermark(change - hour - 1), at(2026, 11, 1, 1) - 1);
  EXPECT_EQ(zone.local_watermark(change - 1), at(2026, 11, 1, 1) - 1);
  EXPECT_EQ(zone.local_watermark(change + 5), at(2026, 11, 1, 1) + 5);
  EXPECT_EQ(zone.instant(at(2026, 11, 1, 1, 30)), change - 30 * minute);
  // What is given in the second hour has instants of the first.
  EXPECT_EQ(zone.behind(change + 30 * minute), change - 30 * minute);
  EXPECT_EQ(zone.behind(change + hour), change + hour);
}

class clock_changes : public ::testing::TestWithParam<std::string_view> {};

TEST_P(clock_changes, keep_watermarks_true) {
  const window_zone zone{std::string(GetParam())};
  constexpr auto step = 5 * minute;
  // From behind: the least local time that is still to come, and the least
  // instant that stands for a window which is not over.
  auto to_come = zone.local(at(2027, 2, 1));
  auto last = time_max;
  for (auto t = at(2027, 2, 1) - step; t >= at(2026, 2, 1); t -= step) {
    const auto over = zone.local_watermark(t);
    EXPECT_LT(over, to_come) << t;
    EXPECT_LE(over, last) << t;
    EXPECT_LE(zone.behind(t), t);
    EXPECT_LE(zone.behind(t), zone.behind(t + step));
    // Windows are over with the watermark of their timer, and not before.
    for (const auto end : {over, over + 1, over + step})
      EXPECT_EQ(end <= over, zone.timer(end) <= t) << t << ' ' << end;
    // Those that are not have times that the watermark is behind.
    for (auto x = over + 1; x <= over + 3 * hour; x += step)
      EXPECT_GT(zone.instant(x), zone.behind(t)) << t << ' ' << x;
    to_come = std::min(to_come, zone.local(t));
    last = over;
  }
}

INSTANTIATE_TEST_SUITE_P(zones, clock_changes, ::testing::ValuesIn(zones));

} // namespace
} // namespace herald::testing
