#include "engine/operators/row_finder.hpp"

namespace herald {

namespace {

constexpr std::size_t slots_min = 16;

} // namespace

void row_finder::insert(std::uint64_t hash, std::int32_t row) {
  if ((used_ + 1) * 2 > slots_.size())
    grow();
  const auto at = static_cast<std::size_t>(row);
  if (at >= entries_.size())
    entries_.resize(at + 1);
  auto& slot = slots_[place_of(hash)];
  entries_[at] = {hash, slot, -1};
  if (slot >= 0)
    entry(slot).previous = row;
  else
    ++used_;
  slot = row;
}

void row_finder::grow() {
  std::vector<std::int32_t> old(slots_.empty() ? slots_min : slots_.size() * 2,
                                -1);
  old.swap(slots_);
  for (const auto row : old)
    if (row >= 0)
      slots_[place_of(hash_of(row))] = row;
}

void row_finder::erase(std::int32_t row) {
  const auto x = entry(row);
  if (x.next >= 0)
    entry(x.next).previous = x.previous;
  if (x.previous >= 0) {
    entry(x.previous).next = x.next;
    return;
  }
  const auto at = place_of(x.hash);
  slots_[at] = x.next;
  if (x.next < 0)
    close_hole(at);
}

/// Moves later entries of the run back, as in group_index.
void row_finder::close_hole(std::size_t at) {
  const auto mask = slots_.size() - 1;
  for (auto next = (at + 1) & mask; slots_[next] >= 0;
       next = (next + 1) & mask) {
    const auto home = hash_of(slots_[next]) & mask;
    if (((next - home) & mask) >= ((next - at) & mask)) {
      slots_[at] = slots_[next];
      at = next;
    }
  }
  slots_[at] = -1;
  --used_;
}

} // namespace herald
