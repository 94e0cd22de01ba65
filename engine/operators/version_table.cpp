#include "engine/operators/version_table.hpp"

#include "engine/operators/filter.hpp"
#include "engine/operators/join_side.hpp"
#include "engine/operators/state_parts.hpp"

#include <algorithm>

namespace herald {

version_table::version_table(schema_ptr layout, std::vector<int> keys,
                             int time_column, std::int64_t ttl_ms)
    : keys_(std::move(keys)), time_column_(time_column), rows_(layout),
      index_(types_of(*layout, keys_)), ttl_(ttl_ms) {}

void version_table::clear(std::int32_t group) {
  auto& all = versions_[static_cast<std::size_t>(group)];
  live_ -= static_cast<std::int64_t>(all.size());
  all = std::vector<version>();
}

void version_table::set_time(std::int64_t now_ms) {
  ttl_.set_time(now_ms);
  const auto empty = [this](std::int32_t group) {
    clear(group);
    return true;
  };
  const auto kept = ttl_.sweep(index_, empty, [this] { trim(); });
  if (!kept)
    return;
  due_.renumber(numbers_after(*kept, versions_.size()));
  keep_groups(versions_, *kept);
}

void version_table::touch(const batch& x, std::span<const int> keys) {
  if (!ttl_.on())
    return;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, keys, hashes);
  const auto whole = rows_with_values(x, keys);
  index_.find(x, keys, whole ? &*whole : nullptr, hashes, groups_);
  for (const auto group : groups_) {
    if (group < 0)
      continue;
    if (ttl_.is_over(group))
      clear(group);
    ttl_.touch(group);
  }
}

void version_table::insert(std::size_t group, const version& x) {
  auto& all = versions_[group];
  auto at = std::upper_bound(
      all.begin(), all.end(), x,
      [](const auto& a, const auto& b) { return a.time < b.time; });
  // What comes later says more about the same time.
  if (at != all.begin() && std::prev(at)->time == x.time) {
    *std::prev(at) = x;
  } else {
    all.insert(at, x);
    ++live_;
  }
  due_.add(x.time, static_cast<std::int32_t>(group));
}

void version_table::add(const batch& x) {
  const auto& column = *x.columns[static_cast<std::size_t>(time_column_)];
  auto needed = keys_;
  needed.push_back(time_column_);
  const auto whole = rows_with_values(x, needed);
  row_list kept;
  for (std::int64_t i = 0, at = 0; i < x.rows; ++i) {
    if (whole) {
      const auto size = static_cast<std::int64_t>(whole->size());
      if (at == size || (*whole)[static_cast<std::size_t>(at)] != i)
        continue;
      ++at;
    }
    if (x.change_of(i) != change::update_before)
      kept.push_back(static_cast<std::int32_t>(i));
  }
  if (kept.empty())
    return;
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, keys_, hashes);
  index_.find_or_insert(x, keys_, &kept, hashes, groups_);
  versions_.resize(static_cast<std::size_t>(index_.capacity()));
  for (const auto group : groups_) {
    if (ttl_.is_over(group))
      clear(group);
    ttl_.touch(group);
  }
  const auto times = times_of(column);
  auto row = rows_.size();
  rows_.append(x, &kept);
  for (std::size_t i = 0; i < kept.size(); ++i, ++row)
    insert(static_cast<std::size_t>(groups_[i]),
           {times[static_cast<std::size_t>(kept[i])], row,
            x.change_of(kept[i]) == change::remove});
}

std::vector<std::int32_t>
version_table::find(const batch& x, std::span<const int> keys,
                    std::span<const event_time> times) const {
  std::vector<std::int32_t> result(static_cast<std::size_t>(x.rows), -1);
  std::vector<std::uint64_t> hashes(result.size());
  hash_rows(x, keys, hashes);
  const auto whole = rows_with_values(x, keys);
  std::vector<std::int32_t> groups;
  index_.find(x, keys, whole ? &*whole : nullptr, hashes, groups);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i] < 0)
      continue;
    const auto row = whole ? static_cast<std::size_t>((*whole)[i]) : i;
    const auto& all = versions_[static_cast<std::size_t>(groups[i])];
    const auto next = std::upper_bound(
        all.begin(), all.end(), times[row],
        [](event_time t, const version& v) { return t < v.time; });
    if (next != all.begin() && !std::prev(next)->gone)
      result[row] = std::prev(next)->row;
  }
  return result;
}

