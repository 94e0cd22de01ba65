#include "engine/operators/group_aggregate.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/operators/compare.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view groups_table = "groups";

/// Rows of the result, built as picks from old and new rows.
struct change_list {
  row_list picks;                   ///< rows of (old ++ new)
  std::vector<std::int8_t> changes; ///< one a pick
  std::vector<std::int32_t> groups; ///< one a pick

  void add(std::int32_t row, change kind, std::int32_t group) {
    picks.push_back(row);
    changes.push_back(static_cast<std::int8_t>(kind));
    groups.push_back(group);
  }
};

/// Which groups with an old result have another one now.
std::vector<std::uint8_t> changed_groups(const std::vector<column_ptr>& old,
                                         const std::vector<column_ptr>& fresh,
                                         std::span<const std::int32_t> old_at) {
  row_list with_old;
  for (std::size_t i = 0; i < old_at.size(); ++i)
    if (old_at[i] >= 0)
      with_old.push_back(static_cast<std::int32_t>(i));
  std::vector<std::uint8_t> differs(with_old.size(), 0);
  // Old results stand in the order of their groups.
  for (std::size_t i = 0; i < fresh.size() && !with_old.empty(); ++i)
    mark_different(*old[i], *take(*fresh[i], with_old), differs);
  std::vector<std::uint8_t> result(old_at.size(), 0);
  for (std::size_t i = 0; i < with_old.size(); ++i)
    result[static_cast<std::size_t>(with_old[i])] = differs[i];
  return result;
}

buffer_ptr buffer_of(const std::vector<std::int8_t>& changes) {
  auto result = allocate_buffer(static_cast<std::int64_t>(changes.size()));
  std::copy(changes.begin(), changes.end(),
            reinterpret_cast<std::int8_t*>(result->mutable_data()));
  return result;
}

} // namespace

group_aggregate_operator::group_aggregate_operator(group_aggregate_spec spec,
                                                   const schema& input_layout,
                                                   schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)),
      table_(key_types_, spec_.calls, spec_.input_retracts) {}

void group_aggregate_operator::remember() {
  const auto capacity = static_cast<std::size_t>(table_.index().capacity());
  rows_.resize(capacity, 0);
  seen_.resize(capacity, 0);
  if (keeps_time())
    used_ms_.resize(capacity, now());
  std::vector<std::int32_t> known;
  for (auto g : groups_) {
    const auto group = static_cast<std::size_t>(g);
    if (seen_[group])
      continue;
    seen_[group] = 1;
    if (keeps_time()) {
      if (rows_[group] > 0 && expired(group)) {
        table_.clear(g);
        rows_[group] = 0;
      }
      used_ms_[group] = now();
    }
    bundle_.groups.push_back(g);
    bundle_.old_at.push_back(rows_[group] > 0 ? bundle_.known++ : -1);
    if (rows_[group] > 0)
      known.push_back(g);
  }
  bundle_.old.push_back(table_.results(known));
}

void group_aggregate_operator::count_rows(const batch& x) {
  for (std::int64_t i = 0; i < x.rows; ++i) {
    auto g = static_cast<std::size_t>(groups_[static_cast<std::size_t>(i)]);
    rows_[g] += x.changes && retracts(x.change_of(i)) ? -1 : 1;
  }
}

absl::Status group_aggregate_operator::process(int, const batch_ptr& rows,
                                               output& out) {
  counters_.rows_in += rows->rows;
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, spec_.keys, *rows, context_.eval));
  table_.find_or_insert(*rows, spec_.keys, inputs.hashes, groups_);
  if (bundle_.rows == 0)
    bundle_.since_ms = now();
  remember();
  HERALD_TRY(table_.add_found(*rows, inputs, groups_));
  count_rows(*rows);
  bundle_.rows += rows->rows;
  if (keeps_time())
    sweep(2 * rows->rows);
  if (spec_.mini_batch && bundle_.rows < spec_.mini_batch->rows)
    return absl::OkStatus();
  return emit(out);
}

