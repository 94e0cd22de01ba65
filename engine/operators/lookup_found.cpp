#include "engine/operators/lookup_found.hpp"

#include <algorithm>

namespace herald {

found_store::found_store(schema_ptr layout) : rows_(layout) {
  std::vector<column_ptr> nulls;
  for (const auto& x : layout->fields)
    nulls.push_back(null_column(x.type, 1));
  rows_.append(*make_batch(std::move(layout), std::move(nulls), 1), nullptr);
}

std::int32_t found_store::append(const batch& x) {
  const auto first = rows_.size();
  rows_.append(x, nullptr);
  return first;
}

found_ptr found_store::keep(std::vector<std::int32_t> rows) {
  auto result = std::make_shared<lookup_found>();
  result->rows = std::move(rows);
  if (!result->rows.empty())
    kept_.push_back(result);
  return result;
}

void found_store::tidy() {
  if (rows_.size() < tidy_at_)
    return;
  std::erase_if(kept_, [](const auto& x) { return x.expired(); });
  std::vector<std::int32_t> live = {0};
  for (const auto& x : kept_)
    if (const auto found = x.lock())
      live.insert(live.end(), found->rows.begin(), found->rows.end());
  if (static_cast<std::int32_t>(live.size()) <= rows_.size() / 2) {
    rows_ = rows_.only(live);
    std::int32_t next = 1;
    for (const auto& x : kept_)
      if (const auto found = x.lock())
        for (auto& row : found->rows)
          row = next++;
  }
  tidy_at_
      = std::max(tidy_rows_min, 2 * static_cast<std::int32_t>(live.size()));
}

found_ptr found_cache::get(std::string_view key, std::int64_t now_ms) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end())
    return nullptr;
  const auto at = found->second;
  if ((after_write_ms_ && now_ms - at->written_ms >= *after_write_ms_)
      || (after_access_ms_ && now_ms - at->accessed_ms >= *after_access_ms_)) {
    erase(at);
    return nullptr;
  }
  at->accessed_ms = now_ms;
  entries_.splice(entries_.begin(), entries_, at);
  return at->found;
}

namespace {

std::int64_t cost_of(const lookup_found& x) {
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(x.rows.size()));
}

} // namespace

void found_cache::put(std::string key, found_ptr found, std::int64_t now_ms) {
  if (const auto old = by_key_.find(key); old != by_key_.end())
    erase(old->second);
  const auto cost = cost_of(*found);
  if (cost > rows_max_)
    return;
  while (rows_ + cost > rows_max_)
    erase(std::prev(entries_.end()));
  entries_.push_front({std::move(key), std::move(found), now_ms, now_ms});
  by_key_[entries_.front().key] = entries_.begin();
  rows_ += cost;
}

void found_cache::erase(list::iterator at) {
  rows_ -= cost_of(*at->found);
  by_key_.erase(at->key);
  entries_.erase(at);
}

} // namespace herald
