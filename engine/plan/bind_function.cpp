#include "engine/expr/registry.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/insert_binder.hpp"
#include "engine/plan/sql_session.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::string types_text(const std::vector<expr_ptr>& args) {
  std::string result;
  for (const auto& x : args)
    result += (result.empty() ? "" : ", ") + x->type.to_short_string();
  return result;
}

std::string parameters_text(const std::vector<field>& parameters) {
  std::string result;
  for (const auto& x : parameters)
    result += fmt::format("{}{} {}", result.empty() ? "" : ", ", x.name,
                          x.type.to_short_string());
  return result;
}

/// How often `x` reads each of `uses`' columns.
void count_columns(const expr& x, std::vector<int>& uses) {
  if (x.kind == expr_kind::column)
    ++uses[static_cast<std::size_t>(x.column)];
  for (const auto& arg : x.args)
    count_columns(*arg, uses);
}

/// Nodes of `x` as a tree, or a number above `function_nodes_max`.
std::size_t count_nodes(const expr& x) {
  std::size_t result = 1;
  for (const auto& arg : x.args) {
    if (result > function_nodes_max)
      break;
    result += count_nodes(*arg);
  }
  return result;
}

/// Refuses what putting `args` in place would make of the body: an endless
/// expression, or two values of one RAND().
absl::Status check_uses(const user_function& function,
                        const std::vector<expr_ptr>& args, text_position at) {
  std::vector<int> uses(args.size());
  count_columns(*function.body, uses);
  auto nodes = count_nodes(*function.body);
  for (std::size_t i = 0; i < args.size(); ++i) {
    if (uses[i] > 1 && !args[i]->steady)
      return user_error(args[i]->where,
                        fmt::format("{} uses '{}' {} times, and this value is "
                                    "another each time it is computed",
                                    function.name, function.parameters[i].name,
                                    uses[i]),
                        "compute it in a subquery first");
    nodes += static_cast<std::size_t>(uses[i]) * count_nodes(*args[i]);
    if (nodes > function_nodes_max)
      return user_error(
          at,
          fmt::format("with {} the expression becomes too "
                      "large",
                      function.name),
          fmt::format("at most {} operations", function_nodes_max));
  }
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<expr_ptr>
expression_binder::bind_user_call(const user_function& function,
                                  const sql::call& x, text_position at) {
  if (x.filter || x.distinct || !x.within_group.empty() || x.over)
    return user_error(at, fmt::format("{} is no aggregate function: it takes "
                                      "no DISTINCT, FILTER, WITHIN GROUP or "
                                      "OVER",
                                      function.name));
  HERALD_ASSIGN(auto args, bind_all(x.args));
  const auto& parameters = function.parameters;
  bool fits = args.size() == parameters.size();
  for (std::size_t i = 0; fits && i < args.size(); ++i)
    fits = converts_silently(args[i]->type, parameters[i].type);
  if (!fits)
    return user_error(at, fmt::format("{} takes ({}), not ({})", function.name,
                                      parameters_text(parameters),
                                      types_text(args)));
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto nullable = args[i]->type.nullable();
    if (nullable && !parameters[i].type.nullable())
      return user_error(args[i]->where,
                        fmt::format("'{}' of {} is NOT NULL, and this value "
                                    "may be NULL",
                                    parameters[i].name, function.name),
                        "COALESCE gives another value for NULL");
    HERALD_ASSIGN(args[i],
                  make_cast(args[i], parameters[i].type.with_nullable(nullable),
                            false, args[i]->where));
  }
  HERALD_TRY(check_uses(function, args, at));
  return at_position(substitute(function.body, args), at);
}

absl::Status expression_binder::unknown_function(const sql::call& x,
                                                 text_position at) const {
  auto names = registry::instance().names();
  const auto add = [&](const std::vector<std::string>& more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  add(aggregate_names());
  if (session_)
    add(session_->function_names());
  const auto near = nearest_name(x.upper_name(), names);
  return user_error(at, fmt::format("unknown function {}", x.upper_name()),
                    near.empty() ? "" : fmt::format("did you mean {}?", near));
}

} // namespace herald
