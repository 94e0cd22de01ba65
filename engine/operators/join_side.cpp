#include "engine/operators/join_side.hpp"

#include "engine/common/check.hpp"
#include "engine/operators/filter.hpp"

#include <algorithm>

namespace herald {

namespace {

/// Rows of one batch of saved state.
constexpr std::size_t state_rows_max = 4096;

/// Fewer rows than these are not worth reclaiming.
constexpr std::int32_t removed_min = 1024;

} // namespace

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

join_bucket::join_bucket(schema_ptr layout, std::vector<data_type> key_types)
    : rows_(std::move(layout)), index_(std::move(key_types)) {}

void join_bucket::insert(const batch& x, std::span<const int> keys,
                         const row_list* rows,
                         std::span<const std::uint64_t> hashes) {
  std::vector<std::int32_t> groups;
  index_.find_or_insert(x, keys, rows, hashes, groups);
  first_.resize(static_cast<std::size_t>(index_.capacity()), -1);
  auto row = rows_.size();
  rows_.append(x, rows);
  for (auto group : groups) {
    auto& first = first_[static_cast<std::size_t>(group)];
    next_.push_back(first);
    first = row++;
  }
}

bool join_bucket::remove(const batch& x, std::span<const int> keys,
                         std::int32_t at,
                         std::span<const std::uint64_t> hashes) {
  std::vector<std::int32_t> groups;
  row_list one{at};
  index_.find(x, keys, &one, hashes, groups);
  if (groups[0] < 0)
    return false;
  auto* link = &first_[static_cast<std::size_t>(groups[0])];
  while (*link >= 0 && !rows_.same(*link, x, at))
    link = &next_[static_cast<std::size_t>(*link)];
  if (*link < 0)
    return false;
  *link = next_[static_cast<std::size_t>(*link)];
  if (first_[static_cast<std::size_t>(groups[0])] < 0)
    index_.erase(groups[0]);
  if (++removed_ > removed_min && removed_ > rows_.size() / 2)
    reclaim();
  return true;
}

void join_bucket::reclaim() {
  auto groups = index_.groups();
  std::vector<std::int32_t> kept;
  for (auto group : groups)
    for (auto row = first_[static_cast<std::size_t>(group)]; row >= 0;
         row = next_[static_cast<std::size_t>(row)])
      kept.push_back(row);
  std::sort(kept.begin(), kept.end());
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(rows_.size()), -1);
  for (std::size_t i = 0; i < kept.size(); ++i)
    numbers[static_cast<std::size_t>(kept[i])] = static_cast<std::int32_t>(i);
  auto renumber = [&numbers](std::int32_t row) {
    return row < 0 ? row : numbers[static_cast<std::size_t>(row)];
  };
  std::vector<column_ptr> columns;
  for (std::size_t i = 0; i < rows_.layout()->fields.size(); ++i)
    columns.push_back(rows_.gather(i, kept));
  row_store rows(rows_.layout());
  rows.append(*make_batch(rows_.layout(), std::move(columns),
                          static_cast<std::int64_t>(kept.size())),
              nullptr);
  std::vector<std::int32_t> next;
  for (auto row : kept)
    next.push_back(renumber(next_[static_cast<std::size_t>(row)]));
  for (auto group : groups) {
    auto& first = first_[static_cast<std::size_t>(group)];
    first = renumber(first);
  }
  rows_ = std::move(rows);
  next_ = std::move(next);
  removed_ = 0;
}

match_cursor join_bucket::find(const batch& x, std::span<const int> keys,
                               const row_list* rows,
                               std::span<const std::uint64_t> hashes) const {
  match_cursor result;
  index_.find(x, keys, rows, hashes, result.groups);
  return result;
}

bool join_bucket::match(match_cursor& cursor, const row_list* rows,
                        std::size_t pairs_max, match_list& out) const {
  out.probe.clear();
  out.stored.clear();
  for (; cursor.at < cursor.groups.size(); ++cursor.at) {
    auto group = cursor.groups[cursor.at];
    if (group < 0)
      continue;
    auto probe
        = rows ? (*rows)[cursor.at] : static_cast<std::int32_t>(cursor.at);
    auto row = cursor.row >= 0 ? cursor.row
                               : first_[static_cast<std::size_t>(group)];
    for (; row >= 0; row = next_[static_cast<std::size_t>(row)]) {
      if (out.probe.size() == pairs_max) {
        cursor.row = row;
        return true;
      }
      out.probe.push_back(probe);
      out.stored.push_back(row);
    }
    cursor.row = -1;
  }
  return !out.probe.empty();
}

