#include "engine/plan/prune.hpp"

#include "engine/common/check.hpp"

#include <algorithm>

namespace herald {

namespace pruning {

namespace {

void add_column(int column, needs& out) {
  out.insert({column, {}});
}

void collect_call(const aggregate_call& call, needs& out) {
  for (const auto& arg : call.args)
    collect_paths(arg, out);
  if (call.filter)
    collect_paths(call.filter, out);
}

/// The calls whose results are in `given`.
template <class Spec>
void collect_calls(const Spec& spec, const needs& given, needs& out) {
  const auto keys = static_cast<int>(spec.keys.size());
  const auto calls = static_cast<int>(spec.calls.size());
  for (const int key : spec.keys)
    add_column(key, out);
  for (const auto& path : given)
    if (path.column >= keys && path.column < keys + calls)
      collect_call(spec.calls[static_cast<std::size_t>(path.column - keys)],
                   out);
}

needs project_needs(const project_spec& spec, const needs& given) {
  needs result;
  for (const auto& path : given) {
    const auto& x = spec.columns[static_cast<std::size_t>(path.column)];
    if (auto inner = path_of(*x)) {
      inner->fields.insert(inner->fields.end(), path.fields.begin(),
                           path.fields.end());
      result.insert(std::move(*inner));
    } else {
      collect_paths(x, result);
    }
  }
  return result;
}

std::vector<needs> join_needs(const plan_node& node, const join_spec& spec,
                              const needs& given) {
  const auto left = static_cast<int>(node.inputs[0]->columns.size());
  auto all = given;
  if (spec.residual)
    collect_paths(spec.residual, all);
  std::vector<needs> result(2);
  for (auto path : all) {
    const bool is_left = path.column < left;
    if (!is_left)
      path.column -= left;
    result[is_left ? 0 : 1].insert(path);
  }
  for (const int key : spec.left_keys)
    add_column(key, result[0]);
  for (const int key : spec.right_keys)
    add_column(key, result[1]);
  if (spec.bound) {
    add_column(spec.bound->left_time, result[0]);
    add_column(spec.bound->right_time, result[1]);
  }
  if (spec.versions) {
    add_column(spec.versions->left_time, result[0]);
    add_column(spec.versions->right_time, result[1]);
  }
  if (spec.left_life)
    add_column(spec.left_life->column, result[0]);
  if (spec.right_life)
    add_column(spec.right_life->column, result[1]);
  return result;
}

needs lookup_needs(const plan_node& node, const lookup_join_spec& spec,
                   const needs& given) {
  const auto left = static_cast<int>(node.inputs[0]->columns.size());
  auto all = given;
  if (spec.residual)
    collect_paths(spec.residual, all);
  std::erase_if(all, [&](const auto& path) { return path.column >= left; });
  for (const int key : spec.left_keys)
    add_column(key, all);
  return all;
}

std::vector<needs> raw_needs(const plan_node& node, const needs& given) {
  if (const auto* join = node.as<join_spec>())
    return join_needs(node, *join, given);
  if (const auto* lookup = node.as<lookup_join_spec>())
    return {lookup_needs(node, *lookup, given)};
  if (auto order = order_needs(node, given))
    return {std::move(*order)};
  std::vector<needs> result(node.inputs.size());
  if (node.as<union_node>()) {
    std::fill(result.begin(), result.end(), given);
  } else if (const auto* filter = node.as<filter_spec>()) {
    result[0] = given;
    collect_paths(filter->condition, result[0]);
  } else if (const auto* project = node.as<project_spec>()) {
    result[0] = project_needs(*project, given);
  } else if (const auto* window = node.as<window_assign_spec>()) {
    const auto count = static_cast<int>(node.inputs[0]->columns.size());
    for (const auto& path : given)
      if (path.column < count)
        result[0].insert(path);
    add_column(window->time_column, result[0]);
    for (const int key : window->keys)
      add_column(key, result[0]);
  } else if (const auto* expand = node.as<expand_spec>()) {
    const auto count = static_cast<int>(node.inputs[0]->columns.size());
    for (const auto& path : given)
      if (path.column < count)
        result[0].insert(path);
    for (const int key : expand->keys)
      add_column(key, result[0]);
  } else if (const auto* unnest = node.as<unnest_spec>()) {
    for (auto path : given)
      if (const auto at = static_cast<std::size_t>(path.column);
          at < unnest->columns.size()) {
        path.column = unnest->columns[at];
        result[0].insert(std::move(path));
      }
    collect_paths(unnest->value, result[0]);
  } else if (const auto* changes = node.as<changelog_spec>()) {
    result[0] = changelog_needs(node, *changes, given);
  } else if (const auto* normalize = node.as<normalize_spec>()) {
    result[0] = given;
    for (const int key : normalize->keys)
      add_column(key, result[0]);
  } else if (const auto* group = node.as<group_aggregate_spec>()) {
    collect_calls(*group, given, result[0]);
  } else if (const auto* aggregate = node.as<window_aggregate_spec>()) {
    collect_calls(*aggregate, given, result[0]);
    for (const auto& column :
         {aggregate->time_column, aggregate->window_end_column})
      if (column)
        add_column(*column, result[0]);
  }
  return result;
}

/// The column that is cheapest to read, for when none is needed.
int cheapest_column(const plan_node& node) {
  const auto* scan = node.as<scan_node>();
  if (!scan)
    return 0;
  int best = 0;
  int best_cost = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < scan->columns.size(); ++i) {
    const auto& x = *scan->columns[i];
    const int width = x.type.width();
    const int cost = (width == 0 ? 64 : width)
                     + (x.type.is_text() || x.type.is_bytes() ? 64 : 0)
                     + (x.kind == expr_kind::column ? 0 : 1024);
    if (cost < best_cost) {
      best = static_cast<int>(i);
      best_cost = cost;
    }
  }
  return best;
}

} // namespace

bool begins(const field_path& a, const field_path& b) {
  return a.column == b.column && a.fields.size() <= b.fields.size()
         && std::equal(a.fields.begin(), a.fields.end(), b.fields.begin());
}

needs normalised(const needs& x) {
  needs result;
  // In order of the set a path comes right before those it begins.
  const field_path* last = nullptr;
  for (const auto& path : x)
    if (!last || !begins(*last, path))
      last = &*result.insert(path).first;
  return result;
}

void collect_paths(const expr_ptr& x, needs& out) {
  if (auto path = path_of(*x)) {
    out.insert(std::move(*path));
    return;
  }
  for (const auto& arg : x->args)
    collect_paths(arg, out);
}

needs givable(const plan_node& node, const needs& wanted) {
  needs result;
  const auto* project = node.as<project_spec>();
  const auto* scan = node.as<scan_node>();
  const auto* columns = project ? &project->columns
                        : scan  ? &scan->columns
                                : nullptr;
  const bool passes = node.as<filter_spec>() || node.as<join_spec>()
                      || node.as<window_assign_spec>() || node.as<expand_spec>()
                      || is_order_node(node) || node.as<normalize_spec>()
                      || node.as<unnest_spec>() || takes_changes(node);
  const auto left = static_cast<int>(
      node.as<lookup_join_spec>() ? node.inputs[0]->columns.size() : 0);
  for (auto path : wanted) {
    const bool whole
        = columns ? !path_of(*(*columns)[static_cast<std::size_t>(path.column)])
                  : !passes && path.column >= left;
    if (whole)
      path.fields.clear();
    result.insert(std::move(path));
  }
  // The watermark is taken where the column with event time is read.
  if (scan && scan->watermark && result.contains({scan->rowtime, {}}))
    collect_paths(scan->watermark, result);
  return normalised(result);
}

std::vector<needs> needs_of_inputs(const plan_node& node, const needs& given) {
  auto result = raw_needs(node, given);
  if (const auto* late = late_rows_of(node.spec))
    for (const int column : late->columns)
      if (column >= 0)
        add_column(column, result[0]);
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i].empty())
      add_column(cheapest_column(*node.inputs[i]), result[i]);
    result[i] = normalised(result[i]);
  }
  return result;
}

} // namespace pruning

