#pragma once

#include "engine/operators/filter.hpp"

#include <numeric>

// Which windows a time lies in: arithmetic that the window functions and the
// aggregations over windows share. Pure.

namespace herald {

/// Calls `f(start, end)` for each window that `t` lies in; no sessions.
template <class F>
void for_each_window(event_time t, const window_spec& window, F f) {
  if (window.kind == window_kind::cumulate) {
    const auto start = floor_to(t, window.size_ms, window.offset_ms);
    for (auto end
         = floor_to(t, window.slide_ms, window.offset_ms) + window.slide_ms;
         end <= start + window.size_ms; end += window.slide_ms)
      f(start, end);
    return;
  }
  for (auto start = floor_to(t, window.slide_ms, window.offset_ms);
       start > t - window.size_ms; start -= window.slide_ms)
    f(start, start + window.size_ms);
}

/// The end of the last window that `t` lies in; no sessions.
constexpr event_time last_window_end(event_time t, const window_spec& window) {
  const auto step
      = window.kind == window_kind::cumulate ? window.size_ms : window.slide_ms;
  return floor_to(t, step, window.offset_ms) + window.size_ms;
}

/// False if `t` lies between two windows: a slide may be longer than the size.
constexpr bool lies_in_window(event_time t, const window_spec& window) {
  return window.slide_ms <= window.size_ms || last_window_end(t, window) > t;
}

/// How long a pane is: of all windows, each takes a pane whole or not at all.
/// No sessions.
constexpr std::int64_t pane_length(const window_spec& window) {
  return std::gcd(window.size_ms, window.slide_ms);
}

/// True if rows of the window that ends at `end` come too late, where windows
/// take them until the watermark is past their end by `lateness_ms`.
constexpr bool window_is_over(event_time end, event_time watermark,
                              std::int64_t lateness_ms = 0) {
  return watermark != time_min && end - 1 <= watermark - lateness_ms;
}

/// Start of the window that ends at `end`; no sessions.
constexpr event_time window_start(event_time end, const window_spec& window) {
  return window.kind == window_kind::cumulate
             ? floor_to(end - 1, window.size_ms, window.offset_ms)
             : end - window.size_ms;
}

} // namespace herald
