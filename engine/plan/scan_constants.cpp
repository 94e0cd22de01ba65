#include "engine/common/check.hpp"
#include "engine/expr/registry.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

namespace herald {

namespace {

/// A condition `column = constant` over the output of a scan.
struct known_value {
  pushed_equality pushed;
  expr_ptr condition;
};

/// The path in the table that column `x` of the scan reads unchanged.
std::optional<std::vector<std::string>> table_path(const scan_node& scan,
                                                   const field_path& x) {
  const auto raw = path_of(*scan.columns[static_cast<std::size_t>(x.column)]);
  if (!raw)
    return std::nullopt;
  auto path = scan.paths[static_cast<std::size_t>(raw->column)];
  path.insert(path.end(), raw->fields.begin(), raw->fields.end());
  path.insert(path.end(), x.fields.begin(), x.fields.end());
  return path;
}

std::vector<known_value> known_values(const scan_node& scan,
                                      const expr_ptr& condition) {
  std::vector<known_value> result;
  for (const auto& part : conjuncts(condition)) {
    if (part->kind != expr_kind::call || part->name != "="
        || part->args.size() != 2)
      continue;
    auto column = part->args[0];
    auto value = part->args[1];
    if (column->kind == expr_kind::literal)
      std::swap(column, value);
    const auto path = path_of(*column);
    if (!path || value->kind != expr_kind::literal || value->literal.is_null())
      continue;
    if (auto full = table_path(scan, *path))
      result.push_back({{std::move(*full), value->literal}, part});
  }
  return result;
}

/// What every reader of the scan asks for.
std::vector<known_value> common_values(const scan_node& scan,
                                       const std::vector<plan_ptr>& readers) {
  std::vector<known_value> result;
  bool first = true;
  for (const auto& reader : readers) {
    const auto* filter = reader->as<filter_spec>();
    if (!filter)
      return {};
    auto values = known_values(scan, filter->condition);
    if (first)
      result = std::move(values);
    else
      std::erase_if(result, [&](const known_value& x) {
        return std::none_of(values.begin(), values.end(), [&](const auto& y) {
          return y.pushed.path == x.pushed.path
                 && y.pushed.value == x.pushed.value;
        });
      });
    first = false;
  }
  return result;
}

/// `x` over the scan's paths with the known ones replaced by their values.
expr_ptr replace_known(const scan_node& scan,
                       const std::vector<known_value>& known,
                       const expr_ptr& x) {
  if (const auto path = path_of(*x)) {
    auto full = scan.paths[static_cast<std::size_t>(path->column)];
    full.insert(full.end(), path->fields.begin(), path->fields.end());
    for (const auto& value : known)
      if (value.pushed.path == full)
        return make_literal(value.pushed.value, x->where);
    return x;
  }
  if (x->kind != expr_kind::call)
    return x;
  std::vector<expr_ptr> args;
  bool changed = false;
  for (const auto& arg : x->args) {
    args.push_back(replace_known(scan, known, arg));
    changed |= args.back() != arg;
  }
  return changed ? make_bound_call(x->name, std::move(args), x->code, x->type,
                                   x->where)
                 : x;
}

plan_ptr with_known(const scan_node& scan,
                    const std::vector<known_value>& known) {
  auto spec = scan;
  std::vector<expr_ptr> conditions;
  for (const auto& value : known) {
    spec.pushed.push_back(value.pushed);
    conditions.push_back(value.condition);
  }
  for (std::size_t i = 0; i < spec.columns.size(); ++i) {
    auto& column = spec.columns[i];
    if (path_of(*column))
      continue;
    const auto before = column;
    column = simplify(replace_known(scan, known, column));
    // The column's value is now wrong in rows that the readers leave out, as
    // the source may still give them. They must not move the watermark.
    if (static_cast<int>(i) == spec.rowtime && spec.watermark
        && !equal(*before, *column)) {
      auto guarded = make_call(
          "CASE", {conjunction(conditions), spec.watermark}, column->where);
      HERALD_CHECK(guarded.ok(), "a guarded watermark");
      spec.watermark = *std::move(guarded);
    }
  }
  return make_scan(std::move(spec));
}

} // namespace

std::vector<plan_ptr> use_scan_constants(const std::vector<plan_ptr>& roots) {
  const auto nodes = topological(roots);
  std::map<const plan_node*, std::vector<plan_ptr>> readers;
  for (const auto& node : nodes)
    for (const auto& input : node->inputs)
      readers[input.get()].push_back(node);
  std::map<const plan_node*, plan_ptr> done;
  for (const auto& node : nodes) {
    const auto* scan = node->as<scan_node>();
    const bool is_root
        = std::find(roots.begin(), roots.end(), node) != roots.end();
    if (scan && !is_root) {
      const auto known = common_values(*scan, readers[node.get()]);
      done[node.get()] = known.empty() ? node : with_known(*scan, known);
      continue;
    }
    std::vector<plan_ptr> inputs;
    for (const auto& input : node->inputs)
      inputs.push_back(done.at(input.get()));
    done[node.get()]
        = inputs == node->inputs ? node : with_inputs(*node, std::move(inputs));
  }
  std::vector<plan_ptr> result;
  for (const auto& root : roots)
    result.push_back(done.at(root.get()));
  return result;
}

} // namespace herald
