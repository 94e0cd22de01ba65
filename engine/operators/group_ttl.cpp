#include "engine/operators/group_aggregate.hpp"

#include <algorithm>

// Time to live of unbounded aggregation: a key that got no rows for so long
// is forgotten without a word, as in Flink, and begins anew if it comes again.

namespace herald {

namespace {

/// Sweeps in a time to live while nothing comes.
constexpr std::int64_t sweeps_per_ttl = 4;

/// Groups below which a table is not made anew to free memory.
constexpr std::int64_t shrink_min = 1 << 16;

} // namespace

bool group_aggregate_operator::expired(std::size_t group) const {
  return used_ms_[group] + *spec_.ttl_ms <= now();
}

void group_aggregate_operator::forget(std::int32_t group) {
  table_.erase(group);
  rows_[static_cast<std::size_t>(group)] = 0;
}

void group_aggregate_operator::sweep(std::int64_t count) {
  const auto capacity = rows_.size();
  for (std::int64_t i = 0;
       i < std::min(count, static_cast<std::int64_t>(capacity)); ++i) {
    const auto group = swept_++ % capacity;
    if (rows_[group] <= 0 || changes_.has(group))
      continue;
    // What was restored without a time lives from now on.
    if (used_ms_[group] == 0)
      used_ms_[group] = now();
    if (expired(group))
      forget(static_cast<std::int32_t>(group));
  }
  if (capacity > 0)
    swept_ %= capacity;
  next_sweep_ms_
      = now() + std::max<std::int64_t>(1, *spec_.ttl_ms / sweeps_per_ttl);
  shrink();
}

void group_aggregate_operator::shrink() {
  const auto& index = table_.index();
  if (held_rows_ > 0 || index.capacity() < shrink_min
      || index.size() > index.capacity() / 4)
    return;
  // Its groups get the numbers 0, 1, … in the order of the old ones.
  const auto old = index.groups();
  aggregate_table kept(key_types_, spec_.calls, spec_.input_retracts);
  kept.merge(table_);
  std::vector<std::int64_t> rows;
  std::vector<std::int64_t> used;
  for (auto g : old) {
    rows.push_back(rows_[static_cast<std::size_t>(g)]);
    used.push_back(used_ms_[static_cast<std::size_t>(g)]);
  }
  table_ = std::move(kept);
  rows_ = std::move(rows);
  used_ms_ = std::move(used);
  changes_ = {};
  swept_ = 0;
}

} // namespace herald
