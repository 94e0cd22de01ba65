#include "engine/expr/counted_order.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace herald {

namespace {

bool less(double a, double b) {
  return std::isnan(b) ? !std::isnan(a) : a < b;
}

} // namespace

void counted_order::change(double value, std::int64_t by) {
  if (by == 0)
    return;
  total_ += by;
  if (blocks_.empty())
    blocks_.emplace_back();
  // The first block that does not end before the value, or the last.
  auto at = std::lower_bound(
      blocks_.begin(), blocks_.end() - 1, value,
      [](const block& x, double y) { return less(x.entries.back().value, y); });
  at->total += by;
  auto& entries = at->entries;
  const auto place = std::lower_bound(
      entries.begin(), entries.end(), value,
      [](const entry& x, double y) { return less(x.value, y); });
  if (place == entries.end() || less(value, place->value)) {
    entries.insert(place, {value, by});
    if (entries.size() > block_max)
      split(at);
    return;
  }
  place->count += by;
  if (place->count != 0)
    return;
  entries.erase(place);
  if (entries.empty())
    blocks_.erase(at);
}

void counted_order::split(std::vector<block>::iterator x) {
  const auto middle
      = x->entries.begin() + static_cast<std::ptrdiff_t>(x->entries.size() / 2);
  block behind;
  behind.entries.assign(middle, x->entries.end());
  behind.total = std::accumulate(
      middle, x->entries.end(), std::int64_t{0},
      [](std::int64_t sum, const entry& e) { return sum + e.count; });
  x->entries.erase(middle, x->entries.end());
  x->total -= behind.total;
  blocks_.insert(x + 1, std::move(behind));
}

double counted_order::at_rank(std::int64_t rank) const {
  auto at = blocks_.begin();
  while (at + 1 != blocks_.end() && rank >= at->total) {
    rank -= at->total;
    ++at;
  }
  for (const auto& x : at->entries) {
    rank -= x.count;
    if (rank < 0)
      return x.value;
  }
  return at->entries.back().value;
}

std::int64_t counted_order::memory_bytes() const {
  auto result = static_cast<std::int64_t>(blocks_.capacity() * sizeof(block));
  for (const auto& x : blocks_)
    result += static_cast<std::int64_t>(x.entries.capacity() * sizeof(entry));
  return result;
}

} // namespace herald
