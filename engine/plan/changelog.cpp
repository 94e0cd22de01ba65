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

upsert_key key_of(const std::vector<int>& columns) {
  return {columns.begin(), columns.end()};
}

upsert_key shifted(const upsert_key& key, std::size_t by) {
  upsert_key result;
  for (const int column : key)
    result.insert(column + static_cast<int>(by));
  return result;
}

/// A row of the other side meets one row at most.
bool meets_one(const key_list& keys, const std::vector<int>& equal) {
  return has_key_within(keys, key_of(equal));
}

bool holds(const upsert_key& key, const std::vector<int>& columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [&](int column) { return key.contains(column); });
}

/// Those that hold the columns by which a node divides its rows: the versions
/// of a row with another key may overtake each other.
key_list holding(const key_list& keys, const std::vector<int>& columns) {
  key_list result;
  std::copy_if(keys.begin(), keys.end(), std::back_inserter(result),
               [&](const auto& key) { return holds(key, columns); });
  return result;
}

/// A key of the left with one of the right; one side's alone where its rows
/// meet one row at most and nothing comes without them.
key_list keys_of_join(const join_spec& join, std::size_t left_columns,
                      const key_list& all_left, const key_list& all_right) {
  if (join.broadcast)
    return {};
  const auto left = holding(all_left, join.left_keys);
  const auto right = holding(all_right, join.right_keys);
  if (join.type == join_type::semi || join.type == join_type::anti)
    return left;
  key_list result;
  if (!keeps_right(join.type) && meets_one(all_right, join.right_keys))
    result = left;
  if (!keeps_left(join.type) && meets_one(all_left, join.left_keys))
    for (const auto& key : right)
      result.push_back(shifted(key, left_columns));
  // A row of the right alone has no columns of the left that divide it.
  const auto& beside = keeps_right(join.type) ? right : all_right;
  if (!left.empty() && !beside.empty()) {
    result.push_back(shifted(beside[0], left_columns));
    result.back().insert(left[0].begin(), left[0].end());
  }
  return result;
}

/// The table's primary key, if all of it is read.
key_list scan_keys(const scan_node& scan) {
  upsert_key result;
  for (const auto& name : scan.table->definition->primary_key)
    for (std::size_t i = 0; i < scan.names.size(); ++i)
      if (scan.names[i].name == name)
        result.insert(static_cast<int>(i));
  const auto wanted = scan.table->definition->primary_key.size();
  return wanted > 0 && result.size() == wanted ? key_list{result} : key_list{};
}

/// The partition with the rank. Where that is a key, a row is replaced by the
/// one that takes its rank: only of windows, and without the rank, rows stay
/// what they were.
key_list top_n_keys(const top_n_spec& top, std::size_t columns,
                    const key_list& below) {
  key_list result;
  const auto partition = key_of(top.keys);
  if (top.rank == rank_kind::row_number && top.first == top.last)
    result.push_back(partition);
  if (top.rank == rank_kind::row_number && top.rank_output) {
    result.push_back(partition);
    result.back().insert(static_cast<int>(columns) - 1);
  }
  if (!result.empty() && !top.window_end)
    return result;
  const auto rows = holding(below, top.keys);
  result.insert(result.end(), rows.begin(), rows.end());
  return result;
}

key_list keys_of(const plan_node& node, const key_map& known) {
  const auto below = [&](std::size_t input) {
    const auto found = known.find(node.inputs[input].get());
    return found == known.end() ? key_list{} : found->second;
  };
  if (node.as<filter_spec>() || node.as<sort_spec>() || node.as<limit_spec>())
    return below(0);
  if (const auto* over = node.as<over_spec>())
    return holding(below(0), over->keys);
  if (const auto* whole = node.as<normalize_spec>())
    return {key_of(whole->keys)};
  if (const auto* changes = node.as<changelog_spec>())
    return changes->keys.empty() ? key_list{} : key_list{key_of(changes->keys)};
  if (const auto* scan = node.as<scan_node>())
    return scan_keys(*scan);
  if (const auto* join = node.as<join_spec>())
    return keys_of_join(*join, node.inputs[0]->columns.size(), below(0),
                        below(1));
  if (const auto* top = node.as<top_n_spec>())
    return top_n_keys(*top, node.columns.size(), below(0));
  if (const auto* project = node.as<project_spec>())
    return project_keys(*project, below(0));
  if (const auto* group = node.as<group_aggregate_spec>())
    return {key_of(first_columns(group->keys.size()))};
  if (const auto* window = node.as<window_aggregate_spec>()) {
    key_list result;
    const auto given = window->keys.size() + window->calls.size();
    for (std::size_t i = 0; i < window->outputs.size(); ++i) {
      // Windows that grow share their start.
      if (window->outputs[i] == window_aggregate_spec::window_output::start
          && window->window.kind == window_kind::cumulate)
        continue;
      result.push_back(key_of(first_columns(window->keys.size())));
      result.back().insert(static_cast<int>(given + i));
    }
    return result;
  }
  if (const auto* first = node.as<deduplicate_spec>())
    return {key_of(first->keys)};
  return {};
}

bool reads_within(const expr& x, const upsert_key& key) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return holds(key, columns);
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

bool has_key_within(const std::vector<upsert_key>& keys,
                    const upsert_key& columns) {
  return std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return std::includes(columns.begin(), columns.end(), key.begin(),
                         key.end());
  });
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
