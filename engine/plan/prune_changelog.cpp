#include "engine/plan/prune.hpp"

namespace herald::pruning {

using kind = changelog_spec::kind_type;

/// Rows whose changes are told, or compared, are looked at whole: with fewer
/// columns there would be fewer changes.
needs changelog_needs(const plan_node& node, const changelog_spec& spec,
                      const needs& given) {
  needs result;
  if (spec.kind == kind::obey) {
    for (auto path : given) {
      path.column += path.column >= spec.column;
      result.insert(std::move(path));
    }
    result.insert({spec.column, {}});
    return result;
  }
  const auto count = static_cast<int>(node.inputs[0]->columns.size());
  for (int i = 0; i < count; ++i)
    result.insert({i, {}});
  return result;
}

bool takes_changes(const plan_node& node) {
  const auto* changes = node.as<changelog_spec>();
  return changes && changes->kind == kind::obey;
}

pruned rebuild_changelog(const plan_node& node, changelog_spec spec,
                         const pruned& input) {
  pruned result;
  const auto name = node.columns[0].name;
  if (spec.kind == kind::obey) {
    const int before
        = std::exchange(spec.column, place_of(spec.column, input.places));
    for (const auto& [path, place] : input.places)
      if (place != spec.column)
        result.places[{path.column - (path.column > before), path.fields}]
            = place - (place > spec.column);
  } else {
    const int added = spec.kind == kind::tell;
    if (added > 0)
      result.places[{0, {}}] = 0;
    for (const auto& [path, place] : input.places)
      result.places[{path.column + added, path.fields}] = place + added;
    for (auto& key : spec.keys)
      key = place_of(key, input.places);
  }
  result.plan = make_changelog(input.plan, std::move(spec), name);
  return result;
}

} // namespace herald::pruning
