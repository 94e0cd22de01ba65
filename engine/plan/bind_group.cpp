#include "engine/expr/registry.hpp"
#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// Rewrites expressions over a grouped block's input (with aggregate call i
/// as column `inputs + i`) into ones over its result.
struct group_rewriter {
  const std::vector<expr_ptr>& keys;
  const grouped_plan& grouped;
  int inputs = 0;

  absl::StatusOr<expr_ptr> rewrite(const expr_ptr& x) const {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (equal(*x, *keys[i]))
        return column(grouped.key_columns[i], *x);
    if (x->kind == expr_kind::literal)
      return x;
    if (x->kind == expr_kind::column) {
      if (x->column >= inputs)
        return column(
            grouped.call_columns[static_cast<std::size_t>(x->column - inputs)],
            *x);
      return user_error(
          x->where,
          fmt::format("column '{}' is neither in GROUP BY nor inside an "
                      "aggregate",
                      x->name),
          fmt::format("add it to GROUP BY, or take MAX({})", x->name));
    }
    std::vector<expr_ptr> args;
    bool changed = false;
    for (const auto& arg : x->args) {
      HERALD_ASSIGN(auto rewritten, rewrite(arg));
      changed |= rewritten != arg;
      args.push_back(std::move(rewritten));
    }
    if (!changed)
      return x;
    return make_bound_call(x->name, std::move(args), x->code, x->type,
                           x->where);
  }

  expr_ptr column(int index, const expr& from) const {
    return at_position(column_of(grouped.plan->columns, index), from.where);
  }
};

/// The two bounds of one window among the keys, and its time if there.
struct window_keys {
  int start = -1;
  int end = -1;
  window_spec window;
};

window_keys find_window(const std::vector<plan_column>& columns,
                        const std::vector<int>& keys) {
  window_keys result;
  for (const int start : keys) {
    const auto& first = columns[static_cast<std::size_t>(start)];
    if (first.role != window_role::start)
      continue;
    for (const int end : keys) {
      const auto& last = columns[static_cast<std::size_t>(end)];
      if (last.role == window_role::end && last.window == first.window)
        return {start, end, first.window};
    }
  }
  return result;
}

/// Puts the keys that are no columns behind the input's columns.
plan_ptr with_key_columns(plan_ptr input, const std::vector<expr_ptr>& keys,
                          std::vector<int>& columns) {
  auto all = columns_of(input->columns);
  auto names = names_of(input->columns);
  for (const auto& key : keys) {
    if (key->kind == expr_kind::column) {
      columns.push_back(key->column);
      continue;
    }
    columns.push_back(static_cast<int>(all.size()));
    all.push_back(key);
    names.push_back(to_string(*key));
  }
  if (all.size() == input->columns.size())
    return input;
  return make_project(std::move(input), std::move(all), names);
}

absl::StatusOr<grouped_plan> make_windowed(plan_ptr input,
                                           const std::vector<int>& keys,
                                           std::vector<aggregate_call> calls,
                                           const window_keys& found,
                                           text_position where) {
  if (input->retracts)
    return user_error(where,
                      "a window aggregation needs rows that are only inserted, "
                      "but its input also updates or deletes rows");
  window_aggregate_spec spec;
  spec.window = found.window;
  spec.window_start_column = found.start;
  spec.window_end_column = found.end;
  using output = window_aggregate_spec::window_output;
  spec.outputs = {output::start, output::end};
  // Which output each key becomes: a place among the keys, or -1 - window
  // output.
  std::vector<int> places;
  for (const int key : keys) {
    const auto& column = input->columns[static_cast<std::size_t>(key)];
    if (column.role != window_role::none && column.window == found.window) {
      const int output_index = static_cast<int>(column.role) - 1;
      if (column.role == window_role::time && spec.outputs.size() == 2)
        spec.outputs.push_back(output::time);
      places.push_back(-1 - output_index);
      continue;
    }
    places.push_back(static_cast<int>(spec.keys.size()));
    spec.keys.push_back(key);
  }
  const auto count = static_cast<int>(spec.keys.size());
  const auto call_count = static_cast<int>(calls.size());
  spec.calls = std::move(calls);
  grouped_plan result;
  result.plan = make_window_aggregate(std::move(input), std::move(spec));
  for (const int place : places)
    result.key_columns.push_back(place >= 0 ? place
                                            : count + call_count - 1 - place);
  for (int i = 0; i < call_count; ++i)
    result.call_columns.push_back(count + i);
  return result;
}

} // namespace

