#include "engine/operators/window_aggregate.hpp"

#include "engine/operators/window_times.hpp"

#include <algorithm>

namespace herald {

namespace {

constexpr std::string_view panes_table = "panes";
constexpr std::string_view fired_table = "fired";

} // namespace

window_aggregate_operator::window_aggregate_operator(window_aggregate_spec spec,
                                                     const schema& input_layout,
                                                     schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)),
      windowed_input_(spec_.window_end_column.has_value()) {
  // Rows that carry their window make a pane of its own for each end.
  const auto& window = spec_.window;
  pane_ms_ = windowed_input_ ? 1 : pane_length(window);
  cumulates_ = !windowed_input_ && window.kind == window_kind::cumulate;
  slide_ms_ = windowed_input_ ? 1 : window.slide_ms;
}

aggregate_table window_aggregate_operator::make_table() const {
  return {key_types_, spec_.calls, false};
}

event_time window_aggregate_operator::pane_of(event_time t) const {
  return windowed_input_ ? t : floor_to(t, pane_ms_, spec_.window.offset_ms);
}

event_time window_aggregate_operator::last_end(event_time pane) const {
  return windowed_input_ ? pane : last_window_end(pane, spec_.window);
}

event_time window_aggregate_operator::first_end(event_time pane) const {
  if (windowed_input_)
    return pane;
  if (cumulates_)
    return pane + pane_ms_;
  // The earliest start whose window still covers the pane's last instant.
  auto earliest = pane + pane_ms_ - spec_.window.size_ms;
  auto start
      = floor_to(earliest + slide_ms_ - 1, slide_ms_, spec_.window.offset_ms);
  return start + spec_.window.size_ms;
}

event_time window_aggregate_operator::start_of(event_time end) const {
  return window_start(end, spec_.window);
}

event_time window_aggregate_operator::last_end_until(event_time limit) const {
  const auto& window = spec_.window;
  if (windowed_input_)
    return limit;
  if (cumulates_)
    return floor_to(limit, slide_ms_, window.offset_ms);
  return floor_to(limit - window.size_ms, slide_ms_, window.offset_ms)
         + window.size_ms;
}

aggregate_table& window_aggregate_operator::table_at(event_time pane) {
  auto at = panes_.find(pane);
  if (at == panes_.end())
    at = panes_.emplace(pane, make_table()).first;
  return at->second;
}

absl::Status window_aggregate_operator::add_partials(event_time pane,
                                                     const batch& x) {
  auto& table = table_at(pane);
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(x.rows));
  hash_rows(x, spec_.keys, hashes);
  table.find_or_insert(x, spec_.keys, hashes, groups_);
  // Behind the keys stands the time, and the number of rows comes last.
  const auto first = static_cast<std::ptrdiff_t>(spec_.keys.size()) + 1;
  table.merge_found({x.columns.begin() + first, x.columns.end() - 1}, groups_);
  return table.status();
}

absl::Status window_aggregate_operator::process(int, const batch_ptr& rows,
                                                output& out) {
  auto index = windowed_input_ ? *spec_.window_end_column : *spec_.time_column;
  const auto& time = *rows->columns[static_cast<std::size_t>(index)];
  auto times = times_of(time);
  std::map<event_time, row_list> by_pane;
  event_time last = time_min;
  row_list* list = nullptr;
  row_list late;
  for (std::size_t i = 0; i < times.size(); ++i) {
    // Most rows lie in the pane of the row before: spare them the division.
    auto same = list && times[i] >= last && times[i] - last < pane_ms_;
    if (!same || time.null_count != 0) {
      const bool is_null = time.is_null(static_cast<std::int64_t>(i));
      if (!is_null && !windowed_input_
          && !lies_in_window(times[i], spec_.window))
        continue;
      auto pane = pane_of(times[i]);
      if (is_null || last_end(pane) <= fired_) {
        late.push_back(static_cast<std::int32_t>(i));
        continue;
      }
      list = &by_pane[pane];
      last = pane;
    }
    list->push_back(static_cast<std::int32_t>(i));
  }
  HERALD_TRY(drop(*rows, late, out));
  return by_pane.empty() ? absl::OkStatus() : add(*rows, by_pane);
}

absl::Status window_aggregate_operator::drop(const batch& rows,
                                             const row_list& late,
                                             output& out) {
  if (spec_.merges) { // each stands for several, whose number comes last
    const auto counts = rows.columns.back()->as<std::int64_t>();
    for (const auto row : late)
      counters_.rows_late += counts[static_cast<std::size_t>(row)];
    return absl::OkStatus();
  }
  // After a restart only what fired is known, a millisecond before its end.
  const auto known = fired_ == time_min ? time_min : fired_ - 1;
  return drop_late(rows, late, std::max(watermark_, known), out);
}

absl::Status
window_aggregate_operator::add(const batch& rows,
                               const std::map<event_time, row_list>& by_pane) {
  aggregate_inputs inputs;
  if (!spec_.merges) {
    HERALD_ASSIGN(
        inputs, evaluate_inputs(spec_.calls, spec_.keys, rows, context_.eval));
  }
  for (const auto& [pane, which] : by_pane) {
    auto whole = static_cast<std::int64_t>(which.size()) == rows.rows;
    const auto added
        = !spec_.merges ? table_at(pane).add(
              rows, spec_.keys, whole ? nullptr : &which, inputs, groups_)
                        : add_partials(pane, whole ? rows : *take(rows, which));
    HERALD_TRY(added);
  }
  return absl::OkStatus();
}

