#include "engine/common/check.hpp"
#include "engine/expr/registry.hpp"
#include "engine/plan/prune.hpp"

#include <algorithm>

namespace herald::pruning {

namespace {

using place_map = std::map<field_path, int>;

expr_ptr field_of(const expr_ptr& row, const std::string& name) {
  const auto length = static_cast<int>(name.size());
  auto label = make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       name});
  auto result = make_call("FIELD", {row, std::move(label)}, row->where);
  HERALD_CHECK(result.ok(), "a field that was there before");
  return *std::move(result);
}

/// The path, or the beginning of it, that `places` has.
std::pair<field_path, int> find_place(const place_map& places,
                                      field_path path) {
  for (;;) {
    if (const auto found = places.find(path); found != places.end())
      return {std::move(path), found->second};
    HERALD_CHECK(!path.fields.empty(), "a column that is read was pruned");
    path.fields.pop_back();
  }
}

/// `path` as an expression over the rebuilt columns.
expr_ptr read_path(const field_path& path, const place_map& places,
                   const std::vector<plan_column>& columns) {
  const auto [prefix, place] = find_place(places, path);
  auto result = column_of(columns, place);
  for (auto i = prefix.fields.size(); i < path.fields.size(); ++i)
    result = field_of(result, path.fields[i]);
  return result;
}

} // namespace

expr_ptr rewrite(const expr_ptr& x, const place_map& places,
                 const std::vector<plan_column>& columns) {
  if (const auto path = path_of(*x))
    return read_path(*path, places, columns);
  if (x->kind != expr_kind::call)
    return x;
  std::vector<expr_ptr> args;
  for (const auto& arg : x->args)
    args.push_back(rewrite(arg, places, columns));
  return make_bound_call(x->name, std::move(args), x->code, x->type, x->where);
}

int place_of(int column, const place_map& places) {
  const auto found = places.find({column, {}});
  HERALD_CHECK(found != places.end(), "a column that is read was pruned");
  return found->second;
}

void move_late(std::optional<late_rows>& late, const place_map& places) {
  if (!late)
    return;
  for (auto& column : late->columns)
    if (column >= 0)
      column = place_of(column, places);
}

pruned narrow(const pruned& input, const needs& need, bool ordered) {
  pruned result{input.plan, {}};
  std::vector<expr_ptr> columns;
  std::vector<std::string> names;
  bool in_place = true;
  for (const auto& path : need) {
    const auto [prefix, place] = find_place(input.places, path);
    if (result.places.contains(prefix))
      continue;
    in_place &= place == static_cast<int>(columns.size());
    result.places[prefix] = static_cast<int>(columns.size());
    columns.push_back(column_of(input.plan->columns, place));
    names.push_back(input.plan->columns[static_cast<std::size_t>(place)].name);
  }
  if (columns.size() == input.plan->columns.size() && (in_place || !ordered))
    return {input.plan, input.places};
  result.plan = make_project(input.plan, std::move(columns), names);
  return result;
}

