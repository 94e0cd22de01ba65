#include "engine/operators/join_side.hpp"

#include <algorithm>

// Rows are numbered in the order of their arrival, so those that are too old
// are always the first ones: what came when is known by a few marks.

namespace herald {

namespace {

/// Marks in a time to live: rows may stay so much of it longer.
constexpr std::int64_t marks_a_life = 100;

} // namespace

void join_side::note_arrival(std::int64_t ms) {
  if (options_.ttl_ms == 0)
    return;
  // Restored rows keep their times as they are, lest they grow younger or
  // older each time.
  const auto slack = ms == now_ms_ ? grain() : 0;
  if (arrivals_.empty() || ms > arrivals_.back().ms + slack)
    arrivals_.push_back({ms, 0});
  arrivals_.back().end = static_cast<std::int32_t>(rows_.size());
}

std::int64_t join_side::grain() const {
  return options_.ttl_ms / marks_a_life;
}

std::vector<std::int64_t>
join_side::arrivals_of(std::span<const std::int32_t> rows) const {
  std::vector<std::int64_t> result(rows.size(), 0);
  auto mark = arrivals_.begin();
  for (std::size_t i = 0; i < rows.size() && mark != arrivals_.end(); ++i) {
    while (mark != arrivals_.end() && mark->end <= rows[i])
      ++mark;
    if (mark != arrivals_.end())
      result[i] = mark->ms;
  }
  return result;
}

void join_side::set_time(std::int64_t now_ms) {
  if (options_.ttl_ms == 0)
    return;
  // What was restored without a time lives from now on.
  if (now_ms_ == 0)
    for (auto& x : arrivals_)
      if (x.ms == 0)
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
  return arrivals_.front().ms + options_.ttl_ms + grain();
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