absl::Status group_aggregate_operator::emit(output& out) {
  if (bundle_.rows == 0)
    return absl::OkStatus();
  const auto touched = std::exchange(bundle_, {});
  const auto fresh = table_.results(touched.groups);
  HERALD_TRY(table_.status());
  std::vector<column_ptr> old;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    std::vector<column_ptr> parts;
    for (const auto& part : touched.old)
      parts.push_back(part[i]);
    old.push_back(concat(parts));
  }
  // With a time to live Flink refreshes what is downstream, changed or not.
  const auto differs = keeps_time() && !fresh.empty()
                           ? std::vector<std::uint8_t>(touched.groups.size(), 1)
                           : changed_groups(old, fresh, touched.old_at);
  change_list list;
  std::vector<std::int32_t> gone;
  for (std::size_t i = 0; i < touched.groups.size(); ++i) {
    const auto group = touched.groups[i];
    const auto was = touched.old_at[i];
    const auto now = touched.known + static_cast<std::int32_t>(i);
    const auto lives = rows_[static_cast<std::size_t>(group)] > 0;
    seen_[static_cast<std::size_t>(group)] = 0;
    if (was < 0 && lives) {
      list.add(now, change::insert, group);
    } else if (was >= 0 && !lives) {
      list.add(was, change::remove, group);
    } else if (was >= 0 && differs[i]) {
      if (spec_.emit_update_before)
        list.add(was, change::update_before, group);
      list.add(now, change::update_after, group);
    }
    if (!lives)
      gone.push_back(group);
  }
  batch_ptr result;
  if (!list.picks.empty()) {
    auto columns = table_.index().keys(list.groups);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      column_ptr parts[] = {old[i], fresh[i]};
      columns.push_back(take(*concat(parts), list.picks));
    }
    result = make_batch(layout_, std::move(columns),
                        static_cast<std::int64_t>(list.changes.size()),
                        buffer_of(list.changes));
  }
  for (auto g : gone)
    forget(g);
  return result ? send(std::move(result), out) : absl::OkStatus();
}

absl::Status group_aggregate_operator::send(batch_ptr rows, output& out) {
  counters_.rows_out += rows->rows;
  // A batch and its -U are twice the rows that came; only mini-batches have
  // more.
  const auto limit = 2 * context_.batch_rows;
  if (!spec_.mini_batch || rows->rows <= limit)
    return out.emit(std::move(rows));
  for (std::int64_t at = 0; at < rows->rows; at += limit)
    HERALD_TRY(out.emit(slice(*rows, at, std::min(limit, rows->rows - at))));
  return absl::OkStatus();
}

/// COUNT(*) of nothing is a row all the same, once it is known that nothing
/// will come; so is each grouping set without keys.
absl::Status group_aggregate_operator::emit_nothing_came(output& out) {
  const auto sets = static_cast<std::int64_t>(spec_.empty_sets.size());
  const auto count = spec_.keys.empty() ? 1 : sets;
  auto layout = std::make_shared<schema>();
  std::vector<column_ptr> keys;
  std::vector<int> numbers;
  for (const auto& type : key_types_) {
    layout->fields.push_back({"key", type});
    numbers.push_back(static_cast<int>(numbers.size()));
    if (numbers.size() < key_types_.size()) {
      keys.push_back(null_column(type, count));
      continue;
    }
    fixed_builder<std::int32_t> set(type);
    for (const auto number : spec_.empty_sets)
      set.push(static_cast<std::int32_t>(number));
    keys.push_back(set.finish());
  }
  const auto rows = make_batch(std::move(layout), std::move(keys), count);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(count));
  hash_rows(*rows, numbers, hashes);
  std::vector<std::int32_t> known;
  table_.index().find(*rows, numbers, nullptr, hashes, known);
  row_list missing;
  for (std::int32_t i = 0; i < count; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool mine
        = spec_.keys.empty()
          || context_.key_groups_owned().contains(key_group_of(hashes[at]));
    if (mine && known[at] < 0)
      missing.push_back(i);
  }
  if (missing.empty())
    return absl::OkStatus();
  const auto wanted = take(*rows, missing);
  hashes.resize(missing.size());
  hash_rows(*wanted, numbers, hashes);
  std::vector<std::int32_t> groups;
  table_.find_or_insert(*wanted, numbers, hashes, groups);
  auto columns = table_.index().keys(groups);
  for (auto& result : table_.results(groups))
    columns.push_back(std::move(result));
  for (const auto group : groups)
    table_.erase(group);
  return send(make_batch(layout_, std::move(columns), wanted->rows), out);
}

