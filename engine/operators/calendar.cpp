#include "engine/operators/calendar.hpp"

#include "engine/operators/filter.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Wide enough for few buckets, narrow enough for small heaps.
constexpr std::int64_t bucket_ms = 128;

/// Times so far out, from a table or by a shift, would overflow a bucket.
constexpr event_time farthest = time_max / 2;

} // namespace

void calendar::add(event_time over, std::int32_t row) {
  over = std::clamp(over, -farthest, farthest);
  const auto start = floor_to(over, bucket_ms);
  if (!last_ || last_start_ != start) {
    last_ = &buckets_[start];
    last_start_ = start;
  }
  last_->push_back({over, row});
  if (start == heap_)
    std::push_heap(last_->begin(), last_->end(), later{});
}

void calendar::take(event_time t, std::vector<std::int32_t>& rows) {
  while (!buckets_.empty()) {
    const auto first = buckets_.begin();
    auto& list = first->second;
    if (t == time_max || first->first + bucket_ms - 1 <= t) {
      for (const auto& x : list)
        rows.push_back(x.row);
    } else {
      if (first->first > t)
        return;
      if (heap_ != first->first)
        std::make_heap(list.begin(), list.end(), later{});
      heap_ = first->first;
      while (!list.empty() && list.front().over <= t) {
        rows.push_back(list.front().row);
        std::pop_heap(list.begin(), list.end(), later{});
        list.pop_back();
      }
      if (!list.empty())
        return;
    }
    if (heap_ == first->first)
      heap_ = time_min;
    buckets_.erase(first);
    last_ = nullptr;
  }
}

void calendar::renumber(std::span<const std::int32_t> numbers) {
  for (auto& [start, list] : buckets_) {
    for (auto& x : list)
      x.row = numbers[static_cast<std::size_t>(x.row)];
    std::erase_if(list, [](const entry& x) { return x.row < 0; });
  }
  std::erase_if(buckets_, [](const auto& x) { return x.second.empty(); });
  heap_ = time_min;
  last_ = nullptr;
}

std::int64_t calendar::memory_bytes() const {
  constexpr std::int64_t node_bytes = 96; // of a map and its vector
  std::int64_t result = 0;
  for (const auto& [start, list] : buckets_)
    result += node_bytes
              + static_cast<std::int64_t>(list.capacity() * sizeof(entry));
  return result;
}

} // namespace herald
