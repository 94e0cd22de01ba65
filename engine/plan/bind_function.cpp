#include "engine/expr/registry.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/call_arguments.hpp"
#include "engine/plan/insert_binder.hpp"
#include "engine/plan/sql_session.hpp"

#include <algorithm>

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

/// The overload that takes `args`: one of their very types, or the first that
/// they convert to.
const library_overload* find_overload(const user_function& function,
                                      const std::vector<expr_ptr>& args) {
  const auto fits = [&](const library_overload& x, auto takes) {
    if (x.parameters.size() != args.size())
      return false;
    for (std::size_t i = 0; i < args.size(); ++i)
      if (!takes(args[i]->type, x.parameters[i]))
        return false;
    return true;
  };
  for (const auto& x : function.overloads)
    if (fits(x, [](const auto& a, const auto& b) { return a.same_kind(b); }))
      return &x;
  for (const auto& x : function.overloads)
    if (fits(x, converts_silently))
      return &x;
  return nullptr;
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

/// The arguments in order of the parameters, as far as these have names.
absl::StatusOr<std::vector<const sql::expression*>>
name_arguments(const user_function& function, const sql::call& x,
               text_position at) {
  const bool has_names
      = function.body
        && std::any_of(x.args.begin(), x.args.end(), [](const auto& arg) {
             return arg->template as<sql::named_argument>() != nullptr;
           });
  std::vector<const sql::expression*> result;
  if (!has_names) {
    for (const auto& arg : x.args)
      result.push_back(arg.get());
    return result;
  }
  result.resize(function.parameters.size());
  std::vector<argument_place> places;
  for (std::size_t i = 0; i < result.size(); ++i)
    places.push_back({function.parameters[i].name, &result[i]});
  const auto usage = fmt::format("{}({})", function.name,
                                 parameters_text(function.parameters));
  HERALD_TRY(place_arguments(x, places, usage));
  if (std::find(result.begin(), result.end(), nullptr) != result.end())
    return user_error(at, "arguments are missing", usage);
  return result;
}

} // namespace

absl::StatusOr<const library_overload*>
choose_overload(const user_function& function, std::vector<expr_ptr>& args,
                text_position at) {
  const auto* found = find_overload(function, args);
  if (!found) {
    std::string accepted;
    for (const auto& x : function.overloads) {
      std::string types;
      for (const auto& type : x.parameters)
        types += (types.empty() ? "" : ", ") + type.to_short_string();
      accepted += fmt::format("{}({})", accepted.empty() ? "" : " or ", types);
    }
    return user_error(at, fmt::format("{} takes {}, not ({})", function.name,
                                      accepted, types_text(args)));
  }
  for (std::size_t i = 0; i < args.size(); ++i) {
    const auto nullable = args[i]->type.nullable();
    HERALD_ASSIGN(args[i],
                  make_cast(args[i],
                            found->parameters[i].with_nullable(nullable), false,
                            args[i]->where));
  }
  return found;
}

absl::StatusOr<expr_ptr>
expression_binder::bind_user_call(const user_function& function,
                                  const sql::call& x, text_position at) {
  if (function.type() == function_type::table)
    return user_error(
        at, fmt::format("{} is a table function: it gives rows", function.name),
        fmt::format("put it in FROM: FROM t, LATERAL TABLE({}(…))",
                    function.name));
  if (x.filter || x.distinct || !x.within_group.empty() || x.over)
    return user_error(at, fmt::format("{} is no aggregate function: it takes "
                                      "no DISTINCT, FILTER, WITHIN GROUP or "
                                      "OVER",
                                      function.name));
  HERALD_ASSIGN(const auto named, name_arguments(function, x, at));
  std::vector<expr_ptr> args;
  for (const auto* arg : named) {
    HERALD_ASSIGN(args.emplace_back(), bind(*arg));
  }
  if (!function.body) {
    HERALD_ASSIGN(const auto* found, choose_overload(function, args, at));
    bool nullable = found->result.nullable();
    for (const auto& arg : args)
      nullable |= arg->type.nullable();
    return make_bound_call(function.name, std::move(args), found->code,
                           found->result.with_nullable(nullable), at);
  }
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

absl::StatusOr<aggregate_call>
make_user_aggregate(const user_function& function, std::vector<expr_ptr> args,
                    bool distinct, expr_ptr filter, text_position at) {
  HERALD_ASSIGN(const auto* found, choose_overload(function, args, at));
  if (distinct && (args.size() != 1 || args[0]->type.is_nested()))
    return user_error(at, "DISTINCT is for aggregates of one plain value");
  aggregate_call result;
  result.name = function.name;
  result.args = std::move(args);
  result.filter = std::move(filter);
  result.distinct = distinct;
  result.type = found->result;
  result.user = found->aggregate;
  return result;
}

absl::Status expression_binder::unknown_function(const sql::call& x,
                                                 text_position at) const {
  auto names = registry::instance().names();
  const auto add = [&](const std::vector<std::string>& more) {
    names.insert(names.end(), more.begin(), more.end());
  };
  add(aggregate_names());
  if (session_)
    add(session_->function_names(session_->catalogs().current()));
  const auto near = nearest_name(x.upper_name(), names);
  return user_error(at, fmt::format("unknown function {}", x.upper_name()),
                    near.empty() ? "" : fmt::format("did you mean {}?", near));
}

} // namespace herald
