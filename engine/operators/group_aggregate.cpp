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

} // namespace

group_aggregate_operator::group_aggregate_operator(group_aggregate_spec spec,
                                                   const schema& input_layout,
                                                   schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)),
      table_(key_types_, spec_.calls, spec_.input_retracts) {}

group_aggregate_operator::touched
group_aggregate_operator::look_up(const batch& x,
                                  const aggregate_inputs& inputs) {
  table_.index().find(x, spec_.keys, nullptr, inputs.hashes, groups_);
  seen_.resize(static_cast<std::size_t>(table_.index().capacity()), 0);
  touched result;
  for (auto g : groups_) {
    if (g < 0 || seen_[static_cast<std::size_t>(g)])
      continue;
    seen_[static_cast<std::size_t>(g)] = 1;
    result.old_at.push_back(static_cast<std::int32_t>(result.groups.size()));
    result.groups.push_back(g);
  }
  result.old = table_.results(result.groups);
  return result;
}

void group_aggregate_operator::count_rows(const batch& x) {
  rows_.resize(static_cast<std::size_t>(table_.index().capacity()), 0);
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
  auto before = look_up(*rows, inputs);
  HERALD_TRY(table_.add(*rows, spec_.keys, nullptr, inputs, groups_));
  count_rows(*rows);
  seen_.resize(static_cast<std::size_t>(table_.index().capacity()), 0);
  for (auto g : groups_) {
    if (seen_[static_cast<std::size_t>(g)])
      continue;
    seen_[static_cast<std::size_t>(g)] = 1;
    before.groups.push_back(g);
    before.old_at.push_back(-1);
  }
  for (auto g : before.groups)
    seen_[static_cast<std::size_t>(g)] = 0;
  return emit(before, out);
}

absl::Status group_aggregate_operator::emit(const touched& before,
                                            output& out) {
  auto fresh = table_.results(before.groups);
  auto known = static_cast<std::int32_t>(
      before.old.empty() ? 0 : before.old[0]->length);
  std::vector<std::uint8_t> differs(before.groups.size(), 0);
  for (std::size_t i = 0; i < fresh.size(); ++i)
    mark_different(*before.old[i], *fresh[i], differs);
  change_list list;
  std::vector<std::int32_t> gone;
  for (std::size_t i = 0; i < before.groups.size(); ++i) {
    auto group = before.groups[i];
    auto was = before.old_at[i];
    auto now = known + static_cast<std::int32_t>(i);
    auto lives = rows_[static_cast<std::size_t>(group)] > 0;
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
      column_ptr parts[] = {before.old[i], fresh[i]};
      columns.push_back(take(*concat(parts), list.picks));
    }
    auto size = static_cast<std::int64_t>(list.changes.size());
    auto changes = allocate_buffer(size);
    std::copy(list.changes.begin(), list.changes.end(),
              reinterpret_cast<std::int8_t*>(changes->mutable_data()));
    result = make_batch(layout_, std::move(columns), size, changes);
  }
  for (auto g : gone) {
    table_.erase(g);
    rows_[static_cast<std::size_t>(g)] = 0;
  }
  HERALD_TRY(table_.status());
  if (!result)
    return absl::OkStatus();
  counters_.rows_out += result->rows;
  return out.emit(std::move(result));
}

absl::Status group_aggregate_operator::write(state_writer& writer) const {
  auto type = data_type::of(type_kind::bigint);
  auto layout = std::make_shared<schema>(*table_.state_layout());
  layout->fields.push_back({"rows", type});
  return table_.save([&](int key_group, const batch& saved,
                         std::span<const std::int32_t> groups) {
    fixed_builder<std::int64_t> counts(type);
    for (auto g : groups)
      counts.push(rows_[static_cast<std::size_t>(g)]);
    auto columns = saved.columns;
    columns.push_back(counts.finish());
    return writer.put(groups_table, key_group,
                      *make_batch(layout, std::move(columns), saved.rows));
  });
}

absl::Status group_aggregate_operator::read(const state_reader& reader) {
  return reader.read(
      groups_table, context_.key_groups_owned(),
      [this](int, const batch_ptr& saved) {
        auto bare = *saved;
        auto counts = bare.columns.back()->as<std::int64_t>();
        auto kept = bare.columns.back();
        bare.columns.pop_back();
        table_.load(bare, groups_);
        rows_.resize(static_cast<std::size_t>(table_.index().capacity()), 0);
        for (std::size_t i = 0; i < groups_.size(); ++i)
          rows_[static_cast<std::size_t>(groups_[i])] += counts[i];
        return absl::OkStatus();
      });
}

std::int64_t group_aggregate_operator::state_bytes() const {
  return table_.memory_bytes()
         + static_cast<std::int64_t>(rows_.capacity() * 8 + seen_.capacity());
}

} // namespace herald
