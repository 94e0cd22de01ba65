#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

// How many things are due at a given rate since a start. A plain value.

namespace herald {

class pacer {
public:
  using clock = std::chrono::steady_clock;

  /// Shortest time between two wake-ups: small enough for latencies of
  /// milliseconds, long enough for batches.
  static constexpr std::chrono::microseconds tick{1000};

  /// `per_second` >= 1.
  pacer(std::int64_t per_second, clock::time_point start)
      : rate_(static_cast<double>(per_second)), start_(start) {}

  /// Things numbered below the result are due at `now`.
  std::int64_t due(clock::time_point now) const {
    std::chrono::duration<double> elapsed = now - start_;
    return static_cast<std::int64_t>(elapsed.count() * rate_);
  }

  /// When to look again if thing `number` is the next: when it is due, at
  /// least a tick from `now`.
  clock::time_point next(std::int64_t number, clock::time_point now) const {
    std::chrono::duration<double> at{static_cast<double>(number + 1) / rate_};
    return std::max(start_ + std::chrono::ceil<clock::duration>(at),
                    now + std::chrono::duration_cast<clock::duration>(tick));
  }

private:
  double rate_;
  clock::time_point start_;
};

} // namespace herald