void version_table::forget(event_time t) {
  std::vector<std::int32_t> due;
  due_.take(t, due);
  std::sort(due.begin(), due.end());
  due.erase(std::unique(due.begin(), due.end()), due.end());
  for (const auto group : due) {
    auto& all = versions_[static_cast<std::size_t>(group)];
    auto valid = std::upper_bound(
        all.begin(), all.end(), t,
        [](event_time now, const version& v) { return now < v.time; });
    if (valid == all.begin())
      continue;
    // The last one before `t` is still found, unless it says that there is
    // none.
    if (!std::prev(valid)->gone)
      --valid;
    live_ -= valid - all.begin();
    all.erase(all.begin(), valid);
    if (all.empty()) {
      index_.erase(group);
      ttl_.erase(group);
    }
  }
  trim();
}

/// Makes the rows anew when most of them are forgotten.
void version_table::trim() {
  if (!worth_reclaiming(rows_.size() - live_, rows_.size()))
    return;
  std::vector<std::int32_t> kept;
  for (auto& all : versions_)
    for (auto& x : all) {
      kept.push_back(x.row);
      x.row = static_cast<std::int32_t>(kept.size()) - 1;
    }
  rows_ = rows_.only(kept);
}

// State: the rows of each key in order of time, with their kind.

absl::Status version_table::write(std::string_view table,
                                  state_writer& writer) const {
  HERALD_TRY(ttl_.write(index_, writer));
  std::vector<std::vector<version>> by_key_group(key_groups);
  for (const auto group : index_.groups()) {
    const auto& all = versions_[static_cast<std::size_t>(group)];
    auto& into = by_key_group[static_cast<std::size_t>(
        key_group_of(index_.hash_of(group)))];
    into.insert(into.end(), all.begin(), all.end());
  }
  return for_each_part(by_key_group, [&](int k, auto part) {
    std::vector<std::int32_t> rows;
    const auto size = static_cast<std::int64_t>(part.size());
    auto kinds = allocate_buffer(size);
    for (const auto& x : part) {
      kinds->mutable_data()[rows.size()]
          = static_cast<std::uint8_t>(x.gone ? change::remove : change::insert);
      rows.push_back(x.row);
    }
    const auto saved = rows_.gather(rows);
    return writer.put(table, k,
                      *with_kinds(*make_batch(saved->layout, saved->columns,
                                              size, std::move(kinds))));
  });
}

absl::Status version_table::read(std::string_view table, key_group_range range,
                                 const state_reader& reader) {
  HERALD_TRY(reader.read(table, range, [this](int, const batch_ptr& saved) {
    add(*without_kinds(*saved, rows_.layout()));
    return absl::OkStatus();
  }));
  return ttl_.read(index_, range, reader);
}

std::int64_t version_table::memory_bytes() const {
  auto result = rows_.memory_bytes() + index_.memory_bytes()
                + ttl_.memory_bytes() + due_.memory_bytes()
                + static_cast<std::int64_t>(versions_.capacity()
                                            * sizeof(versions_[0]));
  for (const auto& all : versions_)
    result += static_cast<std::int64_t>(all.capacity() * sizeof(version));
  return result;
}

batch_ptr with_kinds(const batch& x) {
  const auto type = data_type::of(type_kind::tinyint).with_nullable(false);
  fixed_builder<std::int8_t> kinds(type);
  for (std::int64_t i = 0; i < x.rows; ++i)
    kinds.push(static_cast<std::int8_t>(x.change_of(i)));
  auto layout = std::make_shared<schema>(*x.layout);
  layout->fields.push_back({"$kind", type});
  auto columns = x.columns;
  columns.push_back(kinds.finish());
  return make_batch(std::move(layout), std::move(columns), x.rows);
}

batch_ptr without_kinds(const batch& x, schema_ptr layout) {
  auto columns = x.columns;
  const auto kinds = columns.back()->as<std::int8_t>();
  auto changes = allocate_buffer(x.rows);
  std::copy(kinds.begin(), kinds.end(),
            reinterpret_cast<std::int8_t*>(changes->mutable_data()));
  columns.pop_back();
  return make_batch(std::move(layout), std::move(columns), x.rows,
                    std::move(changes));
}

} // namespace herald
