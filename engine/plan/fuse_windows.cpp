#include "engine/plan/optimiser.hpp"

#include <algorithm>

namespace herald {

namespace {

/// The projection between an aggregation and its window function, or columns
/// as they are.
struct window_input {
  plan_ptr assign;               ///< the window function
  std::vector<expr_ptr> columns; ///< over `assign`, as the aggregation sees
};

std::optional<window_input> find_window(const plan_node& aggregate) {
  const auto& input = aggregate.inputs[0];
  if (input->as<window_assign_spec>())
    return window_input{input, columns_of(input->columns)};
  const auto* project = input->as<project_spec>();
  if (project && input->inputs[0]->as<window_assign_spec>())
    return window_input{input->inputs[0], project->columns};
  return std::nullopt;
}

/// True if `x` reads none of the columns that the window function adds.
bool without_window(const expr& x, int input_count) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return std::all_of(columns.begin(), columns.end(),
                     [&](int column) { return column < input_count; });
}

plan_ptr fuse(const plan_ptr& node, const window_aggregate_spec& spec) {
  if (spec.time_column)
    return node;
  const auto found = find_window(*node);
  if (!found)
    return node;
  const auto& rows = found->assign->inputs[0];
  const auto* assign = found->assign->as<window_assign_spec>();
  const int count = static_cast<int>(rows->columns.size());
  auto fused = spec;
  fused.time_column = assign->time_column;
  fused.window_start_column.reset();
  fused.window_end_column.reset();
  for (auto& call : fused.calls) {
    call = substitute(call, found->columns);
    std::vector<int> used;
    collect_columns(call, used);
    if (std::any_of(used.begin(), used.end(),
                    [&](int column) { return column >= count; }))
      return node;
  }
  auto columns = columns_of(rows->columns);
  auto names = names_of(rows->columns);
  for (auto& key : fused.keys) {
    const auto& x = found->columns[static_cast<std::size_t>(key)];
    if (!without_window(*x, count))
      return node;
    if (x->kind == expr_kind::column) {
      key = x->column;
      continue;
    }
    key = static_cast<int>(columns.size());
    columns.push_back(x);
    names.push_back(to_string(*x));
  }
  auto input = rows;
  if (columns.size() > rows->columns.size())
    input = make_project(input, std::move(columns), names);
  auto result = make_window_aggregate(std::move(input), std::move(fused));
  // Keys keep their names.
  return make_project(result, columns_of(result->columns),
                      names_of(node->columns));
}

} // namespace

plan_ptr fuse_windows(const plan_ptr& plan) {
  std::vector<plan_ptr> inputs;
  for (const auto& input : plan->inputs)
    inputs.push_back(fuse_windows(input));
  const auto same = [](const expr_ptr& x) { return x; };
  auto result = plan->inputs.empty()
                    ? plan
                    : map_expressions(plan, std::move(inputs), same);
  if (const auto* spec = result->as<window_aggregate_spec>())
    return fuse(result, *spec);
  return result;
}

} // namespace herald
