#include "engine/plan/logical_plan.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// Columns of rows that come later than their time, or again.
std::vector<plan_column> without_time(std::vector<plan_column> columns) {
  for (auto& column : columns) {
    column.time = time_role::none;
    column.role = window_role::none;
  }
  return columns;
}

/// What stays known of rows that leave when the watermark has come to their
/// column `time`. The windows that they lie in are over later, or then if it is
/// the windows' own time.
std::vector<plan_column> held_back(std::vector<plan_column> columns, int time) {
  const auto by = columns[static_cast<std::size_t>(time)];
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto& x = columns[i];
    if (static_cast<int>(i) == time)
      continue;
    const bool same = x.window == by.window;
    if (by.role != window_role::none && !same)
      x.role = window_role::none;
    if (x.time == time_role::rowtime && x.role == window_role::none)
      x.time = time_role::none;
  }
  return columns;
}

/// What stays known of rows that leave when their window is over.
std::vector<plan_column> of_windows(std::vector<plan_column> columns) {
  for (auto& column : columns)
    if (column.role == window_role::none)
      column.time = time_role::none;
  return columns;
}

} // namespace

bool is_order_node(const plan_node& x) {
  return std::visit(
      [](const auto& spec) {
        return is_order_spec<std::decay_t<decltype(spec)>>;
      },
      x.spec);
}

plan_ptr make_top_n(plan_ptr input, top_n_spec spec) {
  auto columns = spec.window_end ? of_windows(input->columns)
                                 : without_time(input->columns);
  if (spec.rank_output) {
    constexpr std::string_view names[] = {"ROW_NUMBER", "RANK", "DENSE_RANK"};
    columns.push_back(
        {.name = fmt::format("{}()", names[static_cast<int>(spec.rank)]),
         .type = data_type::of(type_kind::bigint).with_nullable(false)});
  }
  spec.input_retracts = input->retracts;
  const bool retracts = !spec.window_end;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

plan_ptr make_deduplicate(plan_ptr input, deduplicate_spec spec) {
  auto columns = spec.keep_last || spec.processing_time
                     ? input->columns
                     : held_back(input->columns, spec.time_column);
  if (spec.keep_last)
    columns = without_time(std::move(columns));
  const bool retracts = spec.keep_last;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

plan_ptr make_sort(plan_ptr input, sort_spec spec) {
  auto columns = spec.at_end ? without_time(input->columns) : input->columns;
  spec.input_retracts = input->retracts;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   false);
}

plan_ptr make_limit(plan_ptr input, limit_spec spec) {
  auto columns = input->columns;
  return make_node(spec, {std::move(input)}, std::move(columns), false);
}

plan_ptr make_over(plan_ptr input, over_spec spec) {
  const bool in_time = spec.mode == over_mode::with_watermark
                       || spec.mode == over_mode::on_arrival;
  auto columns = in_time ? input->columns : without_time(input->columns);
  for (const auto& x : spec.calls)
    columns.push_back({.name = to_string(x.call), .type = x.call.type});
  spec.input_retracts = input->retracts;
  const bool retracts = spec.mode == over_mode::changing;
  return make_node(std::move(spec), {std::move(input)}, std::move(columns),
                   retracts);
}

} // namespace herald
