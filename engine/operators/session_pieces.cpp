#include "engine/operators/session_pieces.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Entries of the calendar before those that mean nothing are looked for: as
/// many as cost little, and more than pieces need.
constexpr std::int64_t entries_min = 4096;
constexpr std::int64_t entries_a_piece = 4;

} // namespace

session_pieces::session_pieces(std::vector<data_type> key_types,
                               std::int64_t gap_ms, bool joins)
    : index_(std::move(key_types)), gap_ms_(gap_ms), joins_(joins) {}

void session_pieces::add_entry(event_time due, std::int32_t slot) {
  // Entries that mean nothing go with their time, or if they are too many.
  const auto keys = static_cast<std::int64_t>(by_key_.size());
  if (entries_ > entries_min + entries_a_piece * count_ + keys) {
    calendar_ = {};
    entries_ = 0;
    for (const auto& list : by_key_)
      for (const auto& [first, x] : list)
        if (x.due != no_due)
          add_entry(x.due, x.slot);
  }
  calendar_.add(due, slot);
  ++entries_;
}

void session_pieces::set_due(iterator at, event_time due) {
  auto& x = at->second;
  if (x.due == due)
    return;
  x.due = due;
  if (due != no_due)
    add_entry(due, x.slot);
}

void session_pieces::free_slot(std::int32_t slot) {
  places_[static_cast<std::size_t>(slot)].first = -1;
  free_.push_back(slot);
}

session_pieces::iterator
session_pieces::insert(std::int32_t key, event_time first, event_time last) {
  std::int32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::int32_t>(rows_.size());
    rows_.push_back(0);
    places_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
    rows_at(slot) = 0;
  }
  places_[static_cast<std::size_t>(slot)] = {key, first};
  auto& list = of(key);
  const auto at = list.emplace(first, piece{last, no_due, slot}).first;
  ++count_;
  if (at != list.begin() && meet(std::prev(at)->second.last, first))
    set_due(std::prev(at), no_due);
  const auto next = std::next(at);
  if (next == list.end() || !meet(last, next->first))
    set_due(at, last + gap_ms_);
  return at;
}

void session_pieces::erase(std::int32_t key, iterator at) {
  auto& list = of(key);
  const auto next = std::next(at);
  if (at != list.begin()) {
    const auto before = std::prev(at);
    const auto last = before->second.last;
    if (meet(last, at->first)
        && (next == list.end() || !meet(last, next->first)))
      set_due(before, last + gap_ms_);
  }
  free_slot(at->second.slot);
  list.erase(at);
  --count_;
}

bool session_pieces::meets_rows(std::int32_t key, event_time t) {
  auto& list = of(key);
  const auto next = list.lower_bound(t);
  for (auto x = next; x != list.end() && meet(t, x->first); ++x)
    if (rows_at(x->second.slot) > 0)
      return true;
  for (auto x = next; x != list.begin();) {
    --x;
    if (!meet(x->second.last, t))
      return false;
    if (rows_at(x->second.slot) > 0)
      return true;
  }
  return false;
}

std::int32_t session_pieces::add(std::int32_t key, event_time t,
                                 event_time closed) {
  if (joins_)
    return add_joining(key, t, closed);
  if (t + gap_ms_ <= closed && !meets_rows(key, t))
    return -1;
  auto at = of(key).find(t);
  if (at == of(key).end())
    at = insert(key, t, t);
  ++rows_at(at->second.slot);
  return at->second.slot;
}

std::int32_t session_pieces::add_joining(std::int32_t key, event_time t,
                                         event_time closed) {
  auto& list = of(key);
  auto next = list.upper_bound(t);
  const bool meets_next = next != list.end() && meet(t, next->first);
  if (next != list.begin() && meet(std::prev(next)->second.last, t)) {
    const auto at = std::prev(next);
    auto& x = at->second;
    x.last = std::max(x.last, t);
    // An end that moves on moves its entry when that comes up.
    if (x.due > x.last + gap_ms_)
      set_due(at, x.last + gap_ms_);
    if (next != list.end() && meet(x.last, next->first))
      unsettled_.emplace_back(key, t);
    ++rows_at(x.slot);
    return x.slot;
  }
  if (meets_next) {
    auto node = list.extract(next);
    const auto slot = node.mapped().slot;
    node.key() = t;
    list.insert(std::move(node));
    places_[static_cast<std::size_t>(slot)].second = t;
    ++rows_at(slot);
    return slot;
  }
  if (t + gap_ms_ <= closed)
    return -1;
  const auto slot = insert(key, t, t)->second.slot;
  ++rows_at(slot);
  return slot;
}

std::int32_t session_pieces::take_back(std::int32_t key, event_time t) {
  const auto at = of(key).find(t);
  if (at == of(key).end() || rows_at(at->second.slot) == 0)
    return -1;
  const auto slot = at->second.slot;
  if (--rows_at(slot) == 0)
    unsettled_.emplace_back(key, t);
  return slot;
}

void session_pieces::join(std::int32_t key, event_time at, changed_slots& out) {
  auto& list = of(key);
  const auto into = std::prev(list.upper_bound(at));
  auto& x = into->second;
  for (auto next = std::next(into);
       next != list.end() && meet(x.last, next->first);
       next = std::next(into)) {
    const auto from = next->second.slot;
    x.last = std::max(x.last, next->second.last);
    rows_at(x.slot) += rows_at(from);
    out.merges.push_back({from, x.slot});
    out.freed.push_back(from);
    free_slot(from);
    list.erase(next);
    --count_;
  }
  set_due(into, x.last + gap_ms_);
}