absl::Status window_aggregate_operator::advance(event_time t, output& out) {
  if (t <= watermark_)
    return absl::OkStatus();
  watermark_ = t;
  // A window with end e is complete once no row before e can come.
  auto limit = t == time_max ? time_max : t + 1;
  while (!panes_.empty()) {
    auto end = first_end(panes_.begin()->first);
    if (fired_ != time_min && end <= fired_ && !windowed_input_)
      end = fired_ + slide_ms_;
    if (end > limit)
      break;
    HERALD_TRY(fire(end, out));
    fired_ = std::max(fired_, end);
    while (!panes_.empty() && last_end(panes_.begin()->first) <= end)
      panes_.erase(panes_.begin());
  }
  if (t != time_max)
    fired_ = std::max(fired_, last_end_until(limit));
  return out.advance(t);
}

absl::Status window_aggregate_operator::fire(event_time end, output& out) {
  if (cumulates_)
    return fire_cumulated(end, out);
  auto begin = windowed_input_ ? end : start_of(end);
  auto first = panes_.lower_bound(begin);
  auto stop
      = windowed_input_ ? panes_.upper_bound(end) : panes_.lower_bound(end);
  if (first == stop)
    return absl::OkStatus();
  if (std::next(first) == stop)
    return emit(first->second, end, out);
  auto merged = make_table();
  for (; first != stop; ++first)
    merged.merge(first->second);
  return emit(merged, end, out);
}

absl::Status window_aggregate_operator::fire_cumulated(event_time end,
                                                       output& out) {
  const auto begin = start_of(end);
  auto first = panes_.lower_bound(begin);
  const auto stop = panes_.lower_bound(end);
  if (first == stop)
    return absl::OkStatus();
  if (first->first != begin) {
    // What comes first becomes the pane that the others are merged into.
    auto node = panes_.extract(first);
    node.key() = begin;
    first = panes_.insert(std::move(node)).position;
  }
  for (auto next = std::next(first); next != stop; next = panes_.erase(next))
    first->second.merge(next->second);
  return emit(first->second, end, out);
}

absl::Status window_aggregate_operator::emit(const aggregate_table& table,
                                             event_time end, output& out) {
  auto groups = table.index().groups();
  std::span<const std::int32_t> rest = groups;
  while (!rest.empty()) {
    auto part = rest.first(
        std::min(rest.size(), static_cast<std::size_t>(context_.batch_rows)));
    rest = rest.subspan(part.size());
    auto columns = table.rows(part);
    for (auto kind : spec_.outputs) {
      using output_kind = window_aggregate_spec::window_output;
      auto t = end;
      if (kind == output_kind::start)
        t = start_of(end);
      else if (kind == output_kind::time)
        t -= 1;
      const auto& type = layout_->fields[columns.size()].type;
      std::vector<event_time> times(part.size(), t);
      columns.push_back(time_column(type, times));
    }
    HERALD_TRY(table.status());
    HERALD_TRY(out.emit(make_batch(layout_, std::move(columns),
                                   static_cast<std::int64_t>(part.size()))));
  }
  return absl::OkStatus();
}

// State: one row a pane and key, with the pane's start as a last column; and
// for each key group what has fired, for a source that reads on after a
// restart knows its watermark only with its first rows.

absl::Status window_aggregate_operator::write(state_writer& writer) const {
  auto type = data_type::of(type_kind::bigint);
  auto fired_layout = std::make_shared<schema>(schema{{{"fired", type}}});
  auto fired = make_batch(fired_layout, {repeat(scalar{type, fired_}, 1)}, 1);
  auto owned = context_.key_groups_owned();
  for (int k = owned.begin; fired_ != time_min && k < owned.end; ++k) {
    HERALD_TRY(writer.put(fired_table, k, *fired));
  }
  for (const auto& [pane, table] : panes_) {
    auto layout = std::make_shared<schema>(*table.state_layout());
    layout->fields.push_back({"pane", type});
    HERALD_TRY(table.save(
        [&](int key_group, const batch& rows, std::span<const std::int32_t>) {
          auto columns = rows.columns;
          columns.push_back(repeat(scalar{type, pane}, rows.rows));
          return writer.put(panes_table, key_group,
                            *make_batch(layout, std::move(columns), rows.rows));
        }));
  }
  return absl::OkStatus();
}

absl::Status window_aggregate_operator::read(const state_reader& reader) {
  auto owned = context_.key_groups_owned();
  HERALD_TRY(
      reader.read(fired_table, owned, [this](int, const batch_ptr& rows) {
        fired_ = std::max(fired_, rows->columns[0]->as<std::int64_t>()[0]);
        return absl::OkStatus();
      }));
  return reader.read(panes_table, owned, [this](int, const batch_ptr& rows) {
    auto pane = rows->columns.back()->as<std::int64_t>()[0];
    auto bare = *rows;
    bare.columns.pop_back();
    table_at(pane).load(bare, groups_);
    return absl::OkStatus();
  });
}

std::int64_t window_aggregate_operator::state_bytes() const {
  std::int64_t result = 0;
  for (const auto& [pane, table] : panes_)
    result += table.memory_bytes();
  return result;
}

} // namespace herald