namespace {

using namespace pruning;

/// What each of `nodes`, in topological order, must give for all columns of
/// the roots.
std::map<const plan_node*, needs>
needs_below(const std::vector<plan_ptr>& roots,
            const std::vector<plan_ptr>& nodes) {
  std::map<const plan_node*, needs> wanted;
  for (const auto& root : roots)
    for (int i = 0; i < static_cast<int>(root->columns.size()); ++i)
      wanted[root.get()].insert({i, {}});
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    auto& given = wanted[node->get()];
    given = givable(**node, given);
    const auto below = needs_of_inputs(**node, given);
    for (std::size_t i = 0; i < below.size(); ++i)
      wanted[(*node)->inputs[i].get()].insert(below[i].begin(), below[i].end());
  }
  return wanted;
}

/// True if `columns` from `first` on that are in `given` are steady.
bool are_steady(const std::vector<expr_ptr>& columns, int first,
                const needs& given) {
  return std::all_of(given.begin(), given.end(), [&](const auto& path) {
    const auto at = path.column - first;
    return at < 0 || columns[static_cast<std::size_t>(at)]->steady;
  });
}

bool is_steady(const plan_ptr& node, const needs& given) {
  if (const auto* scan = node->as<scan_node>())
    return are_steady(scan->columns, 0, given);
  if (const auto* project = node->as<project_spec>())
    return are_steady(project->columns, 0, given);
  bool result = true;
  if (const auto* lookup = node->as<lookup_join_spec>()) {
    const auto left = static_cast<int>(node->inputs[0]->columns.size());
    auto all = given;
    if (lookup->residual)
      collect_paths(lookup->residual, all);
    result = are_steady(lookup->columns, left, all);
  }
  map_expressions(node, node->inputs, [&](const expr_ptr& x) {
    result &= x->steady;
    return x;
  });
  return result;
}

} // namespace

bool is_steady(const plan_ptr& plan) {
  const auto nodes = topological({plan});
  const auto wanted = needs_below({plan}, nodes);
  return std::all_of(nodes.begin(), nodes.end(), [&](const auto& node) {
    return is_steady(node, wanted.at(node.get()));
  });
}

std::vector<plan_ptr> prune(const std::vector<plan_ptr>& roots) {
  const auto nodes = topological(roots);
  const auto wanted = needs_below(roots, nodes);
  std::map<const plan_node*, pruned> done;
  for (const auto& node : nodes) {
    std::vector<pruned> inputs;
    for (const auto& input : node->inputs)
      inputs.push_back(done.at(input.get()));
    done[node.get()] = rebuild(*node, wanted.at(node.get()), inputs);
  }
  std::vector<plan_ptr> result;
  for (const auto& root : roots) {
    const auto& [plan, places] = done.at(root.get());
    std::vector<expr_ptr> columns;
    for (int i = 0; i < static_cast<int>(root->columns.size()); ++i)
      columns.push_back(column_of(plan->columns, places.at({i, {}})));
    result.push_back(
        make_project(plan, std::move(columns), names_of(root->columns)));
  }
  return result;
}

} // namespace herald