absl::Status group_aggregate_operator::advance(event_time t, output& out) {
  if (t == time_max && !std::exchange(ended_, true)) {
    HERALD_TRY(emit(out));
    // With a time to live, what is not there may only be forgotten.
    if (spec_.keys.empty() || (!spec_.empty_sets.empty() && !keeps_time()))
      HERALD_TRY(emit_nothing_came(out));
  }
  return out.advance(t);
}

absl::Status group_aggregate_operator::flush(output& out) {
  return emit(out);
}

absl::Status group_aggregate_operator::drained(output& out) {
  return resume(out);
}

absl::Status group_aggregate_operator::resume(output& out) {
  if (keeps_time() && now() >= next_sweep_ms_)
    sweep(table_.index().capacity());
  if (!spec_.mini_batch || bundle_.rows == 0
      || now() < bundle_.since_ms + spec_.mini_batch->latency_ms)
    return absl::OkStatus();
  return emit(out);
}

std::optional<std::int64_t> group_aggregate_operator::due_ms() const {
  std::optional<std::int64_t> result;
  if (spec_.mini_batch && bundle_.rows > 0)
    result = bundle_.since_ms + spec_.mini_batch->latency_ms;
  if (keeps_time() && table_.index().size() > 0)
    result = std::min(next_sweep_ms_, result.value_or(next_sweep_ms_));
  return result;
}

absl::Status group_aggregate_operator::write(state_writer& writer) const {
  auto type = data_type::of(type_kind::bigint);
  auto layout = std::make_shared<schema>(*table_.state_layout());
  layout->fields.push_back({"rows", type});
  layout->fields.push_back({"used", type});
  return table_.save([&](int key_group, const batch& saved,
                         std::span<const std::int32_t> groups) {
    fixed_builder<std::int64_t> counts(type);
    fixed_builder<std::int64_t> used(type);
    for (auto g : groups) {
      counts.push(rows_[static_cast<std::size_t>(g)]);
      used.push(keeps_time() ? used_ms_[static_cast<std::size_t>(g)] : 0);
    }
    auto columns = saved.columns;
    columns.push_back(counts.finish());
    columns.push_back(used.finish());
    return writer.put(groups_table, key_group,
                      *make_batch(layout, std::move(columns), saved.rows));
  });
}

absl::Status group_aggregate_operator::read(const state_reader& reader) {
  return reader.read(groups_table, context_.key_groups_owned(),
                     [this](int, const batch_ptr& saved) {
                       auto bare = *saved;
                       const auto used = bare.columns.back();
                       bare.columns.pop_back();
                       const auto counts = bare.columns.back();
                       bare.columns.pop_back();
                       table_.load(bare, groups_);
                       const auto capacity = static_cast<std::size_t>(
                           table_.index().capacity());
                       rows_.resize(capacity, 0);
                       seen_.resize(capacity, 0);
                       if (keeps_time())
                         used_ms_.resize(capacity, 0);
                       for (std::size_t i = 0; i < groups_.size(); ++i) {
                         const auto group
                             = static_cast<std::size_t>(groups_[i]);
                         rows_[group] += counts->as<std::int64_t>()[i];
                         if (keeps_time())
                           used_ms_[group] = used->as<std::int64_t>()[i];
                       }
                       return absl::OkStatus();
                     });
}

std::int64_t group_aggregate_operator::state_bytes() const {
  return table_.memory_bytes()
         + static_cast<std::int64_t>(
             (rows_.capacity() + used_ms_.capacity()) * 8 + seen_.capacity());
}

} // namespace herald
