#include "engine/common/check.hpp"
#include "engine/expr/registry.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>
#include <map>

namespace herald {

namespace {

/// A condition `column = constant` over the output of a scan, or another
/// comparison.
struct known_value {
  pushed_condition pushed;
  expr_ptr condition;

  bool is_equality() const {
    return pushed.op == "=";
  }
};

/// `a op b` says the same as `b mirrored(op) a`; empty: no such operator.
std::string mirrored(const std::string& op) {
  static const std::map<std::string, std::string> all{
      {"=", "="}, {"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}};
  const auto found = all.find(op);
  return found == all.end() ? "" : found->second;
}

int integer_digits(const data_type& x) {
  switch (x.kind()) {
  case type_kind::tinyint:
    return 3;
  case type_kind::smallint:
    return 5;
  case type_kind::integer:
    return 10;
  case type_kind::bigint:
    return 19;
  default:
    return x.kind() == type_kind::decimal ? x.precision() - x.scale() : 0;
  }
}

/// What `x` casts to a number that holds every value of its type; `x` itself
/// if it is no such cast.
const expr_ptr& before_widening(const expr_ptr& x) {
  if (x->kind != expr_kind::call || x->name != "CAST" || x->args.size() != 1)
    return x;
  const auto& from = x->args[0]->type;
  const auto digits = integer_digits(from);
  const auto scale = from.kind() == type_kind::decimal ? from.scale() : 0;
  const bool whole = x->type.is_integer() && from.is_integer();
  const bool exact
      = x->type.kind() == type_kind::decimal && x->type.scale() >= scale;
  return digits > 0 && (whole || exact) && integer_digits(x->type) >= digits
             ? x->args[0]
             : x;
}

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
                                      const expr_ptr& condition, bool ranges) {
  std::vector<known_value> result;
  const auto add = [&](const expr_ptr& part, const expr_ptr& given,
                       const expr_ptr& value, const std::string& op) {
    const auto& column = ranges ? before_widening(given) : given;
    const auto path = path_of(*column);
    if (!path || value->kind != expr_kind::literal || value->literal.is_null()
        || (op != "=" && !ranges))
      return;
    const auto full = table_path(scan, *path);
    if (!full)
      return;
    if (op == "=" && column != given) { // no value of the column's own type
      result.push_back({{*full, value->literal, ">="}, part});
      result.push_back({{*full, value->literal, "<="}, part});
    } else {
      result.push_back({{*full, value->literal, op}, part});
    }
  };
  for (const auto& part : conjuncts(condition)) {
    if (part->kind != expr_kind::call)
      continue;
    const auto& args = part->args;
    if (part->name == "BETWEEN" && args.size() == 3) {
      add(part, args[0], args[1], ">=");
      add(part, args[0], args[2], "<=");
    } else if (const auto other = mirrored(part->name);
               !other.empty() && args.size() == 2) {
      if (args[0]->kind == expr_kind::literal)
        add(part, args[1], args[0], other);
      else
        add(part, args[0], args[1], part->name);
    }
  }
  return result;
}

/// What every reader of the scan asks for.
std::vector<known_value> common_values(const scan_node& scan,
                                       const std::vector<plan_ptr>& readers,
                                       bool ranges) {
  std::vector<known_value> result;
  bool first = true;
  for (const auto& reader : readers) {
    const auto* filter = reader->as<filter_spec>();
    if (!filter)
      return {};
    auto values = known_values(scan, filter->condition, ranges);
    if (first)
      result = std::move(values);
    else
      std::erase_if(result, [&](const known_value& x) {
        return std::none_of(values.begin(), values.end(), [&](const auto& y) {
          return y.pushed == x.pushed;
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
      if (value.is_equality() && value.pushed.path == full)
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
    if (value.is_equality())
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

std::vector<plan_ptr> use_scan_constants(const std::vector<plan_ptr>& roots,
                                         const connector_catalog& connectors) {
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
      const auto known
          = common_values(*scan, readers[node.get()],
                          connectors.skips_by_range(*scan->table->definition));
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
