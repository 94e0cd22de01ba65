#include "engine/operators/sorted_groups.hpp"

#include "engine/operators/key_codec.hpp"
#include "engine/operators/state_parts.hpp"

#include <algorithm>

namespace herald {

sorted_groups::sorted_groups(schema_ptr layout, std::vector<int> keys,
                             row_order order, std::int64_t ttl_ms)
    : keys_(std::move(keys)), index_(types_of(*layout, keys_)), ttl_(ttl_ms),
      rows_(std::move(layout)), forest_(std::move(order)) {}

void sorted_groups::locate(const batch& x, const row_list* rows,
                           std::span<const std::uint64_t> hashes,
                           std::vector<std::int32_t>& groups) {
  index_.find_or_insert(x, keys_, rows, hashes, groups);
  const auto size = static_cast<std::size_t>(index_.capacity());
  roots_.resize(size, row_forest::none);
  counts_.resize(size, 0);
}

std::int32_t sorted_groups::append(const batch& x, const row_list* rows,
                                   std::span<const std::uint64_t> prefixes) {
  const auto first = rows_.size();
  rows_.append(x, rows);
  forest_.grow(rows_, prefixes);
  return first;
}

void sorted_groups::insert(std::int32_t group, std::int32_t row) {
  forest_.insert(rows_, roots_[static_cast<std::size_t>(group)], row);
  ++counts_[static_cast<std::size_t>(group)];
}

bool sorted_groups::erase(std::int32_t group, std::int32_t row) {
  ++forgotten_;
  if (forest_.erase(rows_, roots_[static_cast<std::size_t>(group)], row)
      == row_forest::none)
    return false;
  --counts_[static_cast<std::size_t>(group)];
  ++forgotten_;
  return true;
}

void sorted_groups::erase_last(std::int32_t group) {
  forest_.erase_last(roots_[static_cast<std::size_t>(group)]);
  --counts_[static_cast<std::size_t>(group)];
  ++forgotten_;
}

void sorted_groups::clear(std::int32_t group) {
  const auto at = static_cast<std::size_t>(group);
  forgotten_ += counts_[at];
  counts_[at] = 0;
  roots_[at] = row_forest::none;
}

void sorted_groups::settle(std::span<const std::int32_t> groups) {
  for (const auto group : groups)
    if (count(group) == 0) {
      index_.erase(group);
      ttl_.erase(group);
    } else {
      ttl_.touch(group);
    }
}

std::optional<std::vector<std::int32_t>>
sorted_groups::set_time(std::int64_t now_ms,
                        const std::function<void(std::int32_t)>& cleared) {
  ttl_.set_time(now_ms);
  const auto empty = [&](std::int32_t group) {
    clear(group);
    if (cleared)
      cleared(group);
    return true;
  };
  auto kept = ttl_.sweep(index_, empty, [this] { reclaim(); });
  if (kept) {
    keep_groups(roots_, *kept);
    keep_groups(counts_, *kept);
  }
  return kept;
}

void sorted_groups::clear_old(
    std::span<const std::int32_t> groups,
    const std::function<void(std::int32_t)>& cleared) {
  if (!ttl_.on())
    return;
  for (const auto group : groups)
    if (ttl_.is_over(group) && count(group) > 0) {
      clear(group);
      if (cleared)
        cleared(group);
    }
}

void sorted_groups::reclaim() {
  if (!worth_reclaiming(forgotten_, rows_.size()))
    return;
  const auto groups = index_.groups();
  std::vector<std::int32_t> sorted; // group after group
  for (const auto group : groups)
    forest_.walk(root(group), [&](std::int32_t row) {
      sorted.push_back(row);
      return true;
    });
  auto kept = sorted;
  std::sort(kept.begin(), kept.end());
  const auto numbers
      = numbers_after(kept, static_cast<std::size_t>(rows_.size()));
  for (auto& row : sorted)
    row = numbers[static_cast<std::size_t>(row)];
  rows_ = rows_.only(kept);
  forest_.renumber(kept);
  std::span<const std::int32_t> rest = sorted;
  for (const auto group : groups) {
    const auto part = rest.first(static_cast<std::size_t>(count(group)));
    rest = rest.subspan(part.size());
    roots_[static_cast<std::size_t>(group)] = forest_.build(part);
  }
  forgotten_ = 0;
}

absl::Status sorted_groups::write(std::string_view table,
                                  state_writer& writer) const {
  HERALD_TRY(ttl_.write(index_, writer));
  std::vector<std::vector<std::int32_t>> by_key_group(key_groups);
  for (const auto group : index_.groups()) {
    auto& list = by_key_group[static_cast<std::size_t>(
        key_group_of(index_.hash_of(group)))];
    forest_.walk(root(group), [&](std::int32_t row) {
      list.push_back(row);
      return true;
    });
  }
  for (auto& list : by_key_group)
    std::sort(list.begin(), list.end());
  return for_each_part(by_key_group, [&](int k, auto part) {
    return writer.put(table, k, *rows_.gather(part));
  });
}

void sorted_groups::load(const batch& saved,
                         std::vector<std::int32_t>& groups) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(saved.rows));
  hash_rows(saved, keys_, hashes);
  std::vector<std::uint64_t> prefixes;
  order().prefixes(saved, prefixes);
  locate(saved, nullptr, hashes, groups);
  auto row = append(saved, nullptr, prefixes);
  for (const auto group : groups)
    insert(group, row++);
}

std::int64_t sorted_groups::memory_bytes() const {
  return index_.memory_bytes() + ttl_.memory_bytes() + rows_.memory_bytes()
         + forest_.memory_bytes()
         + static_cast<std::int64_t>(roots_.capacity() * 4
                                     + counts_.capacity() * 8);
}

} // namespace herald
