#include "engine/plan/push_filters.hpp"

#include "engine/plan/bind_over.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

namespace herald {

namespace {

using namespace pushing;

absl::StatusOr<plan_ptr> push(const plan_ptr& node, conditions wanted);

bool reads_among(const expr& x, const std::vector<int>& allowed) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return std::all_of(columns.begin(), columns.end(), [&](int column) {
    return std::find(allowed.begin(), allowed.end(), column) != allowed.end();
  });
}

absl::StatusOr<plan_ptr> push_project(const plan_node& node,
                                      const project_spec& spec,
                                      conditions wanted) {
  auto down = take_if(wanted, [&](const expr_ptr& x) {
    std::vector<int> columns;
    collect_columns(*x, columns);
    return x->steady
           && std::all_of(columns.begin(), columns.end(), [&](int column) {
                return spec.columns[static_cast<std::size_t>(column)]->steady;
              });
  });
  for (auto& condition : down)
    condition = substitute(condition, spec.columns);
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  auto result
      = make_project(std::move(input), spec.columns, names_of(node.columns));
  return make_filter(std::move(result), all_of(wanted));
}

/// Conditions on columns of the input that keep their places; on a session's
/// input on its keys only, as others would tear sessions apart.
absl::StatusOr<plan_ptr> push_window(const plan_node& node,
                                     const window_assign_spec& spec,
                                     conditions wanted) {
  const auto count = static_cast<int>(node.inputs[0]->columns.size());
  auto down = take_if(wanted, [&](const expr_ptr& x) {
    return x->steady && reads_only(*x, 0, count)
           && (!spec.window.is_session() || reads_among(*x, spec.keys));
  });
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  return make_filter(make_window_assign(std::move(input), spec),
                     all_of(wanted));
}

/// Those that read no key of a set: the copies may be NULL here.
absl::StatusOr<plan_ptr>
push_expand(const plan_node& node, const expand_spec& spec, conditions wanted) {
  const auto count = static_cast<int>(node.inputs[0]->columns.size());
  auto down = take_if(wanted, [&](const expr_ptr& x) {
    return x->steady && reads_only(*x, 0, count);
  });
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  return make_filter(make_expand(std::move(input), spec), all_of(wanted));
}

/// What the rows are asked themselves needs no look-up.
absl::StatusOr<plan_ptr> push_lookup(const plan_node& node,
                                     lookup_join_spec spec, conditions wanted) {
  const auto count = static_cast<int>(node.inputs[0]->columns.size());
  const auto is_left = [&](const expr_ptr& x) {
    return x->steady && reads_only(*x, 0, count);
  };
  auto down = take_if(wanted, is_left);
  if (spec.residual && !spec.keeps_left) {
    auto on = conjuncts(spec.residual);
    const auto more = take_if(on, is_left);
    down.insert(down.end(), more.begin(), more.end());
    spec.residual = all_of(on);
  }
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  return make_filter(make_lookup_join(std::move(input), std::move(spec)),
                     all_of(wanted));
}

/// Those that read no element; a row without elements is then left out, too.
absl::StatusOr<plan_ptr>
push_unnest(const plan_node& node, const unnest_spec& spec, conditions wanted) {
  const auto count = static_cast<int>(spec.columns.size());
  auto down = take_if(wanted, [&](const expr_ptr& x) {
    return x->steady && reads_only(*x, 0, count);
  });
  for (auto& condition : down)
    condition = remap(condition, spec.columns, node.inputs[0]->columns);
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  auto names = names_of(node.columns);
  names.erase(names.begin(), names.begin() + count);
  return make_filter(make_unnest(std::move(input), spec, names),
                     all_of(wanted));
}

/// Rows that have only the key come, too: a condition may ask for nothing
/// else of them.
absl::StatusOr<plan_ptr> push_normalize(const plan_node& node,
                                        const normalize_spec& spec,
                                        conditions wanted) {
  auto down = take_if(wanted, [&](const expr_ptr& x) {
    std::vector<int> columns;
    collect_columns(*x, columns);
    return x->steady
           && std::all_of(columns.begin(), columns.end(), [&](int column) {
                return std::find(spec.keys.begin(), spec.keys.end(), column)
                       != spec.keys.end();
              });
  });
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  return make_filter(make_normalize(std::move(input), spec), all_of(wanted));
}

/// Nothing is asked of the rows below: their changes would be others.
absl::StatusOr<plan_ptr> push_changelog(const plan_node& node,
                                        const changelog_spec& spec,
                                        const conditions& wanted) {
  HERALD_ASSIGN(auto input, push(node.inputs[0], {}));
  return make_filter(
      make_changelog(std::move(input), spec, node.columns[0].name),
      all_of(wanted));
}

/// True if an aggregation of no rows gives one.
bool has_empty_row(const group_aggregate_spec& x) {
  return x.keys.empty() || !x.empty_sets.empty();
}

bool has_empty_row(const window_aggregate_spec& x) {
  return x.keys.empty();
}

/// A condition on keys may be asked of the rows, unless no rows have a result.
template <class Spec, class Make>
absl::StatusOr<plan_ptr> push_aggregate(const plan_node& node, const Spec& spec,
                                        conditions wanted, Make make) {
  const auto count = static_cast<int>(spec.keys.size());
  auto down = take_if(wanted, [&](const expr_ptr& x) {
    return !has_empty_row(spec) && x->steady && reads_only(*x, 0, count);
  });
  for (auto& condition : down)
    condition = remap(condition, spec.keys, node.inputs[0]->columns);
  HERALD_ASSIGN(auto input, push(node.inputs[0], std::move(down)));
  return make_filter(make(std::move(input), spec), all_of(wanted));
}

absl::StatusOr<plan_ptr> push_union(const plan_node& node,
                                    const conditions& wanted) {
  std::vector<plan_ptr> inputs;
  for (const auto& input : node.inputs) {
    HERALD_ASSIGN(auto pushed, push(input, wanted));
    inputs.push_back(std::move(pushed));
  }
  return make_union(std::move(inputs));
}

absl::StatusOr<plan_ptr> push(const plan_ptr& node, conditions wanted) {
  if (const auto* filter = node->as<filter_spec>()) {
    auto all = conjuncts(filter->condition);
    all.insert(all.end(), wanted.begin(), wanted.end());
    return push(node->inputs[0], std::move(all));
  }
  if (const auto* project = node->as<project_spec>())
    return push_project(*node, *project, std::move(wanted));
  if (const auto* window = node->as<window_assign_spec>())
    return push_window(*node, *window, std::move(wanted));
  if (const auto* normalize = node->as<normalize_spec>())
    return push_normalize(*node, *normalize, std::move(wanted));
  if (const auto* group = node->as<group_aggregate_spec>())
    return push_aggregate(*node, *group, std::move(wanted),
                          make_group_aggregate);
  if (const auto* window = node->as<window_aggregate_spec>())
    return push_aggregate(*node, *window, std::move(wanted),
                          make_window_aggregate);
  if (const auto* expand = node->as<expand_spec>())
    return push_expand(*node, *expand, std::move(wanted));
  if (const auto* unnest = node->as<unnest_spec>())
    return push_unnest(*node, *unnest, std::move(wanted));
  if (const auto* join = node->as<join_spec>())
    return push_join(*node, *join, std::move(wanted), push);
  if (const auto* lookup = node->as<lookup_join_spec>())
    return push_lookup(*node, *lookup, std::move(wanted));
  if (const auto* changes = node->as<changelog_spec>())
    return push_changelog(*node, *changes, wanted);
  if (is_order_node(*node))
    return push_order(*node, std::move(wanted));
  if (node->as<union_node>())
    return push_union(*node, wanted);
  return make_filter(node, all_of(wanted));
}

} // namespace

absl::StatusOr<plan_ptr> push_filters(const plan_ptr& plan) {
  return push(plan, {});
}

} // namespace herald
