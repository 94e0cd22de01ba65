#include "engine/operators/session_index.hpp"

#include "engine/columnar/hash.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Steps of the calendar in a gap: more make fewer sessions be looked at
/// before their time, fewer keep the calendar small.
constexpr std::int64_t steps_per_gap = 16;

/// Replaces sessions by those that they went up in.
void follow(const std::vector<session_merge>& merges,
            std::vector<std::int32_t>& sessions) {
  absl::flat_hash_map<std::int32_t, std::int32_t> into;
  for (const auto& x : merges)
    into[x.from] = x.into;
  for (auto& session : sessions)
    for (auto at = into.find(session); at != into.end();
         at = into.find(session))
      session = at->second;
}

} // namespace

session_index::session_index(std::vector<data_type> key_types,
                             std::int64_t gap_ms)
    : index_(std::move(key_types)), gap_ms_(gap_ms),
      step_ms_(std::max<std::int64_t>(1, gap_ms / steps_per_gap)) {}

void session_index::schedule(std::int32_t x) {
  calendar_[floor_to(end(x), step_ms_)].push_back(x);
}

std::int32_t session_index::make(std::int32_t key, event_time first,
                                 event_time last) {
  std::int32_t made = 0;
  if (free_.empty()) {
    made = static_cast<std::int32_t>(sessions_.size());
    sessions_.emplace_back();
  } else {
    made = free_.back();
    free_.pop_back();
  }
  at(made) = {first, last, key};
  schedule(made);
  return made;
}

void session_index::add_to_key(std::int32_t made) {
  const auto key = at(made).key;
  auto& only = only_[static_cast<std::size_t>(key)];
  if (only == none) {
    only = made;
    return;
  }
  auto& list = several_[key];
  if (only >= 0)
    list = {std::exchange(only, several)};
  const auto place = std::upper_bound(list.begin(), list.end(), made,
                                      [&](std::int32_t a, std::int32_t b) {
                                        return at(a).first < at(b).first;
                                      });
  list.insert(place, made);
}

void session_index::remove_from_key(std::int32_t gone) {
  const auto key = at(gone).key;
  auto& only = only_[static_cast<std::size_t>(key)];
  if (only >= 0) {
    only = none;
    index_.erase(key);
    return;
  }
  auto list = several_.find(key);
  list->second.erase(std::find(list->second.begin(), list->second.end(), gone));
  if (list->second.size() > 1)
    return;
  only = list->second.front();
  several_.erase(list);
}

std::int32_t session_index::place(std::int32_t key, event_time t,
                                  event_time watermark,
                                  std::vector<session_merge>& merges) {
  const auto only = only_[static_cast<std::size_t>(key)];
  if (only == several)
    return place_among(key, t, watermark, merges);
  if (only >= 0) {
    auto& x = at(only);
    if (t - x.last <= gap_ms_ && x.first - t <= gap_ms_) {
      x.first = std::min(x.first, t);
      x.last = std::max(x.last, t);
      return only;
    }
  }
  if (t + gap_ms_ <= watermark)
    return none;
  const auto made = make(key, t, t);
  add_to_key(made);
  return made;
}

std::int32_t session_index::place_among(std::int32_t key, event_time t,
                                        event_time watermark,
                                        std::vector<session_merge>& merges) {
  auto& list = several_.find(key)->second;
  const auto next = std::upper_bound(
      list.begin(), list.end(), t,
      [&](event_time time, std::int32_t x) { return time < at(x).first; });
  const bool meets_next = next != list.end() && at(*next).first - t <= gap_ms_;
  if (next != list.begin() && t - at(*(next - 1)).last <= gap_ms_) {
    const auto result = *(next - 1);
    at(result).last = std::max(at(result).last, t);
    if (meets_next) {
      const auto from = *next;
      at(result).last = std::max(at(result).last, at(from).last);
      remove_from_key(from);
      // The calendar gives its number back.
      at(from).key = -1;
      merges.push_back({from, result});
    }
    return result;
  }
  if (meets_next) {
    at(*next).first = t;
    return *next;
  }
  if (t + gap_ms_ <= watermark)
    return none;
  const auto made = make(key, t, t);
  add_to_key(made);
  return made;
}