absl::StatusOr<grouped_plan> make_grouped(plan_ptr input,
                                          std::vector<expr_ptr> keys,
                                          std::vector<aggregate_call> calls,
                                          text_position where) {
  std::vector<int> columns;
  input = with_key_columns(std::move(input), keys, columns);
  const auto window = find_window(input->columns, columns);
  if (window.start >= 0)
    return make_windowed(std::move(input), columns, std::move(calls), window,
                         where);
  grouped_plan result;
  for (std::size_t i = 0; i < keys.size(); ++i)
    result.key_columns.push_back(static_cast<int>(i));
  for (std::size_t i = 0; i < calls.size(); ++i)
    result.call_columns.push_back(static_cast<int>(keys.size() + i));
  group_aggregate_spec spec;
  spec.keys = std::move(columns);
  spec.calls = std::move(calls);
  result.plan = make_group_aggregate(std::move(input), std::move(spec));
  return result;
}

absl::StatusOr<plan_ptr> make_distinct(plan_ptr input, text_position where) {
  auto names = names_of(input->columns);
  auto keys = columns_of(input->columns);
  HERALD_ASSIGN(const auto grouped,
                make_grouped(std::move(input), std::move(keys), {}, where));
  std::vector<expr_ptr> columns;
  for (const int column : grouped.key_columns)
    columns.push_back(column_of(grouped.plan->columns, column));
  return make_project(grouped.plan, std::move(columns), names);
}

absl::StatusOr<std::vector<expr_ptr>>
query_binder::bind_keys(const sql::select_block& x, const scope& names) {
  using kind = sql::grouping_element::kind_type;
  std::vector<expr_ptr> keys;
  expression_binder binder(&session_, names, "GROUP BY");
  for (const auto& element : x.group_by) {
    const bool plain
        = element.kind == kind::expression || element.kind == kind::set;
    if (!plain)
      return user_error(element.where,
                        "GROUPING SETS, ROLLUP and CUBE are not supported yet");
    for (const auto& value : element.values) {
      auto key = binder.bind(*value);
      if (!key.ok()) {
        const auto* column = value->as<sql::column_name>();
        for (const auto& item : x.items)
          if (column && column->parts.size() == 1 && item.alias
              && item.alias->name == column->parts[0].name)
            return user_error(
                value->where,
                fmt::format("GROUP BY does not see '{}', a name of the select "
                            "list",
                            item.alias->name),
                "repeat the expression");
        return key.status();
      }
      bool known = false;
      for (const auto& other : keys)
        known |= equal(*other, **key);
      if (!known)
        keys.push_back(*std::move(key));
    }
  }
  return keys;
}

absl::StatusOr<plan_ptr> query_binder::bind_grouped(const sql::select_block& x,
                                                    source from,
                                                    text_position where) {
  HERALD_ASSIGN(const auto keys, bind_keys(x, from.names));
  aggregate_list aggregates;
  aggregates.grouped = !keys.empty();
  std::vector<std::string> labels;
  HERALD_ASSIGN(auto items, bind_items(x, from.names, &aggregates, labels));
  expr_ptr having;
  if (x.having) {
    expression_binder binder(&session_, from.names, "HAVING", &aggregates);
    HERALD_ASSIGN(having, binder.bind_condition(*x.having));
  }
  HERALD_ASSIGN(const auto grouped,
                make_grouped(from.plan, keys, aggregates.calls, where));
  const group_rewriter rewriter{keys, grouped,
                                static_cast<int>(from.names.columns().size())};
  auto plan = grouped.plan;
  if (having) {
    HERALD_ASSIGN(having, rewriter.rewrite(having));
    plan = make_filter(plan, having);
  }
  for (auto& item : items) {
    HERALD_ASSIGN(item, rewriter.rewrite(item));
  }
  return make_project(std::move(plan), std::move(items), labels);
}

} // namespace herald