std::vector<std::vector<std::int32_t>> join_bucket::rows_by_key_group() const {
  std::vector<std::vector<std::int32_t>> result(key_groups);
  for (auto group : index_.groups()) {
    auto& list
        = result[static_cast<std::size_t>(key_group_of(index_.hash_of(group)))];
    for (auto row = first_[static_cast<std::size_t>(group)]; row >= 0;
         row = next_[static_cast<std::size_t>(row)])
      list.push_back(row);
  }
  for (auto& list : result)
    std::sort(list.begin(), list.end());
  return result;
}

std::int64_t join_bucket::memory_bytes() const {
  return rows_.memory_bytes() + index_.memory_bytes()
         + static_cast<std::int64_t>((first_.capacity() + next_.capacity())
                                     * 4);
}

join_side::join_side(schema_ptr layout, std::vector<int> keys, int time_column,
                     std::int64_t bucket_ms)
    : layout_(std::move(layout)), keys_(std::move(keys)),
      key_types_(types_of(*layout_, keys_)), needed_(keys_),
      time_column_(time_column), bucket_ms_(bucket_ms) {
  if (time_column_ >= 0)
    needed_.push_back(time_column_);
}

event_time join_side::bucket_of(event_time t) const {
  return time_column_ < 0 ? 0 : floor_to(t, bucket_ms_);
}

std::vector<event_time> join_side::times(const batch& x) const {
  if (time_column_ < 0)
    return {};
  return times_of(*x.columns[static_cast<std::size_t>(time_column_)]);
}

join_bucket& join_side::bucket_at(event_time start) {
  auto at = buckets_.find(start);
  if (at == buckets_.end())
    at = buckets_.emplace(start, join_bucket(layout_, key_types_)).first;
  return at->second;
}

void join_side::apply(const batch& x, std::span<const std::uint64_t> hashes,
                      const std::vector<event_time>& times) {
  auto keyed = rows_with_values(x, needed_);
  auto count = keyed ? keyed->size() : static_cast<std::size_t>(x.rows);
  std::map<event_time, row_list> inserted;
  row_list* list = nullptr;
  event_time last = 0;
  // Runs of inserts go in together; a retraction takes its turn, since it may
  // take back a row of this very batch.
  auto flush = [&] {
    for (auto& [start, rows] : inserted)
      bucket_at(start).insert(x, keys_, &rows, hashes);
    inserted.clear();
    list = nullptr;
  };
  for (std::size_t i = 0; i < count; ++i) {
    auto row = keyed ? (*keyed)[i] : static_cast<std::int32_t>(i);
    auto start
        = times.empty() ? 0 : bucket_of(times[static_cast<std::size_t>(row)]);
    if (x.changes && retracts(x.change_of(row))) {
      flush();
      auto at = buckets_.find(start);
      if (at != buckets_.end())
        at->second.remove(x, keys_, row, hashes);
      continue;
    }
    if (!list || start != last) {
      list = &inserted[start];
      last = start;
    }
    list->push_back(row);
  }
  flush();
}

void join_side::forget(event_time t) {
  if (time_column_ < 0)
    return;
  while (!buckets_.empty() && t != time_max
         && buckets_.begin()->first + bucket_ms_ - 1 <= t)
    buckets_.erase(buckets_.begin());
  if (t == time_max)
    buckets_.clear();
}

absl::Status join_side::write(std::string_view table,
                              state_writer& writer) const {
  for (const auto& [start, bucket] : buckets_) {
    auto by_key_group = bucket.rows_by_key_group();
    for (int k = 0; k < key_groups; ++k) {
      std::span<const std::int32_t> rest
          = by_key_group[static_cast<std::size_t>(k)];
      while (!rest.empty()) {
        auto part = rest.first(std::min(rest.size(), state_rows_max));
        rest = rest.subspan(part.size());
        std::vector<column_ptr> columns;
        for (std::size_t i = 0; i < layout_->fields.size(); ++i)
          columns.push_back(bucket.rows().gather(i, part));
        auto rows = make_batch(layout_, std::move(columns),
                               static_cast<std::int64_t>(part.size()));
        HERALD_TRY(writer.put(table, k, *rows));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status join_side::read(std::string_view table, key_group_range range,
                             const state_reader& reader) {
  return reader.read(table, range, [this](int, const batch_ptr& rows) {
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(rows->rows));
    hash_rows(*rows, keys_, hashes);
    apply(*rows, hashes, times(*rows));
    return absl::OkStatus();
  });
}

std::int64_t join_side::memory_bytes() const {
  std::int64_t result = 0;
  for (const auto& [start, bucket] : buckets_)
    result += bucket.memory_bytes();
  return result;
}

} // namespace herald
