#include "engine/operators/first_row.hpp"

#include "engine/operators/filter.hpp"
#include "engine/operators/state_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

constexpr std::string_view keys_table = "keys";

} // namespace

first_row_operator::first_row_operator(deduplicate_spec spec, schema_ptr layout)
    : spec_(std::move(spec)), layout_(std::move(layout)),
      index_(types_of(*layout_, spec_.keys)), ttl_(spec_.ttl_ms.value_or(0)),
      rows_(layout_) {}

void first_row_operator::find_groups(const batch& x, std::span<const int> keys,
                                     const row_list* rows) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, keys, hashes);
  index_.find_or_insert(x, keys, rows, hashes, groups_);
  row_.resize(static_cast<std::size_t>(index_.capacity()), unknown);
}

/// Takes those of `rows` that come before what their key has.
void first_row_operator::keep(const batch& x, const row_list& rows) {
  find_groups(x, spec_.keys, &rows);
  const auto times
      = times_of(*x.columns[static_cast<std::size_t>(spec_.time_column)]);
  row_list taken;
  auto next = rows_.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto group = groups_[i];
    const auto time = times[static_cast<std::size_t>(rows[i])];
    auto& row = row_of(group);
    if (row == given && ttl_.is_over(group))
      row = unknown;
    if (row == given
        || (row != unknown && times_[static_cast<std::size_t>(row)] <= time))
      continue;
    gone_ += row != unknown;
    row = next++;
    taken.push_back(rows[i]);
    times_.push_back(time);
    group_.push_back(group);
    calendar_.add(time, row);
    ttl_.touch(group);
  }
  if (!taken.empty())
    rows_.append(x, &taken);
}

absl::Status first_row_operator::process(int, const batch_ptr& rows,
                                         output& out) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  const auto& time
      = *rows->columns[static_cast<std::size_t>(spec_.time_column)];
  const auto times = times_of(time);
  row_list taken;
  row_list late;
  for (std::size_t i = 0; i < times.size(); ++i) {
    const bool waits
        = !time.is_null(static_cast<std::int64_t>(i)) && times[i] > watermark_;
    (waits ? taken : late).push_back(static_cast<std::int32_t>(i));
  }
  HERALD_TRY(drop_late(*rows, late, watermark_, out));
  if (!taken.empty())
    keep(*rows, taken);
  reclaim();
  return absl::OkStatus();
}

absl::Status first_row_operator::advance(event_time t, output& out) {
  if (t > watermark_) {
    watermark_ = t;
    std::vector<std::int32_t> over;
    calendar_.take(t, over);
    std::erase_if(over, [this](std::int32_t row) {
      return row_of(group_[static_cast<std::size_t>(row)]) != row;
    });
    HERALD_TRY(give(std::move(over), out));
    reclaim();
  }
  return out.advance(t);
}

/// Rows of one time in the order in which they came.
absl::Status first_row_operator::give(std::vector<std::int32_t> rows,
                                      output& out) {
  std::sort(rows.begin(), rows.end(), [this](auto a, auto b) {
    return std::pair(times_[static_cast<std::size_t>(a)], a)
           < std::pair(times_[static_cast<std::size_t>(b)], b);
  });
  gone_ += static_cast<std::int32_t>(rows.size());
  for (const auto row : rows) {
    const auto group = group_[static_cast<std::size_t>(row)];
    row_of(group) = given;
    ttl_.touch(group);
  }
  std::span<const std::int32_t> rest = rows;
  while (!rest.empty()) {
    const auto part = rest.first(
        std::min(rest.size(), static_cast<std::size_t>(context_.batch_rows)));
    rest = rest.subspan(part.size());
    auto columns = rows_.gather(part)->columns;
    HERALD_TRY(out.emit(make_batch(layout_, std::move(columns),
                                   static_cast<std::int64_t>(part.size()))));
  }
  return absl::OkStatus();
}

absl::Status first_row_operator::resume(output&) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  return absl::OkStatus();
}

