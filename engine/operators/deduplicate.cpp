#include "engine/operators/deduplicate.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/operators/filter.hpp"
#include "engine/operators/state_parts.hpp"

#include <algorithm>
#include <numeric>

namespace herald {

namespace {

constexpr std::string_view keys_table = "keys";

/// `row_` of a key that has a row which is not kept.
constexpr std::int32_t not_kept = 0;
constexpr std::int32_t unknown = -1;

/// Times of the rows; NULL is the lowest.
std::vector<event_time> times_or_lowest(const column& x) {
  auto result = times_of(x);
  if (x.null_count > 0)
    for (std::size_t i = 0; i < result.size(); ++i)
      if (x.is_null(static_cast<std::int64_t>(i)))
        result[i] = time_min;
  return result;
}

std::vector<event_time> times_of_saved(const column& x) {
  const auto values = x.as<std::int64_t>();
  return {values.begin(), values.end()};
}

} // namespace

deduplicate_operator::deduplicate_operator(deduplicate_spec spec,
                                           schema_ptr input, schema_ptr layout)
    : spec_(std::move(spec)), input_(std::move(input)),
      layout_(std::move(layout)),
      keeps_rows_(spec_.emit_update_before && spec_.keep_last),
      index_(types_of(*input_, spec_.keys)), ttl_(spec_.ttl_ms.value_or(0)),
      rows_(input_) {}

bool deduplicate_operator::replaces(event_time time, std::size_t group) const {
  return spec_.keep_last && (spec_.processing_time || time >= times_[group]);
}

deduplicate_operator::winners
deduplicate_operator::find_winners(const batch& x) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, spec_.keys, hashes);
  index_.find_or_insert(x, spec_.keys, nullptr, hashes, groups_);
  const auto capacity = static_cast<std::size_t>(index_.capacity());
  row_.resize(capacity, unknown);
  place_.resize(capacity, -1);
  std::vector<event_time> times;
  if (!spec_.processing_time) {
    times_.resize(capacity, time_min);
    times = times_or_lowest(
        *x.columns[static_cast<std::size_t>(spec_.time_column)]);
  }
  winners result;
  if (ttl_.on())
    for (const auto group : groups_)
      if (ttl_.is_over(group)
          && row_[static_cast<std::size_t>(group)] != unknown)
        forget(group);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto group = static_cast<std::size_t>(groups_[i]);
    const auto time = times.empty() ? 0 : times[i];
    auto& place = place_[group];
    const bool is_new = row_[group] == unknown && place < 0;
    if (!is_new && !replaces(time, group))
      continue;
    if (!times.empty())
      times_[group] = time;
    if (place >= 0) {
      result.rows[static_cast<std::size_t>(place)]
          = static_cast<std::int32_t>(i);
      continue;
    }
    place = static_cast<std::int32_t>(result.rows.size());
    result.groups.push_back(groups_[i]);
    result.rows.push_back(static_cast<std::int32_t>(i));
    result.is_new.push_back(is_new);
    result.updates += !is_new;
  }
  for (const auto group : result.groups) {
    place_[static_cast<std::size_t>(group)] = -1;
    ttl_.touch(group);
  }
  return result;
}

void deduplicate_operator::forget(std::int32_t group) {
  row_[static_cast<std::size_t>(group)] = unknown;
  forgotten_ += keeps_rows_;
}

void deduplicate_operator::sweep() {
  const auto clear = [this](std::int32_t group) {
    forget(group);
    return true;
  };
  if (const auto kept = ttl_.sweep(index_, clear, [this] { reclaim(); })) {
    keep_groups(times_, *kept);
    keep_groups(row_, *kept);
    keep_groups(place_, *kept);
  }
}

absl::Status deduplicate_operator::resume(output&) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  return absl::OkStatus();
}

absl::Status deduplicate_operator::process(int, const batch_ptr& rows,
                                           output& out) {
  ttl_.set_time(context_.eval.now_ms);
  sweep();
  const auto found = find_winners(*rows);
  if (found.rows.empty())
    return absl::OkStatus();
  auto first = rows_.size();
  if (keeps_rows_)
    rows_.append(*rows, &found.rows);
  change_list changes;
  for (std::size_t i = 0; i < found.groups.size(); ++i) {
    auto& row = row_[static_cast<std::size_t>(found.groups[i])];
    const auto mine
        = keeps_rows_ ? first++ : static_cast<std::int32_t>(found.rows[i]);
    if (keeps_rows_ && !found.is_new[i]) {
      changes.add(row, change::update_before);
      ++forgotten_;
    }
    changes.add(mine, found.is_new[i] ? change::insert : change::update_after);
    row = keeps_rows_ ? mine : not_kept;
  }
  const bool stored = keeps_rows_ && found.updates > 0;
  HERALD_TRY(
      emit(stored ? *rows_.gather(changes.rows) : *take(*rows, found.rows),
           changes, out));
  reclaim();
  return absl::OkStatus();
}