std::vector<session_merge>
session_index::assign(const batch& x, std::span<const int> keys,
                      std::span<const std::uint64_t> hashes, const column& time,
                      std::span<const event_time> times, event_time watermark,
                      std::vector<std::int32_t>& sessions) {
  index_.find_or_insert(x, keys, nullptr, hashes, groups_);
  only_.resize(static_cast<std::size_t>(index_.capacity()), none);
  std::vector<session_merge> merges;
  std::vector<std::int32_t> maybe_empty;
  sessions.resize(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    sessions[i] = time.is_null(static_cast<std::int64_t>(i))
                      ? none
                      : place(groups_[i], times[i], watermark, merges);
    if (sessions[i] == none)
      maybe_empty.push_back(groups_[i]);
  }
  if (!merges.empty())
    follow(merges, sessions);
  // Keys that only late rows had.
  std::sort(maybe_empty.begin(), maybe_empty.end());
  maybe_empty.erase(std::unique(maybe_empty.begin(), maybe_empty.end()),
                    maybe_empty.end());
  for (auto key : maybe_empty)
    if (only_[static_cast<std::size_t>(key)] == none)
      index_.erase(key);
  return merges;
}

void session_index::open(const batch& x, std::span<const int> keys,
                         std::span<const std::uint64_t> hashes,
                         std::span<const event_time> first,
                         std::span<const event_time> last,
                         std::vector<std::int32_t>& sessions) {
  index_.find_or_insert(x, keys, nullptr, hashes, groups_);
  only_.resize(static_cast<std::size_t>(index_.capacity()), none);
  sessions.resize(first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    sessions[i] = make(groups_[i], first[i], last[i]);
    add_to_key(sessions[i]);
  }
}

std::vector<std::int32_t> session_index::take_over(event_time t) {
  std::vector<std::int32_t> result;
  while (!calendar_.empty() && calendar_.begin()->first <= t) {
    const auto step = calendar_.extract(calendar_.begin());
    std::vector<std::int32_t> rest;
    for (auto x : step.mapped()) {
      if (at(x).key < 0)
        free_.push_back(x);
      else if (end(x) <= t)
        result.push_back(x);
      else if (end(x) - step.key() < step_ms_)
        rest.push_back(x);
      else
        schedule(x);
    }
    if (rest.empty())
      continue;
    // `t` lies inside this step, so there is no later one to look at.
    calendar_[step.key()] = std::move(rest);
    break;
  }
  return result;
}

void session_index::erase(std::span<const std::int32_t> sessions) {
  for (auto x : sessions) {
    remove_from_key(x);
    at(x).key = -1;
    free_.push_back(x);
  }
}

std::vector<column_ptr>
session_index::keys(std::span<const std::int32_t> sessions) const {
  std::vector<std::int32_t> groups;
  groups.reserve(sessions.size());
  for (auto x : sessions)
    groups.push_back(sessions_[static_cast<std::size_t>(x)].key);
  return index_.keys(groups);
}

std::vector<std::vector<std::int32_t>> session_index::by_key_group() const {
  std::vector<std::vector<std::int32_t>> result(key_groups);
  for (std::size_t i = 0; i < sessions_.size(); ++i)
    if (sessions_[i].key >= 0)
      result[static_cast<std::size_t>(
                 key_group_of(index_.hash_of(sessions_[i].key)))]
          .push_back(static_cast<std::int32_t>(i));
  return result;
}

std::int64_t session_index::memory_bytes() const {
  auto result = index_.memory_bytes()
                + static_cast<std::int64_t>(
                    sessions_.capacity() * sizeof(stretch)
                    + (free_.capacity() + only_.capacity()) * 4
                    + several_.capacity() * sizeof(several_)
                    + sessions_.size() * 4); // the calendar's entries
  for (const auto& [key, list] : several_)
    result += static_cast<std::int64_t>(list.capacity() * 4);
  return result;
}

} // namespace herald
