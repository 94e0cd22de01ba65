#include "engine/operators/join_side.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

std::optional<row_list> rows_with_values(const batch& x,
                                         std::span<const int> columns) {
  auto any = std::any_of(columns.begin(), columns.end(), [&x](int i) {
    return x.columns[static_cast<std::size_t>(i)]->null_count != 0;
  });
  if (!any)
    return std::nullopt;
  row_list result;
  for (std::int64_t i = 0; i < x.rows; ++i)
    if (std::none_of(columns.begin(), columns.end(), [&x, i](int column) {
          return x.columns[static_cast<std::size_t>(column)]->is_null(i);
        }))
      result.push_back(static_cast<std::int32_t>(i));
  return result;
}

join_side::join_side(schema_ptr layout, join_side_options options)
    : layout_(std::move(layout)),
      zone_(options.life ? options.life->zone : std::string()),
      options_(std::move(options)),
      key_types_(types_of(*layout_, options_.keys)),
      all_columns_(layout_->fields.size()), rows_(layout_), index_(key_types_) {
  std::iota(all_columns_.begin(), all_columns_.end(), 0);
}

std::vector<event_time> join_side::lives_of(const batch& x) const {
  if (!options_.life)
    return {};
  auto result
      = times_of(*x.columns[static_cast<std::size_t>(options_.life->column)]);
  for (auto& t : result)
    t = zone_.timer(t + options_.life->shift_ms);
  return result;
}

void join_side::insert(const batch& x, std::span<const std::uint64_t> hashes,
                       std::span<const std::int32_t> counts,
                       std::int64_t came_ms) {
  if (x.rows == 0)
    return;
  index_.find_or_insert(x, options_.keys, nullptr, hashes, groups_);
  first_.resize(static_cast<std::size_t>(index_.capacity()), -1);
  const auto begin = rows_.size();
  rows_.append(x, nullptr);
  links_.resize(static_cast<std::size_t>(rows_.size()));
  auto row = begin;
  for (const auto group : groups_) {
    auto& first = first_[static_cast<std::size_t>(group)];
    if (first >= 0)
      at(first).previous = row;
    at(row) = {first, first_of(group)};
    first = row++;
  }
  live_ += x.rows;
  note_arrival(came_ms);
  if (options_.counts) {
    counts_.insert(counts_.end(), counts.begin(), counts.end());
    counts_.resize(static_cast<std::size_t>(rows_.size()));
  }
  if (options_.retracts) {
    std::vector<std::uint64_t> of_rows(static_cast<std::size_t>(x.rows));
    hash_rows(x, all_columns_, of_rows);
    for (std::size_t i = 0; i < of_rows.size(); ++i)
      finder_.insert(of_rows[i], begin + static_cast<std::int32_t>(i));
  }
  const auto lives = lives_of(x);
  for (std::size_t i = 0; i < lives.size(); ++i)
    calendar_.add(lives[i], begin + static_cast<std::int32_t>(i));
}

row_list join_side::remove(const batch& x, std::vector<std::int32_t>& counts) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, all_columns_, hashes);
  row_list result;
  for (std::int32_t i = 0; i < x.rows; ++i) {
    const auto row = finder_.find(
        hashes[static_cast<std::size_t>(i)],
        [&](std::int32_t candidate) { return rows_.same(candidate, x, i); });
    if (row < 0)
      continue;
    result.push_back(i);
    counts.push_back(options_.counts ? count_of(row) : 0);
    erase(row);
  }
  return result;
}

void join_side::erase(std::int32_t row) {
  auto& x = at(row);
  HERALD_CHECK(x.previous != gone, "a row is forgotten twice");
  if (x.next >= 0)
    at(x.next).previous = x.previous;
  if (x.previous >= 0) {
    at(x.previous).next = x.next;
  } else {
    const auto group = -2 - x.previous;
    first_[static_cast<std::size_t>(group)] = x.next;
    if (x.next < 0)
      index_.erase(group);
  }
  x = {};
  --live_;
  if (options_.retracts)
    finder_.erase(row);
}

