#include "cep/candidates.hpp"

#include <algorithm>

namespace herald {

void candidate_list::build(const event_marks& events, std::size_t step,
                           bool strict, std::int64_t groups) {
  pairs_.clear();
  auto add = [&](const row_list& rows, const std::vector<std::int32_t>& of) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (of[i] >= 0 && (strict || events.fits(rows[i], step)))
        pairs_.push_back(static_cast<std::uint64_t>(of[i]) << 32
                         | static_cast<std::uint32_t>(rows[i]));
  };
  add(events.starts(), events.start_groups());
  add(events.others(), events.other_groups());
  if (!std::is_sorted(pairs_.begin(), pairs_.end()))
    std::sort(pairs_.begin(), pairs_.end());
  for (auto group : groups_)
    ranges_[static_cast<std::size_t>(group)] = {};
  ranges_.resize(static_cast<std::size_t>(groups));
  groups_.clear();
  rows_.clear();
  for (auto pair : pairs_) {
    auto group = static_cast<std::int32_t>(pair >> 32);
    auto place = static_cast<std::int32_t>(rows_.size());
    if (groups_.empty() || groups_.back() != group) {
      groups_.push_back(group);
      ranges_[static_cast<std::size_t>(group)].begin = place;
    }
    ranges_[static_cast<std::size_t>(group)].end = place + 1;
    rows_.push_back(static_cast<std::int32_t>(pair & 0xffffffff));
  }
}

std::int32_t candidate_list::behind(std::int32_t group,
                                    std::int32_t row) const {
  auto [begin, end] = of(group);
  auto first = rows_.begin();
  return static_cast<std::int32_t>(
      std::upper_bound(first + begin, first + end, row) - first);
}

} // namespace herald
