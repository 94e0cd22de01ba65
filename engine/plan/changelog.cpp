#include "engine/plan/changelog.hpp"

#include "engine/expr/null_check.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

namespace herald {

namespace {

using key_list = std::vector<upsert_key>;
using key_map = std::map<const plan_node*, key_list>;

/// `keys` as columns of a projection that passes them on unchanged.
key_list project_keys(const project_spec& spec, const key_list& keys) {
  key_list result;
  for (const auto& key : keys) {
    upsert_key mapped;
    for (const int column : key)
      for (std::size_t i = 0; i < spec.columns.size(); ++i)
        if (spec.columns[i]->kind == expr_kind::column
            && spec.columns[i]->column == column) {
          mapped.insert(static_cast<int>(i));
          break;
        }
    if (mapped.size() == key.size())
      result.push_back(std::move(mapped));
  }
  return result;
}

upsert_key first_columns(std::size_t count) {
  upsert_key result;
  for (std::size_t i = 0; i < count; ++i)
    result.insert(static_cast<int>(i));
  return result;
}

key_list keys_of(const plan_node& node, const key_map& known) {
  const auto below = [&](std::size_t input) {
    const auto found = known.find(node.inputs[input].get());
    return found == known.end() ? key_list{} : found->second;
  };
  if (node.as<filter_spec>())
    return below(0);
  if (const auto* project = node.as<project_spec>())
    return project_keys(*project, below(0));
  if (const auto* group = node.as<group_aggregate_spec>())
    return {first_columns(group->keys.size())};
  if (const auto* window = node.as<window_aggregate_spec>()) {
    key_list result;
    const auto given = window->keys.size() + window->calls.size();
    for (std::size_t i = 0; i < window->outputs.size(); ++i) {
      // Windows that grow share their start.
      if (window->outputs[i] == window_aggregate_spec::window_output::start
          && window->window.kind == window_kind::cumulate)
        continue;
      result.push_back(first_columns(window->keys.size()));
      result.back().insert(static_cast<int>(given + i));
    }
    return result;
  }
  if (const auto* first = node.as<deduplicate_spec>())
    return {upsert_key(first->keys.begin(), first->keys.end())};
  return {};
}

bool reads_within(const expr& x, const upsert_key& key) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return std::all_of(columns.begin(), columns.end(),
                     [&](int column) { return key.contains(column); });
}

/// True if `node` needs the -U of its input, given that its readers need
/// theirs or not.
bool needs_below(const plan_node& node, bool needed, const key_map& keys) {
  if (needed || node.as<project_spec>() || node.as<union_node>())
    return needed;
  const auto* filter = node.as<filter_spec>();
  if (!filter)
    return true;
  if (is_null_check(*filter->condition))
    return false; // as its reader: it leaves nothing out
  // A row that no longer passes must be taken back, unless whether it passes
  // never changes.
  const auto found = keys.find(node.inputs[0].get());
  if (found == keys.end())
    return true;
  return std::none_of(
      found->second.begin(), found->second.end(),
      [&](const auto& key) { return reads_within(*filter->condition, key); });
}

bool sink_needs(const planned_sink& sink, const key_map& keys,
                const connector_catalog& connectors) {
  const auto* table = sink.sink.table.get();
  if (!table || !connectors.takes_upserts(*table))
    return true;
  if (table->primary_key.empty())
    return false;
  upsert_key wanted;
  for (const auto& name : table->primary_key)
    if (const auto at = sink.sink.layout->find(name))
      wanted.insert(static_cast<int>(*at));
  const auto found = keys.find(sink.plan.get());
  return found == keys.end()
         || std::find(found->second.begin(), found->second.end(), wanted)
                == found->second.end();
}

} // namespace

std::map<const plan_node*, std::vector<upsert_key>>
upsert_keys_of(const std::vector<plan_ptr>& roots) {
  key_map result;
  for (const auto& node : topological(roots)) {
    auto keys = keys_of(*node, result);
    if (!keys.empty())
      result[node.get()] = std::move(keys);
  }
  return result;
}

std::set<const plan_node*>
without_update_before(const std::vector<planned_sink>& sinks,
                      const connector_catalog& connectors) {
  std::vector<plan_ptr> roots;
  for (const auto& sink : sinks)
    roots.push_back(sink.plan);
  const auto keys = upsert_keys_of(roots);
  std::set<const plan_node*> needed;
  for (const auto& sink : sinks)
    if (sink_needs(sink, keys, connectors))
      needed.insert(sink.plan.get());
  const auto nodes = topological(roots);
  std::set<const plan_node*> spared;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool needs = needed.contains(node->get());
    if (!needs)
      spared.insert(node->get());
    if (needs_below(**node, needs, keys))
      for (const auto& input : (*node)->inputs)
        needed.insert(input.get());
  }
  return spared;
}

} // namespace herald
