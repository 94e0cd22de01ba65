#include "engine/plan/optimiser.hpp"

namespace herald {

namespace {

/// True if nothing is computed twice when `outer` takes in `inner`.
bool can_merge(const project_spec& outer, const project_spec& inner) {
  std::vector<int> reads;
  for (const auto& x : outer.columns)
    collect_columns(*x, reads);
  std::vector<int> counts(inner.columns.size());
  for (const int column : reads)
    ++counts[static_cast<std::size_t>(column)];
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 1 && !is_cheap(*inner.columns[i]))
      return false;
  return true;
}

bool all_cheap(const project_spec& x) {
  for (const auto& column : x.columns)
    if (!is_cheap(*column))
      return false;
  return true;
}

/// True for a projection of every column of its input, in order.
bool is_identity(const project_spec& spec, const plan_node& input) {
  if (spec.columns.size() != input.columns.size())
    return false;
  for (std::size_t i = 0; i < spec.columns.size(); ++i)
    if (spec.columns[i]->kind != expr_kind::column
        || spec.columns[i]->column != static_cast<int>(i))
      return false;
  return true;
}

/// A condition that is always TRUE.
bool is_true(const expr& x) {
  const auto* value = x.kind == expr_kind::literal
                          ? std::get_if<bool>(&x.literal.value)
                          : nullptr;
  return value && *value;
}

plan_ptr merge_project(const plan_ptr& node, const use_counts& uses) {
  auto result = node;
  while (const auto* outer = result->as<project_spec>()) {
    const auto& input = result->inputs[0];
    if (is_identity(*outer, *input))
      return input;
    const auto* inner = input->as<project_spec>();
    // `uses` knows the nodes from before; a new one has one reader.
    const auto known = uses.find(input.get());
    const bool shared = known != uses.end() && known->second > 1;
    if (!inner || !can_merge(*outer, *inner) || (shared && !all_cheap(*inner)))
      return result;
    std::vector<expr_ptr> columns;
    for (const auto& x : outer->columns)
      columns.push_back(simplify(substitute(x, inner->columns)));
    result = make_project(input->inputs[0], std::move(columns),
                          names_of(result->columns));
  }
  return result;
}

} // namespace

std::vector<plan_ptr> merge_projects(const std::vector<plan_ptr>& roots) {
  auto uses = count_uses(roots);
  std::map<const plan_node*, plan_ptr> done;
  for (const auto& node : topological(roots)) {
    std::vector<plan_ptr> inputs;
    for (const auto& input : node->inputs)
      inputs.push_back(done.at(input.get()));
    auto merged = node->as<scan_node>()
                      ? node
                      : map_expressions(node, std::move(inputs), simplify);
    if (merged->as<project_spec>())
      merged = merge_project(merged, uses);
    else if (const auto* filter = merged->as<filter_spec>();
             filter && is_true(*filter->condition))
      merged = merged->inputs[0];
    // Readers of the old node read what became of it.
    if (merged != node)
      uses[merged.get()] += uses[node.get()];
    done[node.get()] = std::move(merged);
  }
  std::vector<plan_ptr> result;
  for (const auto& root : roots)
    result.push_back(done.at(root.get()));
  return result;
}

} // namespace herald
