#include "engine/operators/given_sessions.hpp"

#include "engine/operators/state_parts.hpp"

#include <algorithm>

namespace herald {

given_sessions::given_sessions(const std::vector<data_type>& results)
    : layout_(unnamed_columns(results)), rows_(layout_) {}

void given_sessions::add(std::span<const session_run> runs,
                         const std::vector<column_ptr>& results) {
  auto row = rows_.size();
  rows_.append(
      *make_batch(layout_, results, static_cast<std::int64_t>(runs.size())),
      nullptr);
  for (const auto& run : runs)
    sessions_[{run.key, run.first}] = {run.last, row++, -1};
}

std::int32_t given_sessions::total_at(std::int32_t key, event_time t) const {
  const auto next = sessions_.upper_bound({key, t});
  if (next == sessions_.begin())
    return -1;
  const auto& [place, x] = *std::prev(next);
  return place.first == key && t <= x.last ? x.total : -1;
}

std::int32_t given_sessions::erase(std::int32_t key, event_time first) {
  const auto at = sessions_.find({key, first});
  if (at == sessions_.end())
    return -1;
  const auto result = at->second.total;
  sessions_.erase(at);
  return result;
}

void given_sessions::near(std::int32_t key, event_time begin, event_time end,
                          std::int64_t gap_ms, std::vector<entry>& out) const {
  const auto is_in = [&](auto at) {
    return at != sessions_.end() && at->first.first == key;
  };
  auto x = sessions_.upper_bound({key, begin});
  if (x != sessions_.begin()) {
    const auto before = std::prev(x);
    if (is_in(before) && begin - before->second.last <= gap_ms)
      x = before;
  }
  if (!out.empty() && out.back().run.key == key && is_in(x)
      && x->first.second <= out.back().run.first)
    x = sessions_.upper_bound({key, out.back().run.first});
  for (; is_in(x) && x->first.second - end <= gap_ms; ++x)
    out.push_back({{key, x->first.second, x->second.last},
                   x->second.row,
                   x->second.total});
}

std::vector<column_ptr>
given_sessions::results(std::span<const entry> entries) const {
  row_list rows;
  for (const auto& x : entries)
    rows.push_back(x.row);
  return rows_.gather(rows)->columns;
}

void given_sessions::reclaim() {
  const auto live = static_cast<std::int64_t>(sessions_.size());
  if (!worth_reclaiming(rows_.size() - live, rows_.size()))
    return;
  row_list rows;
  for (auto& [place, x] : sessions_)
    rows.push_back(
        std::exchange(x.row, static_cast<std::int32_t>(rows.size())));
  rows_ = rows_.only(rows);
}

std::vector<std::vector<given_sessions::entry>>
given_sessions::by_key_group(const group_index& keys) const {
  std::vector<std::vector<entry>> result(key_groups);
  for (const auto& [place, x] : sessions_)
    result[static_cast<std::size_t>(key_group_of(keys.hash_of(place.first)))]
        .push_back({{place.first, place.second, x.last}, x.row, x.total});
  return result;
}

std::int64_t given_sessions::memory_bytes() const {
  constexpr std::int64_t node_bytes = 64;
  const auto count = static_cast<std::int64_t>(sessions_.size());
  return count == 0 ? 0 : rows_.memory_bytes() + count * node_bytes;
}

} // namespace herald
