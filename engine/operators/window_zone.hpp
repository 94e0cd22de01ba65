#pragma once

#include "engine/expr/zone.hpp"
#include "engine/operators/operator.hpp"

// Between instants and the local times that windows over TIMESTAMP_LTZ are
// laid over: rows' times and watermarks become local, and what comes out of it
// instants again. Where a zone puts the clock back, an hour's local times occur
// twice, and windows wait for the second; as Flink's TimeWindowUtil has it.
// Without a name nothing changes. One thread at a time; keeps no rows.

namespace herald {

class window_zone {
public:
  /// `name`: as in `window_spec`; empty: times stay as they are.
  explicit window_zone(const std::string& name)
      : is_local_(!name.empty()), zone_(name) {}

  bool is_local() const {
    return is_local_;
  }

  /// The local time of an instant; both in milliseconds, as all here.
  event_time local(event_time instant) const;

  /// The local times of `x`, a column of instants: row i's at index i.
  std::vector<event_time> local_times(const column& x) const;

  /// The last local time that no row to come has, with the watermark at
  /// `instant`. Never decreases with it.
  event_time local_watermark(event_time instant) const;

  /// The watermark of rows whose `window_time` is that of windows that end
  /// behind the local watermark `local`. Never decreases with it.
  event_time watermark(event_time local) const;

  /// What of the watermark `t` goes on behind windows.
  event_time behind(event_time t) const {
    return watermark(local_watermark(t));
  }

  /// The instant of a local time: the first of two; one that is skipped moves
  /// on by the gap. (TimeWindowUtil.toEpochMills)
  event_time instant(event_time local) const;

  /// The least watermark with which `local` is over: the second of two
  /// instants; the zone's change for a local time that is skipped.
  /// (TimeWindowUtil.toEpochMillsForTimer, which takes changes to be of an
  /// hour, and zones without daylight saving today to have had none.)
  event_time timer(event_time local) const;

private:
  bool is_plain(event_time t) const;

  bool is_local_;
  mutable zone zone_; ///< remembers where it looked last
};

} // namespace herald
