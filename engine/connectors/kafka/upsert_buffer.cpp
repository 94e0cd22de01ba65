#include "engine/connectors/kafka/upsert_buffer.hpp"

#include <algorithm>
#include <utility>

namespace herald::kafka {

void upsert_buffer::put(const std::string& key, const batch_ptr& rows,
                        std::int32_t row, clock::time_point now) {
  if (newest_.empty())
    due_ = now + interval_;
  if (batches_.empty() || batches_.back() != rows) {
    batches_.push_back(rows);
    held_bytes_ += memory_bytes(*rows);
  }
  newest_[key] = {batches_.size() - 1, row};
}

std::vector<upsert_buffer::part> upsert_buffer::take() {
  std::vector<part> all(batches_.size());
  for (const auto& [key, at] : newest_)
    all[at.batch].chosen.push_back(at.row);
  std::vector<part> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].chosen.empty())
      continue;
    all[i].rows = std::move(batches_[i]);
    std::sort(all[i].chosen.begin(), all[i].chosen.end());
    result.push_back(std::move(all[i]));
  }
  newest_.clear();
  batches_.clear();
  held_bytes_ = 0;
  return result;
}

} // namespace herald::kafka
