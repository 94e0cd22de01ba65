#pragma once

#include "engine/columnar/civil.hpp"

#include <cstdint>
#include <string>

#include <absl/time/time.h>

// A session's time zone: between instants and local times. Remembers the last
// stretch between two transitions, so rows in order cost a comparison. Times
// before the first or after the last transition take its offset. One thread.

namespace herald {

/// Which instant a local time means that a zone change lets occur twice.
enum class repeated_hour : std::uint8_t { first, second };

class zone {
public:
  /// `name`: an IANA name, "UTC", or "GMT+08:00", "+08:00" and the like. An
  /// unknown name is UTC; see `is_known`.
  explicit zone(const std::string& name);

  bool is_known() const {
    return known_;
  }

  /// Seconds to add to `utc` (seconds since 1970) to get the local time.
  std::int64_t offset_at(std::int64_t utc) {
    if (utc < begin_ || utc >= end_)
      look_up(utc);
    return offset_;
  }

  /// When the offset of `utc` began to hold, and when it ends: seconds since
  /// 1970, or the ends of their range.
  std::int64_t last_change(std::int64_t utc) {
    offset_at(utc);
    return begin_;
  }

  std::int64_t next_change(std::int64_t utc) {
    offset_at(utc);
    return end_;
  }

  /// As `offset_at`, but before 1900 the zone's standard offset, as Java's
  /// older classes have it: they know no mean solar times.
  std::int64_t java_offset_at(std::int64_t utc);

  /// The instant of a local time, both in seconds, by `java_offset_at`; of two
  /// instants the second.
  std::int64_t java_to_utc(std::int64_t local);

  /// What people call the zone's time at `utc`: "EST", "CST", "+03".
  std::string abbreviation_at(std::int64_t utc) const;

  /// The local time of an instant, both in ticks of 64 or 128 bits.
  template <class Ticks>
  Ticks to_local(Ticks utc, std::int64_t per_second) {
    const auto seconds = static_cast<std::int64_t>(floor_div(utc, per_second));
    return utc + offset_at(seconds) * per_second;
  }

  /// The instant of a local time. As Java: a local time that is skipped moves
  /// on by the gap; of two instants `choice` says which.
  template <class Ticks>
  Ticks to_utc(Ticks local, std::int64_t per_second,
               repeated_hour choice = repeated_hour::first) {
    const auto seconds
        = static_cast<std::int64_t>(floor_div(local, per_second));
    return local - local_offset_at(seconds, choice) * per_second;
  }

private:
  void look_up(std::int64_t utc);

  /// Seconds that `local` (seconds since 1970 there) is ahead of its instant.
  std::int64_t local_offset_at(std::int64_t local, repeated_hour choice);

  absl::TimeZone zone_;
  bool known_ = true;
  std::int64_t begin_ = 0; ///< the offset holds in [begin_, end_)
  std::int64_t end_ = 0;
  std::int64_t offset_ = 0;
};

} // namespace herald
