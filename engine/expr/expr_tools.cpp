#include "engine/common/check.hpp"
#include "engine/expr/registry.hpp"

#include <utility>

namespace herald {

namespace {

/// A batch without columns, to evaluate what needs none.
const batch& nothing() {
  static const auto layout = std::make_shared<const schema>();
  static const batch result{layout, 1, {}, nullptr};
  return result;
}

bool is_literal(const expr_ptr& x) {
  return x->kind == expr_kind::literal;
}

/// `x` with other arguments.
expr_ptr with_args(const expr& x, std::vector<expr_ptr> args) {
  auto result
      = make_bound_call(x.name, std::move(args), x.code, x.type, x.where);
  return result;
}

} // namespace

expr_ptr fold_constants(const expr_ptr& x) {
  if (x->kind != expr_kind::call)
    return x;
  std::vector<expr_ptr> args;
  auto changed = false;
  for (const auto& arg : x->args) {
    args.push_back(fold_constants(arg));
    changed = changed || args.back() != arg;
  }
  auto result = changed ? with_args(*x, std::move(args)) : x;
  if (!result->steady)
    return result;
  for (const auto& arg : result->args)
    if (!is_literal(arg))
      return result;
  // What a zone decides is left for run time: sessions differ.
  if (result->code->asks_context())
    return result;
  auto value = evaluate(*result, nothing(), {});
  if (!value.ok())
    return result;
  auto folded = value_at(*value->column, 0);
  folded.type = x->type;
  auto literal
      = std::make_shared<expr>(*make_literal(std::move(folded), x->where));
  literal->type = x->type;
  return literal;
}

// -- comparison ---------------------------------------------------------------

bool equal(const expr& a, const expr& b) {
  if (&a == &b)
    return true;
  if (a.kind != b.kind || !(a.type == b.type))
    return false;
  switch (a.kind) {
  case expr_kind::column:
    return a.column == b.column;
  case expr_kind::literal:
    return a.literal == b.literal;
  case expr_kind::call:
    break;
  }
  if (a.code != b.code || a.name != b.name || a.args.size() != b.args.size()
      || !a.steady)
    return false;
  for (std::size_t i = 0; i < a.args.size(); ++i)
    if (!equal(*a.args[i], *b.args[i]))
      return false;
  return true;
}

// -- rewriting ----------------------------------------------------------------

void collect_columns(const expr& x, std::vector<int>& out) {
  if (x.kind == expr_kind::column)
    out.push_back(x.column);
  for (const auto& arg : x.args)
    collect_columns(*arg, out);
}

expr_ptr substitute(const expr_ptr& x,
                    const std::vector<expr_ptr>& replacement) {
  if (x->kind == expr_kind::literal)
    return x;
  if (x->kind == expr_kind::column) {
    auto at = static_cast<std::size_t>(x->column);
    if (at >= replacement.size() || replacement[at] == nullptr)
      return x;
    return replacement[at];
  }
  std::vector<expr_ptr> args;
  auto changed = false;
  for (const auto& arg : x->args) {
    args.push_back(substitute(arg, replacement));
    changed = changed || args.back() != arg;
  }
  return changed ? with_args(*x, std::move(args)) : x;
}

std::vector<expr_ptr> conjuncts(const expr_ptr& x) {
  if (x->kind != expr_kind::call || x->name != "AND")
    return {x};
  std::vector<expr_ptr> result;
  for (const auto& arg : x->args)
    for (auto& part : conjuncts(arg))
      result.push_back(std::move(part));
  return result;
}

expr_ptr conjunction(const std::vector<expr_ptr>& x) {
  HERALD_CHECK(!x.empty(), "a conjunction of nothing");
  if (x.size() == 1)
    return x[0];
  auto result = make_call("AND", x, x[0]->where);
  HERALD_CHECK(result.ok(), "conditions are BOOLEAN");
  return *result;
}

} // namespace herald
