#include "engine/operators/group_aggregate.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/operators/row_parts.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view groups_table = "groups";

} // namespace

group_aggregate_operator::group_aggregate_operator(group_aggregate_spec spec,
                                                   const schema& input_layout,
                                                   schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)),
      table_(key_types_, spec_.calls, spec_.input_retracts),
      ttl_(spec_.ttl_ms.value_or(0)) {}

void group_aggregate_operator::remember() {
  const auto capacity = static_cast<std::size_t>(table_.index().capacity());
  rows_.resize(capacity, 0);
  changes_.note(groups_, table_, [this](std::int32_t g) {
    const auto group = static_cast<std::size_t>(g);
    if (rows_[group] > 0 && ttl_.is_over(g)) {
      table_.clear(g);
      rows_[group] = 0;
    }
    return rows_[group] > 0;
  });
  if (ttl_.on())
    for (const auto group : groups_)
      ttl_.touch(group);
}

void group_aggregate_operator::count_rows(const batch& x) {
  for (std::int64_t i = 0; i < x.rows; ++i) {
    auto g = static_cast<std::size_t>(groups_[static_cast<std::size_t>(i)]);
    rows_[g] += x.changes && retracts(x.change_of(i)) ? -1 : 1;
  }
}

absl::Status group_aggregate_operator::add_rows(const batch& x) {
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, spec_.keys, x, context_.eval));
  table_.find_or_insert(x, spec_.keys, inputs.hashes, groups_);
  remember();
  HERALD_TRY(table_.add_found(x, inputs, groups_));
  count_rows(x);
  return absl::OkStatus();
}

absl::Status group_aggregate_operator::add_partials(const batch& x) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, spec_.keys, hashes);
  table_.find_or_insert(x, spec_.keys, hashes, groups_);
  remember();
  const auto keys = static_cast<std::ptrdiff_t>(spec_.keys.size());
  table_.merge_found({x.columns.begin() + keys, x.columns.end() - 1}, groups_);
  const auto counts = x.columns.back()->as<std::int64_t>();
  for (std::size_t i = 0; i < groups_.size(); ++i)
    rows_[static_cast<std::size_t>(groups_[i])] += counts[i];
  return table_.status();
}

absl::Status group_aggregate_operator::process(int, const batch_ptr& rows,
                                               output& out) {
  ttl_.set_time(now());
  if (held_rows_ == 0)
    held_since_ = now();
  HERALD_TRY(spec_.merges ? add_partials(*rows) : add_rows(*rows));
  held_rows_ += rows->rows;
  sweep();
  if (spec_.mini_batch && held_rows_ < spec_.mini_batch->rows)
    return absl::OkStatus();
  return emit(out);
}

void group_aggregate_operator::forget(std::int32_t group) {
  table_.erase(group);
  rows_[static_cast<std::size_t>(group)] = 0;
  ttl_.erase(group);
}

void group_aggregate_operator::sweep() {
  const bool some = ttl_.sweep([this](std::int32_t group) {
    if (changes_.has(static_cast<std::size_t>(group)))
      return false;
    forget(group);
    return true;
  });
  if (some)
    shrink();
}

void group_aggregate_operator::shrink() {
  if (held_rows_ > 0 || !table_.index().is_sparse())
    return;
  // Its groups get the numbers 0, 1, … in the order of the old ones.
  const auto old = table_.index().groups();
  aggregate_table kept(key_types_, spec_.calls, spec_.input_retracts);
  kept.merge(table_);
  table_ = std::move(kept);
  keep_groups(rows_, old);
  ttl_.renumber(old);
  changes_ = {};
}

absl::Status group_aggregate_operator::emit(output& out) {
  if (held_rows_ == 0)
    return absl::OkStatus();
  held_rows_ = 0;
  // With a time to live Flink refreshes what is downstream, changed or not.
  HERALD_ASSIGN(auto changes,
                changes_.take(table_,
                              [this](std::int32_t g) {
                                return rows_[static_cast<std::size_t>(g)] > 0;
                              },
                              {spec_.emit_update_before,
                               ttl_.on() && !spec_.calls.empty()}));
  for (auto g : changes.gone)
    forget(g);
  if (changes.groups.empty())
    return absl::OkStatus();
  return send(make_batch(layout_, std::move(changes.columns),
                         static_cast<std::int64_t>(changes.groups.size()),
                         std::move(changes.changes)),
              out);
}

absl::Status group_aggregate_operator::send(batch_ptr rows, output& out) {
  // A batch and its -U are twice the rows that came; only mini-batches have
  // more.
  const auto limit = 2 * context_.batch_rows;
  return spec_.mini_batch ? emit_pieces(rows, limit, out)
                          : out.emit(std::move(rows));
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
  // The groups stay: who goes on from this state knows that they are out.
  rows_.resize(static_cast<std::size_t>(table_.index().capacity()), 0);
  if (ttl_.on())
    for (const auto group : groups)
      ttl_.touch(group);
  return send(make_batch(layout_, std::move(columns), wanted->rows), out);
}

absl::Status group_aggregate_operator::advance(event_time t, output& out) {
  if (t == time_max && !std::exchange(ended_, true)) {
    HERALD_TRY(emit(out));
    // With a time to live, what is not there may only be forgotten.
    if (spec_.keys.empty() || (!spec_.empty_sets.empty() && !ttl_.on()))
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
  ttl_.set_time(now());
  sweep();
  if (!spec_.mini_batch || held_rows_ == 0
      || now() < held_since_ + spec_.mini_batch->latency_ms)
    return absl::OkStatus();
  return emit(out);
}

std::optional<std::int64_t> group_aggregate_operator::due_ms() const {
  std::optional<std::int64_t> result;
  if (spec_.mini_batch && held_rows_ > 0)
    result = held_since_ + spec_.mini_batch->latency_ms;
  if (const auto due = ttl_.due_ms())
    result = std::min(*due, result.value_or(*due));
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
    for (auto g : groups)
      counts.push(rows_[static_cast<std::size_t>(g)]);
    auto columns = saved.columns;
    columns.push_back(counts.finish());
    columns.push_back(ttl_.times_of(groups));
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
                       for (std::size_t i = 0; i < groups_.size(); ++i) {
                         const auto group
                             = static_cast<std::size_t>(groups_[i]);
                         rows_[group] += counts->as<std::int64_t>()[i];
                       }
                       ttl_.load(groups_, *used);
                       return absl::OkStatus();
                     });
}

std::int64_t group_aggregate_operator::state_bytes() const {
  return table_.memory_bytes() + ttl_.memory_bytes()
         + static_cast<std::int64_t>(rows_.capacity() * 8);
}

} // namespace herald
