#include "engine/operators/exchange.hpp"

#include "engine/columnar/hash.hpp"

#include <algorithm>

namespace herald {

std::vector<batch_ptr> divide(const batch_ptr& rows, std::span<const int> keys,
                              int parallelism) {
  std::vector<batch_ptr> result(static_cast<std::size_t>(parallelism));
  if (parallelism == 1) {
    result[0] = rows;
    return result;
  }
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
  hash_rows(*rows, keys, hashes);
  std::vector<row_list> lists(static_cast<std::size_t>(parallelism));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    auto owner = owner_of(key_group_of(hashes[i]), parallelism);
    lists[static_cast<std::size_t>(owner)].push_back(
        static_cast<std::int32_t>(i));
  }
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (static_cast<std::int64_t>(lists[i].size()) == rows->rows)
      result[i] = rows;
    else if (!lists[i].empty())
      result[i] = take(*rows, lists[i]);
  }
  return result;
}

void watermark_merge::grow(std::size_t channels) {
  if (channels > channels_.size())
    channels_.resize(channels, {time_min, true});
}

event_time watermark_merge::advance(std::size_t channel, event_time t) {
  auto& x = channels_[channel];
  x.idle = false;
  x.watermark = std::max(x.watermark, t);
  return join();
}

event_time watermark_merge::set_idle(std::size_t channel) {
  channels_[channel].idle = true;
  return join();
}

bool watermark_merge::idle() const {
  return std::all_of(channels_.begin(), channels_.end(),
                     [](const channel_state& x) { return x.idle; });
}

event_time watermark_merge::join() {
  auto lowest = time_max;
  auto highest = time_min;
  auto any = false;
  for (const auto& x : channels_) {
    highest = std::max(highest, x.watermark);
    if (x.idle)
      continue;
    any = true;
    lowest = std::min(lowest, x.watermark);
  }
  // When all are idle, nobody is waited for; the result must not depend on
  // which one fell idle last.
  current_ = std::max(current_, any ? lowest : highest);
  return current_;
}

} // namespace herald
