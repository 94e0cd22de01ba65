#include "cep/rule_scope.hpp"

#include "engine/plan/bind_expression.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// True if `x` is `step.column`, as the SQL binder leaves it: a field of a row
/// that stands behind the columns of the current event.
bool is_step_column(const expr& x, std::size_t width) {
  return x.kind == expr_kind::call && x.name == "FIELD"
         && x.args[0]->kind == expr_kind::column
         && x.args[0]->column >= static_cast<int>(width);
}

} // namespace

// The SQL binder sees each earlier step as one column of type ROW: so that
// bare names stay names of the current event, and `step.column` is a field.
absl::StatusOr<expr_ptr> rule_scope::bind(const sql::expression& x,
                                          std::string_view what,
                                          bool condition) const {
  scope names;
  std::vector<plan_column> columns;
  for (const auto& field : source_.fields)
    columns.push_back({field.name, field.type});
  HERALD_TRY(names.add(steps_[current_].name.name, columns, x.where));
  columns.clear();
  auto event = data_type::row(source_.fields).with_nullable(false);
  for (std::size_t i = 0; i < current_; ++i)
    columns.push_back({steps_[i].name.name, event});
  HERALD_TRY(names.add("", columns, x.where));
  expression_binder binder(nullptr, names, what);
  HERALD_ASSIGN(auto bound,
                condition ? binder.bind_condition(x) : binder.bind(x));
  HERALD_ASSIGN(auto flat, flatten(bound));
  return fold_constants(flat);
}

absl::StatusOr<expr_ptr> rule_scope::bind(const sql::expression& x,
                                          std::string_view what) const {
  return bind(x, what, false);
}

absl::StatusOr<expr_ptr>
rule_scope::bind_condition(const sql::expression& x,
                           std::string_view what) const {
  return bind(x, what, true);
}

absl::StatusOr<expr_ptr> rule_scope::flatten(const expr_ptr& x) const {
  auto width = source_.fields.size();
  auto place = [&](std::size_t step, std::size_t column) {
    const auto& field = source_.fields[column];
    auto result = make_column(static_cast<int>(step * width + column),
                              field.type, field.name);
    return at_position(result, x->where);
  };
  if (x->kind == expr_kind::column) {
    auto index = static_cast<std::size_t>(x->column);
    if (index < width)
      return place(current_, index);
    const auto& step = steps_[index - width].name.name;
    return user_error(x->where,
                      fmt::format("'{}' is a step, not a value", step),
                      fmt::format("name a column of it, as {}.{}", step,
                                  source_.fields[0].name));
  }
  if (x->kind == expr_kind::literal)
    return x;
  if (is_step_column(*x, width)) {
    auto step = static_cast<std::size_t>(x->args[0]->column) - width;
    auto column = source_.find(to_string(x->args[1]->literal));
    return place(step, *column);
  }
  auto result = std::make_shared<expr>(*x);
  for (auto& arg : result->args) {
    HERALD_ASSIGN(arg, flatten(arg));
  }
  return expr_ptr(std::move(result));
}

} // namespace herald
