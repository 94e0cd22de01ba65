#include "engine/operators/window_changes.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/operators/row_parts.hpp"
#include "engine/operators/watermark_state.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view windows_table = "windows";

} // namespace

window_changes_operator::window_changes_operator(window_aggregate_spec spec,
                                                 const schema& input_layout,
                                                 schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)) {}

window_changes_operator::window&
window_changes_operator::window_at(event_time end) {
  auto at = windows_.find(end);
  if (at == windows_.end())
    at = windows_
             .emplace(end,
                      window{{key_types_, spec_.calls, spec_.input_retracts}})
             .first;
  return at->second;
}

std::map<event_time, row_list>
window_changes_operator::assign(const batch& rows, row_list& late) const {
  const auto index
      = spec_.window_end_column ? *spec_.window_end_column : *spec_.time_column;
  const auto& time = *rows.columns[static_cast<std::size_t>(index)];
  const auto times = times_of(time);
  std::map<event_time, row_list> result;
  for (std::size_t i = 0; i < times.size(); ++i) {
    bool taken = false;
    const auto add = [&](event_time, event_time end) {
      if (closed(end))
        return;
      taken = true;
      result[end].push_back(static_cast<std::int32_t>(i));
    };
    if (time.is_null(static_cast<std::int64_t>(i)))
      taken = false;
    else if (spec_.window_end_column)
      add(0, times[i]);
    else if (lies_in_window(times[i], spec_.window))
      for_each_window(times[i], spec_.window, add);
    else
      taken = true;
    if (!taken)
      late.push_back(static_cast<std::int32_t>(i));
  }
  return result;
}

absl::Status window_changes_operator::add(event_time end, const batch& rows,
                                          const row_list* which,
                                          const aggregate_inputs& inputs) {
  auto& x = window_at(end);
  x.table.find_or_insert(rows, spec_.keys, inputs.hashes, groups_, which);
  const auto capacity = static_cast<std::size_t>(x.table.index().capacity());
  x.rows.resize(capacity, 0);
  x.given.resize(capacity, 0);
  const bool is_late = fired(end);
  if (is_late || spec_.emit.early_ms) {
    auto& due = is_late ? late_due_ : early_due_;
    const auto delay = is_late ? spec_.emit.late_ms : *spec_.emit.early_ms;
    if (!due)
      due = context_.eval.now_ms + delay;
    x.changed.note(groups_, x.table, [&](std::int32_t g) {
      return x.given[static_cast<std::size_t>(g)] != 0;
    });
  }
  HERALD_TRY(x.table.add_found(rows, inputs, groups_, which));
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto row = which ? (*which)[i] : static_cast<std::int32_t>(i);
    const bool back = rows.changes && retracts(rows.change_of(row));
    x.rows[static_cast<std::size_t>(groups_[i])] += back ? -1 : 1;
  }
  return absl::OkStatus();
}

absl::Status window_changes_operator::process(int, const batch_ptr& rows,
                                              output& out) {
  row_list late;
  const auto by_end = assign(*rows, late);
  HERALD_TRY(drop_late(*rows, late, watermark_, out));
  if (by_end.empty())
    return absl::OkStatus();
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, spec_.keys, *rows, context_.eval));
  for (const auto& [end, which] : by_end) {
    const bool whole = static_cast<std::int64_t>(which.size()) == rows->rows;
    HERALD_TRY(add(end, *rows, whole ? nullptr : &which, inputs));
  }
  return resume(out);
}

absl::Status window_changes_operator::emit(event_time end, window& x,
                                           output& out) {
  const auto lives
      = [&](std::int32_t g) { return x.rows[static_cast<std::size_t>(g)] > 0; };
  HERALD_ASSIGN(
      auto changes,
      x.changed.take(x.table, lives, {spec_.emit_update_before, false}));
  for (auto g : changes.groups)
    x.given[static_cast<std::size_t>(g)] = 1;
  for (auto g : changes.gone) {
    x.given[static_cast<std::size_t>(g)] = 0;
    // A key without rows begins anew.
    x.table.clear(g);
  }
  if (changes.groups.empty())
    return absl::OkStatus();
  return send(end, std::move(changes), out);
}

absl::Status window_changes_operator::send(event_time end,
                                           group_changes::rows changes,
                                           output& out) {
  const auto count = static_cast<std::int64_t>(changes.groups.size());
  for (auto kind : spec_.outputs) {
    using output_kind = window_aggregate_spec::window_output;
    auto t = end;
    if (kind == output_kind::start)
      t = window_start(end, spec_.window);
    else if (kind == output_kind::time)
      t -= 1;
    const auto& type = layout_->fields[changes.columns.size()].type;
    const std::vector<event_time> times(changes.groups.size(), t);
    changes.columns.push_back(time_column(type, times));
  }
  // One result a window: there is nothing but inserts.
  if (!spec_.emit.updates())
    changes.changes = nullptr;
  const auto all = make_batch(layout_, std::move(changes.columns), count,
                              std::move(changes.changes));
  return emit_pieces(all, context_.batch_rows, out);
}