absl::Status deduplicate_operator::emit(const batch& rows,
                                        const change_list& changes,
                                        output& out) {
  return out.emit(
      make_batch(layout_, rows.columns, rows.rows,
                 changes.changes(0, static_cast<std::size_t>(rows.rows))));
}

void deduplicate_operator::reclaim() {
  if (!worth_reclaiming(forgotten_, rows_.size()))
    return;
  const auto groups = index_.groups();
  std::vector<std::int32_t> kept;
  for (const auto group : groups)
    kept.push_back(row_[static_cast<std::size_t>(group)]);
  rows_ = rows_.only(kept);
  for (std::size_t i = 0; i < groups.size(); ++i)
    row_[static_cast<std::size_t>(groups[i])] = static_cast<std::int32_t>(i);
  forgotten_ = 0;
}

// State: the rows, or of each key its time when rows are not kept.

absl::Status deduplicate_operator::write(state_writer& writer) const {
  HERALD_TRY(ttl_.write(index_, writer));
  return for_each_part(index_.by_key_group(), [&](int k, auto part) {
    return writer.put(keeps_rows_ ? rows_table : keys_table, k, *saved(part));
  });
}

batch_ptr
deduplicate_operator::saved(std::span<const std::int32_t> groups) const {
  if (keeps_rows_) {
    std::vector<std::int32_t> rows;
    for (const auto group : groups)
      rows.push_back(row_[static_cast<std::size_t>(group)]);
    return rows_.gather(rows);
  }
  auto layout = std::make_shared<schema>();
  for (const auto key : spec_.keys)
    layout->fields.push_back(input_->fields[static_cast<std::size_t>(key)]);
  const auto type = data_type::of(type_kind::bigint);
  layout->fields.push_back({"time", type});
  fixed_builder<std::int64_t> times(type);
  for (const auto group : groups)
    times.push(spec_.processing_time ? 0
                                     : times_[static_cast<std::size_t>(group)]);
  auto columns = index_.keys(groups);
  columns.push_back(times.finish());
  return make_batch(std::move(layout), std::move(columns),
                    static_cast<std::int64_t>(groups.size()));
}

absl::Status deduplicate_operator::read(const state_reader& reader) {
  HERALD_TRY(reader.read(
      keeps_rows_ ? rows_table : keys_table, context_.key_groups_owned(),
      [this](int, const batch_ptr& x) {
        auto keys = spec_.keys;
        if (!keeps_rows_)
          std::iota(keys.begin(), keys.end(), 0);
        std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x->rows));
        hash_rows(*x, keys, hashes);
        index_.find_or_insert(*x, keys, nullptr, hashes, groups_);
        const auto capacity = static_cast<std::size_t>(index_.capacity());
        row_.resize(capacity, unknown);
        place_.resize(capacity, -1);
        times_.resize(capacity, time_min);
        const auto times
            = keeps_rows_ ? times_or_lowest(
                  *x->columns[static_cast<std::size_t>(spec_.time_column)])
                          : times_of_saved(*x->columns.back());
        auto row = rows_.size();
        if (keeps_rows_)
          rows_.append(*x, nullptr);
        for (std::size_t i = 0; i < groups_.size(); ++i) {
          const auto group = static_cast<std::size_t>(groups_[i]);
          row_[group] = keeps_rows_ ? row++ : not_kept;
          times_[group] = times[i];
        }
        return absl::OkStatus();
      }));
  return ttl_.read(index_, context_.key_groups_owned(), reader);
}

std::int64_t deduplicate_operator::state_bytes() const {
  return index_.memory_bytes() + ttl_.memory_bytes() + rows_.memory_bytes()
         + static_cast<std::int64_t>(times_.capacity() * 8 + row_.capacity() * 4
                                     + place_.capacity() * 4);
}

} // namespace herald
