#include "engine/operators/join_side.hpp"

#include <algorithm>

// Rows are numbered in the order of their arrival, so those that are too old
// are always the first ones: what came when is known by a few marks.

namespace herald {

namespace {

/// Marks in a time to live: rows may stay so much of it longer.
constexpr std::int64_t marks_a_life = 100;

} // namespace

void join_side::note_arrival() {
  if (options_.ttl_ms == 0)
    return;
  const auto grain = options_.ttl_ms / marks_a_life;
  if (arrivals_.empty() || now_ms_ > arrivals_.back().ms + grain)
    arrivals_.push_back({now_ms_, 0});
  arrivals_.back().end = static_cast<std::int32_t>(rows_.size());
}

void join_side::set_time(std::int64_t now_ms) {
  if (options_.ttl_ms == 0)
    return;
  // What was restored lives from now on.
  if (now_ms_ == 0)
    for (auto& x : arrivals_)
      x.ms = now_ms;
  now_ms_ = now_ms;
  while (!arrivals_.empty() && *due_ms() <= now_ms) {
    for (; oldest_ < arrivals_.front().end; ++oldest_)
      if (at(oldest_).previous != gone)
        erase(oldest_);
    arrivals_.pop_front();
  }
  trim();
}

std::optional<std::int64_t> join_side::due_ms() const {
  if (arrivals_.empty())
    return std::nullopt;
  // The last of a mark's rows may be younger than the mark.
  return arrivals_.front().ms + options_.ttl_ms
         + options_.ttl_ms / marks_a_life;
}

void join_side::renumber_arrivals(const std::vector<std::int32_t>& kept) {
  const auto place = [&kept](std::int32_t row) {
    return static_cast<std::int32_t>(
        std::lower_bound(kept.begin(), kept.end(), row) - kept.begin());
  };
  oldest_ = place(oldest_);
  for (auto& x : arrivals_)
    x.end = place(x.end);
}

} // namespace herald
