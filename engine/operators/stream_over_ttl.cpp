#include "engine/operators/stream_over.hpp"

#include <algorithm>
#include <numeric>

// Time to live of OVER in order of time. A row that waits for the watermark
// keeps its partition, however long that takes; one that comes to a partition
// which was silent for too long finds it new.

namespace herald {

std::vector<std::int32_t> stream_over_operator::partitions_waiting() const {
  std::vector<std::int32_t> result;
  for (const auto& rows : waiting_.rows()) {
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
    hash_rows(*rows, spec_.keys, hashes);
    std::vector<std::int32_t> groups;
    index_.find(*rows, spec_.keys, nullptr, hashes, groups);
    result.insert(result.end(), groups.begin(), groups.end());
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

void stream_over_operator::clear(std::int32_t group) {
  auto& rows = of_[static_cast<std::size_t>(group)];
  forgotten_ += static_cast<std::int64_t>(rows.size());
  rows = std::vector<std::int32_t>();
  carry_.clear(group);
}

void stream_over_operator::clear_old(std::span<const std::int32_t> groups) {
  if (!ttl_.on())
    return;
  std::optional<std::vector<std::int32_t>> waiting;
  for (const auto group : groups) {
    if (group < 0 || !ttl_.is_over(group))
      continue;
    if (!waiting)
      waiting = partitions_waiting();
    if (!std::binary_search(waiting->begin(), waiting->end(), group))
      clear(group);
    ttl_.touch(group);
  }
}

void stream_over_operator::clear_old_of(const batch& rows) {
  if (!ttl_.on())
    return;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows.rows));
  hash_rows(rows, spec_.keys, hashes);
  std::vector<std::int32_t> groups;
  index_.find(rows, spec_.keys, nullptr, hashes, groups);
  clear_old(groups);
}

void stream_over_operator::sweep() {
  std::optional<std::vector<std::int32_t>> waiting;
  const auto empty = [&](std::int32_t group) {
    if (!waiting)
      waiting = partitions_waiting();
    if (std::binary_search(waiting->begin(), waiting->end(), group))
      return false;
    clear(group);
    return true;
  };
  if (const auto kept = ttl_.sweep(index_, empty, [this] { reclaim(); }))
    renumber(*kept);
}

void stream_over_operator::renumber(std::span<const std::int32_t> kept) {
  over_carry carry(narrow_.calls);
  carry.resize(static_cast<std::int64_t>(kept.size()));
  std::vector<std::int32_t> numbers(kept.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    carry.rows[i] = carry_.rows[static_cast<std::size_t>(kept[i])];
    carry.ranks[i] = carry_.ranks[static_cast<std::size_t>(kept[i])];
  }
  for (std::size_t i = 0; i < carry.sums.size(); ++i)
    if (carry.sums[i])
      carry.sums[i]->merge(carry_.sums[i]->partial(kept), numbers);
  carry_ = std::move(carry);
  keep_groups(of_, kept);
}

absl::Status stream_over_operator::resume(output&) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  return absl::OkStatus();
}

} // namespace herald
