#include "engine/common/check.hpp"
#include "tests/support/local_runner.hpp"

#include <algorithm>

namespace herald::testing {

memory_reader::memory_reader(std::vector<batch_ptr> splits,
                             std::vector<int> mine,
                             const std::vector<split_position>& restore,
                             bool endless)
    : splits_(std::move(splits)), mine_(std::move(mine)),
      next_(mine_.size(), 0), endless_(endless) {
  for (const auto& x : restore) {
    auto at = std::find(mine_.begin(), mine_.end(), std::stoi(x.split));
    if (at != mine_.end())
      next_[static_cast<std::size_t>(at - mine_.begin())] = x.next;
  }
}

std::vector<std::string> memory_reader::splits() const {
  std::vector<std::string> result;
  for (auto i : mine_)
    result.push_back(std::to_string(i));
  return result;
}

absl::StatusOr<source_event> memory_reader::poll(std::int64_t rows_max) {
  for (std::size_t tried = 0; tried < mine_.size(); ++tried) {
    auto at = turn_;
    turn_ = (turn_ + 1) % mine_.size();
    const auto& rows = splits_[static_cast<std::size_t>(mine_[at])];
    auto count = std::min(rows_max, rows->rows - next_[at]);
    if (count == 0)
      continue;
    auto part = slice(*rows, next_[at], count);
    next_[at] += count;
    return source_rows{std::move(part), static_cast<int>(at), {}};
  }
  if (endless_)
    return source_idle{};
  return source_finished{};
}

std::vector<split_position> memory_reader::positions() const {
  std::vector<split_position> result;
  for (std::size_t i = 0; i < mine_.size(); ++i)
    result.push_back({std::to_string(mine_[i]), next_[i]});
  return result;
}

} // namespace herald::testing