namespace {

pruned rebuild_scan(const scan_node& scan, const needs& given) {
  // What is read of the table's paths, and what is computed from them.
  needs raw;
  std::vector<std::pair<field_path, expr_ptr>> outputs;
  for (const auto& path : given) {
    auto x = scan.columns[static_cast<std::size_t>(path.column)];
    for (const auto& name : path.fields)
      x = field_of(x, name);
    collect_paths(x, raw);
    outputs.emplace_back(path, std::move(x));
  }
  scan_node spec;
  spec.table = scan.table;
  spec.pushed = scan.pushed;
  spec.changes = scan.changes;
  place_map raw_places;
  std::vector<plan_column> raw_columns;
  std::vector<plan_column> old_raw;
  for (const auto& part : scan.raw)
    old_raw.push_back({.name = part.name, .type = part.type});
  for (const auto& path : normalised(raw)) {
    auto full = scan.paths[static_cast<std::size_t>(path.column)];
    auto name = old_raw[static_cast<std::size_t>(path.column)].name;
    auto x = column_of(old_raw, path.column);
    for (const auto& part : path.fields) {
      x = field_of(x, part);
      full.push_back(part);
      name += "." + part;
    }
    raw_places[path] = static_cast<int>(spec.paths.size());
    spec.paths.push_back(std::move(full));
    spec.raw.push_back({name, x->type});
    raw_columns.push_back({.name = std::move(name), .type = x->type});
  }
  pruned result;
  for (const auto& [path, x] : outputs) {
    auto name = scan.names[static_cast<std::size_t>(path.column)];
    if (!path.fields.empty()) {
      for (const auto& part : path.fields)
        name.name += "." + part;
      name.time = time_role::none;
    }
    name.type = x->type;
    result.places[path] = static_cast<int>(spec.columns.size());
    spec.columns.push_back(rewrite(x, raw_places, raw_columns));
    spec.names.push_back(std::move(name));
  }
  const auto rowtime = result.places.find({scan.rowtime, {}});
  if (scan.watermark && rowtime != result.places.end()) {
    spec.rowtime = rowtime->second;
    spec.watermark = rewrite(scan.watermark, result.places, spec.names);
  }
  result.plan = make_scan(std::move(spec));
  return result;
}

pruned rebuild_project(const plan_node& node, const project_spec& spec,
                       const needs& given, const pruned& input) {
  pruned result;
  std::vector<expr_ptr> columns;
  std::vector<std::string> names;
  for (const auto& path : given) {
    const auto& x = spec.columns[static_cast<std::size_t>(path.column)];
    auto name = node.columns[static_cast<std::size_t>(path.column)].name;
    if (auto inner = path_of(*x)) {
      inner->fields.insert(inner->fields.end(), path.fields.begin(),
                           path.fields.end());
      columns.push_back(read_path(*inner, input.places, input.plan->columns));
    } else {
      columns.push_back(rewrite(x, input.places, input.plan->columns));
    }
    for (const auto& part : path.fields)
      name += "." + part;
    result.places[path] = static_cast<int>(names.size());
    names.push_back(std::move(name));
  }
  result.plan = make_project(input.plan, std::move(columns), names);
  return result;
}

/// The calls that are read, and the places of all results but windows'.
template <class Spec>
void keep_calls(Spec& spec, const needs& given, const pruned& input,
                place_map& places) {
  const auto keys = static_cast<int>(spec.keys.size());
  std::vector<aggregate_call> kept;
  for (int i = 0; i < keys; ++i)
    places[{i, {}}] = i;
  for (auto& key : spec.keys)
    key = place_of(key, input.places);
  for (int i = 0; i < static_cast<int>(spec.calls.size()); ++i) {
    if (!given.contains({keys + i, {}}))
      continue;
    auto call = spec.calls[static_cast<std::size_t>(i)];
    for (auto& arg : call.args)
      arg = rewrite(arg, input.places, input.plan->columns);
    if (call.filter)
      call.filter = rewrite(call.filter, input.places, input.plan->columns);
    places[{keys + i, {}}] = keys + static_cast<int>(kept.size());
    kept.push_back(std::move(call));
  }
  spec.calls = std::move(kept);
}

pruned rebuild_window_aggregate(window_aggregate_spec spec, const needs& given,
                                const pruned& input) {
  const auto first = static_cast<int>(spec.keys.size() + spec.calls.size());
  pruned result;
  keep_calls(spec, given, input, result.places);
  const auto move = [&](std::optional<int>& column) {
    if (column)
      *column = place_of(*column, input.places);
  };
  move(spec.time_column);
  move(spec.window_end_column);
  move_late(spec.late, input.places);
  spec.window_start_column.reset();
  auto place = static_cast<int>(spec.keys.size() + spec.calls.size());
  std::vector<window_aggregate_spec::window_output> outputs;
  for (int i = 0; i < static_cast<int>(spec.outputs.size()); ++i) {
    if (!given.contains({first + i, {}}))
      continue;
    outputs.push_back(spec.outputs[static_cast<std::size_t>(i)]);
    result.places[{first + i, {}}] = place++;
  }
  spec.outputs = std::move(outputs);
  result.plan = make_window_aggregate(input.plan, std::move(spec));
  return result;
}

pruned rebuild_join(const plan_node& node, join_spec spec, const pruned& left,
                    const pruned& right) {
  const auto old_left = static_cast<int>(node.inputs[0]->columns.size());
  const auto new_left = static_cast<int>(left.plan->columns.size());
  for (auto& key : spec.left_keys)
    key = place_of(key, left.places);
  for (auto& key : spec.right_keys)
    key = place_of(key, right.places);
  if (spec.bound) {
    spec.bound->left_time = place_of(spec.bound->left_time, left.places);
    spec.bound->right_time = place_of(spec.bound->right_time, right.places);
  }
  if (spec.versions) {
    auto& times = *spec.versions;
    times.left_time = place_of(times.left_time, left.places);
    times.right_time = place_of(times.right_time, right.places);
  }
  if (spec.left_life)
    spec.left_life->column = place_of(spec.left_life->column, left.places);
  if (spec.right_life)
    spec.right_life->column = place_of(spec.right_life->column, right.places);
  pruned result;
  result.places = left.places;
  for (const auto& [path, place] : right.places)
    result.places[{path.column + old_left, path.fields}] = new_left + place;
  auto columns = left.plan->columns;
  columns.insert(columns.end(), right.plan->columns.begin(),
                 right.plan->columns.end());
  if (spec.residual)
    spec.residual = rewrite(spec.residual, result.places, columns);
  if (is_filter(spec.type))
    result.places = left.places;
  result.plan = make_join(left.plan, right.plan, std::move(spec));
  return result;
}

pruned rebuild_union(const needs& given, const std::vector<pruned>& inputs) {
  pruned result;
  std::vector<plan_ptr> plans;
  for (const auto& input : inputs) {
    auto part = narrow(input, given, true);
    result.places = part.places;
    plans.push_back(std::move(part.plan));
  }
  result.plan = make_union(std::move(plans));
  return result;
}

pruned rebuild_window(const plan_node& node, window_assign_spec spec,
                      const pruned& input) {
  pruned result{nullptr, input.places};
  const auto before = static_cast<int>(node.inputs[0]->columns.size());
  const auto after = static_cast<int>(input.plan->columns.size());
  for (int i = 0; i < 3; ++i)
    result.places[{before + i, {}}] = after + i;
  spec.time_column = place_of(spec.time_column, input.places);
  for (auto& key : spec.keys)
    key = place_of(key, input.places);
  move_late(spec.late, input.places);
  result.plan = make_window_assign(input.plan, std::move(spec));
  return result;
}

pruned rebuild_expand(const plan_node& node, expand_spec spec,
                      const pruned& input) {
  pruned result{nullptr, input.places};
  const auto before = static_cast<int>(node.inputs[0]->columns.size());
  const auto after = static_cast<int>(input.plan->columns.size());
  for (int i = 0; i <= static_cast<int>(spec.keys.size()); ++i)
    result.places[{before + i, {}}] = after + i;
  for (auto& key : spec.keys)
    key = place_of(key, input.places);
  result.plan = make_expand(input.plan, std::move(spec));
  return result;
}

/// A collection that is only unnested is not passed on: it would be copied for
/// each of its elements.
pruned rebuild_unnest(const plan_node& node, unnest_spec spec,
                      const needs& given, const pruned& input) {
  pruned result;
  std::vector<int> passed;
  const auto before = static_cast<int>(spec.columns.size());
  const auto is_read = [&](const field_path& x) {
    return std::any_of(given.begin(), given.end(), [&](const auto& path) {
      return begins(x, path) || begins(path, x);
    });
  };
  for (int i = 0; i < before; ++i)
    for (const auto& [path, place] : input.places)
      if (path.column == spec.columns[static_cast<std::size_t>(i)]
          && is_read({i, path.fields})) {
        result.places[{i, path.fields}] = static_cast<int>(passed.size());
        passed.push_back(place);
      }
  const auto after = static_cast<int>(passed.size());
  std::vector<std::string> names;
  for (int i = before; i < static_cast<int>(node.columns.size()); ++i) {
    result.places[{i, {}}] = after + i - before;
    names.push_back(node.columns[static_cast<std::size_t>(i)].name);
  }
  spec.columns = std::move(passed);
  spec.value = rewrite(spec.value, input.places, input.plan->columns);
  result.plan = make_unnest(input.plan, std::move(spec), names);
  return result;
}

} // namespace

