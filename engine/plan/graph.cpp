#include "engine/plan/optimiser.hpp"

#include <set>

namespace herald {

namespace {

void visit(const plan_ptr& node, std::set<const plan_node*>& seen,
           std::vector<plan_ptr>& out) {
  if (!seen.insert(node.get()).second)
    return;
  for (const auto& input : node->inputs)
    visit(input, seen, out);
  out.push_back(node);
}

std::vector<expr_ptr>
map_all(const std::vector<expr_ptr>& list,
        const std::function<expr_ptr(const expr_ptr&)>& change) {
  std::vector<expr_ptr> result;
  for (const auto& x : list)
    result.push_back(change(x));
  return result;
}

aggregate_call
map_call(aggregate_call call,
         const std::function<expr_ptr(const expr_ptr&)>& change) {
  call.args = map_all(call.args, change);
  if (call.filter)
    call.filter = change(call.filter);
  return call;
}

template <class Spec>
Spec map_calls(Spec spec,
               const std::function<expr_ptr(const expr_ptr&)>& change) {
  for (auto& call : spec.calls)
    call = map_call(std::move(call), change);
  return spec;
}

} // namespace

std::vector<plan_ptr> topological(const std::vector<plan_ptr>& roots) {
  std::set<const plan_node*> seen;
  std::vector<plan_ptr> result;
  for (const auto& root : roots)
    visit(root, seen, result);
  return result;
}

use_counts count_uses(const std::vector<plan_ptr>& roots) {
  use_counts result;
  for (const auto& root : roots)
    ++result[root.get()];
  for (const auto& node : topological(roots))
    for (const auto& input : node->inputs)
      ++result[input.get()];
  return result;
}

plan_ptr
map_expressions(const plan_ptr& node, std::vector<plan_ptr> inputs,
                const std::function<expr_ptr(const expr_ptr&)>& change) {
  if (const auto* filter = node->as<filter_spec>())
    return make_filter(inputs[0], change(filter->condition));
  if (const auto* project = node->as<project_spec>())
    return make_project(inputs[0], map_all(project->columns, change),
                        names_of(node->columns));
  if (const auto* window = node->as<window_assign_spec>())
    return make_window_assign(inputs[0], *window);
  if (const auto* normalize = node->as<normalize_spec>())
    return make_normalize(inputs[0], *normalize);
  if (const auto* group = node->as<group_aggregate_spec>())
    return make_group_aggregate(inputs[0], map_calls(*group, change));
  if (const auto* window = node->as<window_aggregate_spec>())
    return make_window_aggregate(inputs[0], map_calls(*window, change));
  if (const auto* join = node->as<join_spec>()) {
    auto spec = *join;
    if (spec.residual)
      spec.residual = change(spec.residual);
    return make_join(inputs[0], inputs[1], std::move(spec));
  }
  if (const auto* lookup = node->as<lookup_join_spec>()) {
    auto spec = *lookup;
    if (spec.residual)
      spec.residual = change(spec.residual);
    return make_lookup_join(inputs[0], std::move(spec));
  }
  if (const auto* expand = node->as<expand_spec>())
    return make_expand(inputs[0], *expand);
  if (const auto* unnest = node->as<unnest_spec>()) {
    auto names = names_of(node->columns);
    auto spec = *unnest;
    names.erase(names.begin(),
                names.begin()
                    + static_cast<std::ptrdiff_t>(spec.columns.size()));
    spec.value = change(spec.value);
    return make_unnest(inputs[0], std::move(spec), names);
  }
  if (const auto* changes = node->as<changelog_spec>())
    return make_changelog(inputs[0], *changes, node->columns[0].name);
  if (const auto* ranked = node->as<top_n_spec>())
    return make_top_n(inputs[0], *ranked);
  if (const auto* distinct = node->as<deduplicate_spec>())
    return make_deduplicate(inputs[0], *distinct);
  if (const auto* sort = node->as<sort_spec>())
    return make_sort(inputs[0], *sort);
  if (const auto* limit = node->as<limit_spec>())
    return make_limit(inputs[0], *limit);
  if (const auto* over = node->as<over_spec>()) {
    auto spec = *over;
    for (auto& x : spec.calls)
      x.call = map_call(std::move(x.call), change);
    return make_over(inputs[0], std::move(spec));
  }
  if (node->as<union_node>())
    return make_union(std::move(inputs));
  if (const auto* scan = node->as<scan_node>()) {
    auto spec = *scan;
    spec.columns = map_all(spec.columns, change);
    return make_scan(std::move(spec));
  }
  return node;
}

} // namespace herald
