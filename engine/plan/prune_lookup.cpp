#include "engine/plan/prune.hpp"

namespace herald::pruning {

namespace {

/// The table's columns whose values are read, ascending.
std::set<int> columns_read(const lookup_join_spec& spec, const needs& given,
                           int left) {
  auto all = given;
  if (spec.residual)
    collect_paths(spec.residual, all);
  std::set<int> result;
  for (const auto& path : all)
    if (path.column >= left)
      result.insert(path.column - left);
  return result;
}

/// The target with only the paths that keys and `columns` read.
void narrow_target(lookup_target& target, std::vector<expr_ptr>& columns) {
  std::vector<int> read = target.keys;
  for (const auto& x : columns)
    collect_columns(*x, read);
  const std::set<int> kept(read.begin(), read.end());
  std::vector<int> places(target.paths.size(), -1);
  std::vector<std::vector<std::string>> paths;
  std::vector<plan_column> names;
  auto layout = std::make_shared<schema>();
  for (const int at : kept) {
    const auto& field = target.layout->fields[static_cast<std::size_t>(at)];
    places[static_cast<std::size_t>(at)] = static_cast<int>(paths.size());
    paths.push_back(target.paths[static_cast<std::size_t>(at)]);
    names.push_back({.name = field.name, .type = field.type});
    layout->fields.push_back(field);
  }
  for (auto& x : columns)
    x = remap(x, places, names);
  for (auto& key : target.keys)
    key = places[static_cast<std::size_t>(key)];
  target.paths = std::move(paths);
  target.layout = std::move(layout);
}

} // namespace

pruned rebuild_lookup(const plan_node& node, lookup_join_spec spec,
                      const needs& given, const pruned& input) {
  const auto old_left = static_cast<int>(node.inputs[0]->columns.size());
  auto columns = input.plan->columns;
  pruned result{nullptr, input.places};
  auto layout = std::make_shared<schema>();
  std::vector<expr_ptr> kept;
  for (const int at : columns_read(spec, given, old_left)) {
    const auto& field
        = spec.columns_layout->fields[static_cast<std::size_t>(at)];
    result.places[{old_left + at, {}}] = static_cast<int>(columns.size());
    columns.push_back({.name = field.name, .type = field.type});
    layout->fields.push_back(field);
    kept.push_back(spec.columns[static_cast<std::size_t>(at)]);
  }
  spec.columns = std::move(kept);
  spec.columns_layout = std::move(layout);
  narrow_target(spec.target, spec.columns);
  for (auto& key : spec.left_keys)
    key = place_of(key, input.places);
  if (spec.residual)
    spec.residual = rewrite(spec.residual, result.places, columns);
  result.plan = make_lookup_join(input.plan, std::move(spec));
  return result;
}

} // namespace herald::pruning