session_pieces::changed_slots session_pieces::settle() {
  changed_slots result;
  for (const auto& [key, t] : unsettled_) {
    if (joins_) {
      join(key, t, result);
      continue;
    }
    const auto at = of(key).find(t);
    if (at == of(key).end() || rows_at(at->second.slot) > 0)
      continue;
    result.freed.push_back(at->second.slot);
    result.gone.emplace_back(key, t);
    erase(key, at);
  }
  unsettled_.clear();
  return result;
}

std::int32_t session_pieces::open(std::int32_t key, event_time first,
                                  event_time last, std::int64_t rows) {
  const auto slot = insert(key, first, last)->second.slot;
  rows_at(slot) = rows;
  return slot;
}

std::vector<session_pieces::ended_run>
session_pieces::take_ended(event_time t, std::int64_t lateness_ms) {
  std::vector<ended_run> result;
  std::vector<std::int32_t> slots;
  calendar_.take(t, slots);
  entries_ -= static_cast<std::int64_t>(slots.size());
  for (const auto slot : slots) {
    const auto [key, first] = places_[static_cast<std::size_t>(slot)];
    if (key < 0)
      continue;
    const auto at = of(key).find(first);
    if (at->second.due == no_due || at->second.due > t)
      continue;
    const auto end = at->second.last + gap_ms_;
    if (end > t) {
      set_due(at, end);
      continue;
    }
    const bool closes = t == time_max || end + lateness_ms <= t;
    set_due(at, closes ? no_due : end + lateness_ms);
    result.push_back({key, first, closes});
  }
  return result;
}

bool session_pieces::falls_apart(std::int32_t key, event_time first,
                                 event_time last, event_time gone) const {
  const auto& list = by_key_[static_cast<std::size_t>(key)];
  const auto next = list.lower_bound(gone);
  if (next == list.end() || next->first > last || next == list.begin())
    return false;
  const auto before = std::prev(next);
  return before->first >= first && !meet(before->second.last, next->first);
}

namespace {

/// The one of ascending stretches that has `t`; null: none.
const session_run* stretch_of(std::span<const session_run> x, event_time t) {
  const auto next = std::upper_bound(
      x.begin(), x.end(), t,
      [](event_time time, const session_run& run) { return time < run.first; });
  if (next == x.begin())
    return nullptr;
  const auto& result = *std::prev(next);
  return t <= result.last ? &result : nullptr;
}

} // namespace

void session_pieces::runs_near(std::int32_t key, event_time begin,
                               event_time end,
                               std::span<const session_run> whole,
                               session_runs& out) const {
  const auto& list = by_key_[static_cast<std::size_t>(key)];
  const bool more = !out.runs.empty() && out.runs.back().key == key;
  const auto lowest
      = more ? list.upper_bound(out.runs.back().last) : list.begin();
  auto x = list.upper_bound(begin);
  if (more && begin <= out.runs.back().last)
    x = lowest;
  if (x != lowest && meet(std::prev(x)->second.last, begin)) {
    do {
      --x;
      if (const auto* part = stretch_of(whole, x->first))
        x = list.lower_bound(part->first);
    } while (x != lowest && meet(std::prev(x)->second.last, x->first));
  }
  while (x != list.end() && meet(end, x->first)) {
    session_run run{key, x->first, x->second.last};
    do {
      if (const auto* part = stretch_of(whole, x->first)) {
        out.parts.push_back(static_cast<std::size_t>(part - whole.data()));
        x = std::prev(list.upper_bound(part->last));
      } else {
        out.slots.push_back(x->second.slot);
      }
      run.last = x->second.last;
      ++x;
    } while (x != list.end() && meet(run.last, x->first));
    out.runs.push_back(run);
    out.ends.push_back(out.slots.size());
    out.part_ends.push_back(out.parts.size());
  }
}

session_run session_pieces::erase_run(std::int32_t key, event_time at,
                                      std::vector<std::int32_t>& freed) {
  auto& list = of(key);
  auto x = list.find(at);
  while (x != list.begin() && meet(std::prev(x)->second.last, x->first))
    --x;
  session_run result{key, x->first, x->second.last};
  while (x != list.end()
         && (x->first == result.first || meet(result.last, x->first))) {
    result.last = x->second.last;
    freed.push_back(x->second.slot);
    free_slot(x->second.slot);
    x = list.erase(x);
    --count_;
  }
  return result;
}

std::vector<std::vector<session_pieces::piece_ref>>
session_pieces::by_key_group() const {
  std::vector<std::vector<piece_ref>> result(key_groups);
  for (const auto key : index_.groups())
    for (const auto& [first, x] : by_key_[static_cast<std::size_t>(key)])
      result[static_cast<std::size_t>(key_group_of(index_.hash_of(key)))]
          .push_back({{key, first, x.last},
                      x.slot,
                      rows_[static_cast<std::size_t>(x.slot)]});
  return result;
}

std::int64_t session_pieces::memory_bytes() const {
  constexpr std::int64_t piece_bytes = 80; // a node of the map
  if (count_ == 0)
    return 0;
  return index_.memory_bytes() + count_ * piece_bytes + calendar_.memory_bytes()
         + static_cast<std::int64_t>(
             by_key_.capacity() * sizeof(piece_map) + rows_.capacity() * 8
             + places_.capacity() * sizeof(place) + free_.capacity() * 4);
}

} // namespace herald