void first_row_operator::sweep() {
  // A row that waits is still to be given.
  const auto clear = [this](std::int32_t group) {
    if (row_of(group) >= 0)
      return false;
    row_of(group) = unknown;
    return true;
  };
  const auto kept = ttl_.sweep(index_, clear, [] {});
  if (!kept)
    return;
  keep_groups(row_, *kept);
  for (std::size_t i = 0; i < row_.size(); ++i)
    if (row_[i] >= 0)
      group_[static_cast<std::size_t>(row_[i])] = static_cast<std::int32_t>(i);
  // Rows that were replaced may name groups that are no more.
  std::vector<std::int32_t> numbers(group_.size(), -1);
  for (const auto row : row_)
    if (row >= 0)
      numbers[static_cast<std::size_t>(row)] = row;
  calendar_.renumber(numbers);
}

void first_row_operator::reclaim() {
  if (!worth_reclaiming(gone_, rows_.size()))
    return;
  std::vector<std::int32_t> live;
  for (const auto row : row_)
    if (row >= 0)
      live.push_back(row);
  std::sort(live.begin(), live.end());
  std::vector<std::int32_t> numbers(group_.size(), -1);
  for (std::size_t i = 0; i < live.size(); ++i) {
    const auto old = static_cast<std::size_t>(live[i]);
    numbers[old] = static_cast<std::int32_t>(i);
    row_of(group_[old]) = static_cast<std::int32_t>(i);
    times_[i] = times_[old];
    group_[i] = group_[old];
  }
  times_.resize(live.size());
  group_.resize(live.size());
  calendar_.renumber(numbers);
  rows_ = rows_.only(live);
  gone_ = 0;
}

// State: the rows that wait, and the keys that had theirs.

batch_ptr
first_row_operator::saved_keys(std::span<const std::int32_t> groups) const {
  auto layout = std::make_shared<schema>();
  for (const auto key : spec_.keys)
    layout->fields.push_back(layout_->fields[static_cast<std::size_t>(key)]);
  return make_batch(std::move(layout), index_.keys(groups),
                    static_cast<std::int64_t>(groups.size()));
}

absl::Status first_row_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  HERALD_TRY(ttl_.write(index_, writer));
  auto had = index_.by_key_group();
  auto rows = had;
  for (std::size_t k = 0; k < had.size(); ++k) {
    rows[k].clear();
    std::erase_if(had[k], [&](std::int32_t group) {
      const auto row = row_[static_cast<std::size_t>(group)];
      if (row >= 0)
        rows[k].push_back(row);
      return row != given;
    });
  }
  HERALD_TRY(for_each_part(rows, [&](int k, auto part) {
    return writer.put(rows_table, k, *rows_.gather(part));
  }));
  return for_each_part(had, [&](int k, auto part) {
    return writer.put(keys_table, k, *saved_keys(part));
  });
}

absl::Status first_row_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  HERALD_TRY(reader.read(rows_table, owned, [this](int, const batch_ptr& rows) {
    row_list all(static_cast<std::size_t>(rows->rows));
    std::iota(all.begin(), all.end(), 0);
    keep(*rows, all);
    return absl::OkStatus();
  }));
  std::vector<int> keys(spec_.keys.size());
  std::iota(keys.begin(), keys.end(), 0);
  HERALD_TRY(reader.read(keys_table, owned, [&](int, const batch_ptr& x) {
    find_groups(*x, keys, nullptr);
    for (const auto group : groups_)
      row_of(group) = given;
    return absl::OkStatus();
  }));
  return ttl_.read(index_, owned, reader);
}

std::int64_t first_row_operator::state_bytes() const {
  return index_.memory_bytes() + ttl_.memory_bytes() + rows_.memory_bytes()
         + calendar_.memory_bytes()
         + static_cast<std::int64_t>(times_.capacity() * 8
                                     + group_.capacity() * 4
                                     + row_.capacity() * 4);
}

} // namespace herald