absl::Status window_changes_operator::emit_changed(bool fired_ones,
                                                   output& out) {
  (fired_ones ? late_due_ : early_due_).reset();
  for (auto& [end, x] : windows_)
    if (fired(end) == fired_ones && !x.changed.empty())
      HERALD_TRY(emit(end, x, out));
  return absl::OkStatus();
}

absl::Status window_changes_operator::advance(event_time t, output& out) {
  if (t <= watermark_)
    return absl::OkStatus();
  const auto before = std::exchange(watermark_, t);
  for (auto& [end, x] : windows_) {
    if (!fired(end))
      break;
    const bool was_fired = window_is_over(end, before);
    if (!was_fired) {
      // What has given no result yet does so now.
      std::vector<std::int32_t> first;
      for (auto g : x.table.index().groups())
        if (!x.given[static_cast<std::size_t>(g)])
          first.push_back(g);
      x.changed.note(first, x.table, [](std::int32_t) { return false; });
    }
    if (!was_fired || t == time_max || closed(end))
      HERALD_TRY(emit(end, x, out));
  }
  while (!windows_.empty()
         && (t == time_max || closed(windows_.begin()->first)))
    windows_.erase(windows_.begin());
  const auto lateness = spec_.emit.lateness_ms;
  if (t == time_max)
    return out.advance(t);
  return t < time_min + lateness ? absl::OkStatus() : out.advance(t - lateness);
}

absl::Status window_changes_operator::resume(output& out) {
  const auto now = context_.eval.now_ms;
  if (early_due_ && *early_due_ <= now)
    HERALD_TRY(emit_changed(false, out));
  if (late_due_ && *late_due_ <= now)
    HERALD_TRY(emit_changed(true, out));
  return absl::OkStatus();
}

absl::Status window_changes_operator::drained(output& out) {
  return resume(out);
}

/// What a window gave before cannot be found again from its state: all that
/// is held back is given before the state is written.
absl::Status window_changes_operator::flush(output& out) {
  HERALD_TRY(emit_changed(false, out));
  return emit_changed(true, out);
}

std::optional<std::int64_t> window_changes_operator::due_ms() const {
  if (early_due_ && late_due_)
    return std::min(*early_due_, *late_due_);
  return early_due_ ? early_due_ : late_due_;
}

// State: one row a window and key, behind its partials the window's end, the
// number of rows and whether it has given a result.

absl::Status window_changes_operator::write(state_writer& writer) const {
  HERALD_TRY(write_watermark(watermark_, context_.key_groups_owned(), writer));
  const auto type = data_type::of(type_kind::bigint);
  for (const auto& entry : windows_) {
    const auto end = entry.first;
    const auto& x = entry.second;
    auto layout = std::make_shared<schema>(*x.table.state_layout());
    for (const auto* name : {"end", "rows", "given"})
      layout->fields.push_back({name, type});
    HERALD_TRY(x.table.save([&](int key_group, const batch& saved,
                                std::span<const std::int32_t> groups) {
      fixed_builder<std::int64_t> counts(type);
      fixed_builder<std::int64_t> given(type);
      for (auto g : groups) {
        counts.push(x.rows[static_cast<std::size_t>(g)]);
        given.push(x.given[static_cast<std::size_t>(g)]);
      }
      auto columns = saved.columns;
      columns.push_back(repeat(scalar{type, end}, saved.rows));
      columns.push_back(counts.finish());
      columns.push_back(given.finish());
      return writer.put(windows_table, key_group,
                        *make_batch(layout, std::move(columns), saved.rows));
    }));
  }
  return absl::OkStatus();
}

absl::Status window_changes_operator::read(const state_reader& reader) {
  const auto owned = context_.key_groups_owned();
  HERALD_TRY(read_watermark(reader, owned, watermark_));
  return reader.read(windows_table, owned, [&](int, const batch_ptr& saved) {
    auto bare = *saved;
    column_ptr taken[3]; // given, rows, end
    for (auto& x : taken) {
      x = bare.columns.back();
      bare.columns.pop_back();
    }
    // Written a window at a time: all rows of a batch have one end.
    auto& x = window_at(taken[2]->as<event_time>()[0]);
    x.table.load(bare, groups_);
    const auto capacity = static_cast<std::size_t>(x.table.index().capacity());
    x.rows.resize(capacity, 0);
    x.given.resize(capacity, 0);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      const auto group = static_cast<std::size_t>(groups_[i]);
      x.rows[group] += taken[1]->as<std::int64_t>()[i];
      x.given[group] |= taken[0]->as<std::int64_t>()[i] != 0 ? 1 : 0;
    }
    return absl::OkStatus();
  });
}

std::int64_t window_changes_operator::state_bytes() const {
  std::int64_t result = 0;
  for (const auto& [end, x] : windows_)
    result += x.table.memory_bytes()
              + static_cast<std::int64_t>(x.rows.capacity() * 8
                                          + x.given.capacity());
  return result;
}

} // namespace herald