void join_side::expire(event_time t, std::vector<std::int32_t>& lonely) {
  std::vector<std::int32_t> over;
  calendar_.take(t, over);
  for (const auto row : over) {
    if (at(row).previous == gone)
      continue;
    if (options_.counts && count_of(row) == 0)
      lonely.push_back(row);
    erase(row);
  }
}

match_cursor join_side::find(const batch& x, std::span<const int> keys,
                             std::span<const std::uint64_t> hashes) const {
  match_cursor result;
  index_.find(x, keys, nullptr, hashes, result.groups);
  return result;
}

bool join_side::match(match_cursor& cursor, std::size_t pairs_max,
                      join_matches& out) const {
  out.probe.clear();
  out.stored.clear();
  for (; cursor.at < cursor.groups.size(); ++cursor.at) {
    const auto group = cursor.groups[cursor.at];
    if (group < 0)
      continue;
    auto row = cursor.row >= 0 ? cursor.row
                               : first_[static_cast<std::size_t>(group)];
    for (; row >= 0; row = at(row).next) {
      if (out.probe.size() == pairs_max) {
        cursor.row = row;
        return true;
      }
      out.probe.push_back(static_cast<std::int32_t>(cursor.at));
      out.stored.push_back(row);
    }
    cursor.row = -1;
  }
  return !out.probe.empty();
}

void join_side::trim() {
  const auto forgotten = rows_.size() - live_;
  if (live_ == 0 && forgotten > 0)
    clear();
  else if (worth_reclaiming(forgotten, rows_.size()))
    compact();
}

void join_side::clear() {
  rows_ = row_store(layout_);
  index_ = group_index(key_types_);
  // `= {}` would keep their memory.
  first_ = std::vector<std::int32_t>();
  links_ = std::vector<links>();
  counts_ = std::vector<std::int32_t>();
  finder_ = row_finder();
  calendar_ = calendar();
  arrivals_ = std::deque<arrival>();
  oldest_ = 0;
}

std::vector<std::int32_t> join_side::living() const {
  std::vector<std::int32_t> result;
  result.reserve(static_cast<std::size_t>(live_));
  for (std::int32_t row = 0; row < rows_.size(); ++row)
    if (at(row).previous != gone)
      result.push_back(row);
  return result;
}

/// Keeps only the rows that live, in their order, under new numbers.
void join_side::compact() {
  const auto kept = living();
  const auto numbers
      = numbers_after(kept, static_cast<std::size_t>(rows_.size()));
  const auto renumber = [&numbers](std::int32_t row) {
    return row < 0 ? row : numbers[static_cast<std::size_t>(row)];
  };
  rows_ = rows_.only(kept);
  std::vector<links> moved;
  std::vector<std::int32_t> counts;
  row_finder finder;
  for (const auto row : kept) {
    const auto& x = at(row);
    const auto number = static_cast<std::int32_t>(moved.size());
    moved.push_back({renumber(x.next), renumber(x.previous)});
    if (options_.counts)
      counts.push_back(count_of(row));
    if (options_.retracts)
      finder.insert(finder_.hash_of(row), number);
  }
  for (const auto group : index_.groups()) {
    auto& first = first_[static_cast<std::size_t>(group)];
    first = renumber(first);
  }
  links_ = std::move(moved);
  counts_ = std::move(counts);
  finder_ = std::move(finder);
  calendar_.renumber(numbers);
  renumber_arrivals(kept);
  const auto groups = index_.shrink();
  if (!groups)
    return;
  keep_groups(first_, *groups);
  for (std::size_t i = 0; i < first_.size(); ++i)
    at(first_[i]).previous = first_of(static_cast<std::int32_t>(i));
}

std::int64_t join_side::memory_bytes() const {
  if (rows_.size() == 0)
    return 0;
  return rows_.memory_bytes() + index_.memory_bytes() + finder_.memory_bytes()
         + calendar_.memory_bytes()
         + static_cast<std::int64_t>((first_.capacity() + counts_.capacity())
                                         * 4
                                     + links_.capacity() * sizeof(links));
}

} // namespace herald
