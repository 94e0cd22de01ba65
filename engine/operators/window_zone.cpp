#include "engine/operators/window_zone.hpp"

#include "engine/columnar/civil.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::int64_t second_ms = 1000;

/// No zone moves its clock by more.
constexpr std::int64_t farthest_shift_seconds = 2 * seconds_per_day;

/// Beyond it there are no zones, only the first and the last watermark.
constexpr event_time farthest = time_max / 2;

std::int64_t seconds_of(event_time t) {
  return floor_div(t, second_ms);
}

} // namespace

/// True for what has no local time.
bool window_zone::is_plain(event_time t) const {
  return !is_local_ || t > farthest || t < -farthest;
}

event_time window_zone::local(event_time instant) const {
  return is_plain(instant) ? instant : zone_.to_local(instant, second_ms);
}

std::vector<event_time> window_zone::local_times(const column& x) const {
  auto result = times_of(x);
  if (is_local_)
    for (auto& t : result)
      t = local(t);
  return result;
}

event_time window_zone::local_watermark(event_time instant) const {
  if (is_plain(instant))
    return instant;
  const auto seconds = seconds_of(instant);
  const auto result = local(instant);
  const auto change = zone_.next_change(seconds);
  if (change > seconds + farthest_shift_seconds)
    return result;
  // Local times that come once more after the change are not over.
  const auto again = change + zone_.offset_at(change);
  return std::min(result, again * second_ms - 1);
}

event_time window_zone::instant(event_time local) const {
  return is_plain(local) ? local : zone_.to_utc(local, second_ms);
}

event_time window_zone::watermark(event_time local) const {
  const auto result = instant(local);
  if (is_plain(local) || this->local(result) == local)
    return result;
  return zone_.last_change(seconds_of(result)) * second_ms - 1;
}

event_time window_zone::timer(event_time local) const {
  if (is_plain(local))
    return local;
  const auto result = zone_.to_utc(local, second_ms, repeated_hour::second);
  if (this->local(result) == local)
    return result;
  return zone_.last_change(seconds_of(result)) * second_ms;
}

} // namespace herald
