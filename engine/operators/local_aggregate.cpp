#include "engine/operators/local_aggregate.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/operators/window_times.hpp"

namespace herald {

local_aggregate_operator::local_aggregate_operator(local_aggregate_spec spec,
                                                   const schema& input_layout,
                                                   schema_ptr layout)
    : spec_(std::move(spec)), key_types_(types_of(input_layout, spec_.keys)),
      layout_(std::move(layout)),
      zone_(spec_.window ? spec_.window->zone : std::string()) {}

std::optional<event_time>
local_aggregate_operator::common_pane(const column& time,
                                      std::span<const event_time> times) const {
  const auto& window = *spec_.window;
  if (time.null_count > 0 || !lies_in_window(times[0], window))
    return std::nullopt;
  const auto length = pane_length(window);
  const auto pane = floor_to(times[0], length, window.offset_ms);
  bool same = true;
  for (const auto t : times)
    same &= t >= pane && t - pane < length;
  return same ? std::optional(pane) : std::nullopt;
}

column_ptr local_aggregate_operator::panes_of(const column& time,
                                              std::vector<event_time> times,
                                              row_list& which) const {
  const auto& window = *spec_.window;
  const auto length = pane_length(window);
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto row = static_cast<std::int32_t>(i);
    if (time.is_null(row)) { // to be counted as late
      which.push_back(row);
    } else if (lies_in_window(times[i], window)) {
      times[i] = floor_to(times[i], length, window.offset_ms);
      which.push_back(row);
    }
  }
  auto result
      = column(*time_column(layout_->fields[key_types_.size()].type, times));
  result.validity = time.validity;
  result.null_count = time.null_count;
  return std::make_shared<column>(std::move(result));
}

absl::StatusOr<std::vector<column_ptr>> local_aggregate_operator::combine(
    const batch& rows, const std::vector<int>& keys,
    const std::vector<data_type>& types, const row_list* which) {
  HERALD_ASSIGN(auto inputs,
                evaluate_inputs(spec_.calls, keys, rows, context_.eval));
  aggregate_table table(types, spec_.calls, spec_.input_retracts, expected_);
  HERALD_TRY(table.add(rows, keys, which, inputs, groups_));
  const auto groups = table.index().groups();
  expected_ = table.index().size();
  std::vector<std::int64_t> counts(groups.size(), 0);
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const auto row = which ? (*which)[i] : static_cast<std::int32_t>(i);
    counts[static_cast<std::size_t>(groups_[i])]
        += rows.changes && retracts(rows.change_of(row)) ? -1 : 1;
  }
  auto columns = table.partial_rows(groups);
  HERALD_TRY(table.status());
  fixed_builder<std::int64_t> counted(layout_->fields.back().type);
  for (auto count : counts)
    counted.push(count);
  columns.push_back(counted.finish());
  return columns;
}

absl::StatusOr<std::vector<column_ptr>>
local_aggregate_operator::combine_panes(const batch& rows, const column& time,
                                        std::vector<event_time> times) {
  row_list which;
  const auto panes = panes_of(time, std::move(times), which);
  if (which.empty())
    return std::vector<column_ptr>{};
  auto keys = spec_.keys;
  keys.push_back(static_cast<int>(rows.columns.size()));
  auto types = key_types_;
  types.push_back(panes->type);
  auto wider = rows;
  auto layout = std::make_shared<schema>(*rows.layout);
  layout->fields.push_back(layout_->fields[key_types_.size()]);
  wider.layout = std::move(layout);
  wider.columns.push_back(panes);
  return combine(wider, keys, types, &which);
}

absl::StatusOr<std::vector<column_ptr>>
local_aggregate_operator::combine_by_window(const batch& rows) {
  const auto& time = *rows.columns[static_cast<std::size_t>(spec_.time_column)];
  auto times = zone_.local_times(time);
  const auto pane = common_pane(time, times);
  if (!pane)
    return combine_panes(rows, time, std::move(times));
  // As a rule: spares the look-up a second key.
  HERALD_ASSIGN(auto columns, combine(rows, spec_.keys, key_types_, nullptr));
  const std::vector<event_time> starts(
      static_cast<std::size_t>(columns.back()->length), *pane);
  const auto at = static_cast<std::ptrdiff_t>(key_types_.size());
  columns.insert(columns.begin() + at,
                 time_column(layout_->fields[key_types_.size()].type, starts));
  return columns;
}

absl::Status local_aggregate_operator::process(int, const batch_ptr& rows,
                                               output& out) {
  if (rows->rows == 0)
    return absl::OkStatus();
  HERALD_ASSIGN(auto columns,
                spec_.window ? combine_by_window(*rows)
                             : combine(*rows, spec_.keys, key_types_, nullptr));
  if (columns.empty())
    return absl::OkStatus();
  const auto count = columns.back()->length;
  return out.emit(make_batch(layout_, std::move(columns), count));
}

} // namespace herald