pruned rebuild(const plan_node& node, const needs& given,
               const std::vector<pruned>& inputs) {
  if (const auto* scan = node.as<scan_node>())
    return rebuild_scan(*scan, given);
  const auto below = needs_of_inputs(node, given);
  if (order_needs(node, given))
    return *rebuild_order(node, given, narrow(inputs[0], below[0]));
  if (const auto* project = node.as<project_spec>())
    return rebuild_project(node, *project, given, inputs[0]);
  if (const auto* filter = node.as<filter_spec>()) {
    auto input = narrow(inputs[0], below[0]);
    auto condition
        = rewrite(filter->condition, input.places, input.plan->columns);
    return {make_filter(input.plan, std::move(condition)), input.places};
  }
  if (const auto* window = node.as<window_assign_spec>())
    return rebuild_window(node, *window, narrow(inputs[0], below[0]));
  if (const auto* expand = node.as<expand_spec>())
    return rebuild_expand(node, *expand, narrow(inputs[0], below[0]));
  if (const auto* unnest = node.as<unnest_spec>())
    return rebuild_unnest(node, *unnest, given, narrow(inputs[0], below[0]));
  if (const auto* changes = node.as<changelog_spec>())
    return rebuild_changelog(node, *changes, narrow(inputs[0], below[0]));
  if (const auto* normalize = node.as<normalize_spec>()) {
    auto input = narrow(inputs[0], below[0]);
    auto spec = *normalize;
    for (auto& key : spec.keys)
      key = place_of(key, input.places);
    return {make_normalize(input.plan, std::move(spec)), input.places};
  }
  if (const auto* group = node.as<group_aggregate_spec>()) {
    auto spec = *group;
    pruned result;
    keep_calls(spec, given, inputs[0], result.places);
    result.plan = make_group_aggregate(inputs[0].plan, std::move(spec));
    return result;
  }
  if (const auto* aggregate = node.as<window_aggregate_spec>())
    return rebuild_window_aggregate(*aggregate, given, inputs[0]);
  if (const auto* join = node.as<join_spec>())
    return rebuild_join(node, *join, narrow(inputs[0], below[0]),
                        narrow(inputs[1], below[1]));
  if (const auto* lookup = node.as<lookup_join_spec>())
    return rebuild_lookup(node, *lookup, given, narrow(inputs[0], below[0]));
  return rebuild_union(given, inputs);
}

} // namespace herald::pruning
