#include "engine/common/check.hpp"
#include "engine/expr/registry.hpp"
#include "engine/plan/optimiser.hpp"

namespace herald {

namespace {

/// TRUE or FALSE; nullopt for anything else. `null_is_false`: as a condition.
std::optional<bool> constant(const expr& x, bool null_is_false) {
  if (x.kind != expr_kind::literal)
    return std::nullopt;
  if (x.literal.is_null())
    return null_is_false ? std::optional(false) : std::nullopt;
  const auto* value = std::get_if<bool>(&x.literal.value);
  return value ? std::optional(*value) : std::nullopt;
}

/// AND and OR without the arguments that decide nothing; the argument that
/// decides all.
expr_ptr simplify_logic(const expr_ptr& x, bool deciding) {
  std::vector<expr_ptr> args;
  for (const auto& arg : x->args) {
    const auto value = constant(*arg, false);
    if (value && *value == deciding)
      return arg;
    if (!value)
      args.push_back(arg);
  }
  if (args.empty())
    return x->args[0];
  if (args.size() == 1)
    return args[0];
  if (args.size() == x->args.size())
    return x;
  return make_bound_call(x->name, std::move(args), x->code, x->type, x->where);
}

/// `value` with the type that the CASE around it had.
expr_ptr as_type(const expr_ptr& value, const data_type& type) {
  if (value->type.same_kind(type))
    return value;
  auto cast = make_cast(value, type.with_nullable(value->type.nullable()),
                        false, value->where);
  HERALD_CHECK(cast.ok(), "a branch of CASE casts to its type");
  return *std::move(cast);
}

expr_ptr simplify_case(const expr_ptr& x) {
  std::vector<expr_ptr> args;
  std::size_t i = 0;
  expr_ptr otherwise;
  for (; i + 1 < x->args.size(); i += 2) {
    const auto value = constant(*x->args[i], true);
    if (value && !*value)
      continue;
    if (value) {
      otherwise = x->args[i + 1];
      break;
    }
    args.push_back(x->args[i]);
    args.push_back(x->args[i + 1]);
  }
  if (!otherwise && x->args.size() % 2 == 1)
    otherwise = x->args.back();
  if (args.empty())
    return otherwise
               ? as_type(otherwise, x->type)
               : make_literal({x->type.with_nullable(true), {}}, x->where);
  if (otherwise)
    args.push_back(std::move(otherwise));
  if (args.size() == x->args.size())
    return x;
  return make_bound_call(x->name, std::move(args), x->code, x->type, x->where);
}

expr_ptr simplify_node(const expr_ptr& x) {
  if (x->kind != expr_kind::call)
    return x;
  std::vector<expr_ptr> args;
  bool changed = false;
  for (const auto& arg : x->args) {
    args.push_back(simplify_node(arg));
    changed |= args.back() != arg;
  }
  const auto result = changed ? make_bound_call(x->name, std::move(args),
                                                x->code, x->type, x->where)
                              : x;
  if (x->name == "AND" || x->name == "OR")
    return simplify_logic(result, x->name == "OR");
  if (x->name == "CASE")
    return simplify_case(result);
  return result;
}

} // namespace

expr_ptr simplify(const expr_ptr& x) {
  return simplify_node(fold_constants(x));
}

std::optional<field_path> path_of(const expr& x) {
  if (x.kind == expr_kind::column)
    return field_path{x.column, {}};
  if (x.kind != expr_kind::call || x.name != "FIELD" || x.args.size() != 2
      || x.args[1]->kind != expr_kind::literal)
    return std::nullopt;
  auto result = path_of(*x.args[0]);
  const auto* name = std::get_if<std::string>(&x.args[1]->literal.value);
  if (!result || !name)
    return std::nullopt;
  result->fields.push_back(*name);
  return result;
}

bool is_cheap(const expr& x) {
  return x.kind == expr_kind::literal || path_of(x).has_value();
}

} // namespace herald
