#include "engine/plan/bind_expression.hpp"

#include "engine/expr/registry.hpp"
#include "engine/expr/time_unit.hpp"
#include "engine/plan/bind_type.hpp"
#include "engine/plan/sql_session.hpp"
#include "engine/plan/window_call.hpp"
#include "engine/sql/printer.hpp"

#include <fmt/format.h>

namespace herald {

expr_ptr at_position(const expr_ptr& x, text_position where) {
  auto result = std::make_shared<expr>(*x);
  result->where = where;
  return result;
}

absl::StatusOr<expr_ptr> make_field(expr_ptr row, const sql::identifier& name) {
  if (row->type.kind() != type_kind::row)
    return user_error(name.where,
                      fmt::format("'{}' is no field: the value before it is "
                                  "of type {}, not a ROW",
                                  name.name, row->type.to_short_string()));
  std::vector<std::string> names;
  bool found = false;
  for (const auto& part : row->type.fields()) {
    names.push_back(part.name);
    found |= part.name == name.name;
  }
  if (!found) {
    return user_error(name.where,
                      fmt::format("this ROW has no field '{}'", name.name),
                      did_you_mean(name.name, names));
  }
  const auto length = static_cast<int>(name.name.size());
  auto label = make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       name.name},
      name.where);
  return make_call("FIELD", {std::move(row), std::move(label)}, name.where);
}

namespace {

expr_ptr unit_literal(std::string unit, text_position at) {
  const auto length = static_cast<int>(unit.size());
  return make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       std::move(unit)},
      at);
}

} // namespace

absl::StatusOr<expr_ptr> expression_binder::bind(const sql::expression& x) {
  if (aggregates_ && !inside_aggregate_)
    for (const auto& [text, key] : aggregates_->subquery_keys)
      if (sql::to_sql(x) == text)
        return at_position(key, x.where);
  return std::visit([&](const auto& node) { return bind_node(node, x.where); },
                    x.node);
}

absl::StatusOr<expr_ptr>
expression_binder::bind_condition(const sql::expression& x) {
  HERALD_ASSIGN(auto result, bind(x));
  if (result->type.kind() == type_kind::null)
    return make_cast(result, data_type::of(type_kind::boolean), false, x.where);
  if (result->type.kind() != type_kind::boolean)
    return user_error(x.where,
                      fmt::format("{} needs a BOOLEAN condition, not {}",
                                  clause_, result->type.to_short_string()));
  return result;
}

absl::StatusOr<std::vector<expr_ptr>>
expression_binder::bind_all(const std::vector<sql::expression_ptr>& list) {
  std::vector<expr_ptr> result;
  for (const auto& x : list) {
    HERALD_ASSIGN(auto bound, bind(*x));
    result.push_back(std::move(bound));
  }
  return result;
}

absl::Status expression_binder::misplaced(text_position at) const {
  return user_error(at, fmt::format("this cannot stand in {}", clause_));
}

absl::StatusOr<expr_ptr> expression_binder::bind_node(const sql::literal& x,
                                                      text_position at) {
  return bind_literal(x, at);
}

absl::StatusOr<expr_ptr>
expression_binder::bind_node(const sql::keyword_argument& x, text_position at) {
  const auto length = std::max<int>(1, static_cast<int>(x.word.size()));
  return make_literal(
      {data_type::text(type_kind::character, length).with_nullable(false),
       x.word},
      at);
}

absl::StatusOr<expr_ptr> expression_binder::bind_node(const sql::column_name& x,
                                                      text_position at) {
  auto known = names_.resolve(x.parts);
  const bool outside = !known.ok() && outer_ && outer_->resolve(x.parts).ok();
  if (outside)
    known = outer_->resolve(x.parts);
  if (!known.ok() && x.parts.size() == 1 && x.parts[0].name == "PI")
    return make_call("PI", {}, at); // needs no brackets
  HERALD_ASSIGN(const auto found, std::move(known));
  const auto& columns = (outside ? *outer_ : names_).columns();
  auto result = at_position(column_of(columns, found.column), at);
  if (outside)
    result = at_position(make_column(outer_column_base + found.column,
                                     result->type, result->name),
                         at);
  for (auto i = found.next; i < x.parts.size(); ++i) {
    HERALD_ASSIGN(result, make_field(std::move(result), x.parts[i]));
  }
  return result;
}

absl::StatusOr<expr_ptr>
expression_binder::bind_node(const sql::field_access& x, text_position) {
  HERALD_ASSIGN(auto row, bind(*x.row));
  return make_field(std::move(row), x.field);
}

absl::StatusOr<expr_ptr> expression_binder::bind_node(const sql::cast& x,
                                                      text_position at) {
  HERALD_ASSIGN(auto value, bind(*x.value));
  HERALD_ASSIGN(const auto type, bind_type(x.type));
  // A number counts the unit of the interval.
  if (x.type.kind == sql::type_kind::interval && value->type.is_integer()
      && !x.type.interval.to) {
    auto unit = std::string(sql::to_text(x.type.interval.from));
    return make_call("INTERVAL",
                     {std::move(value), unit_literal(std::move(unit), at)}, at);
  }
  return make_cast(std::move(value), type, x.is_try, at);
}

absl::StatusOr<expr_ptr>
expression_binder::bind_node(const sql::case_expression& x, text_position at) {
  std::vector<expr_ptr> args;
  for (const auto& branch : x.branches) {
    std::vector<expr_ptr> conditions;
    for (const auto& when : branch.when) {
      HERALD_ASSIGN(auto condition, bind(*when));
      if (x.operand) {
        HERALD_ASSIGN(auto operand, bind(*x.operand));
        HERALD_ASSIGN(condition,
                      make_call("=", {std::move(operand), std::move(condition)},
                                when->where));
      }
      conditions.push_back(std::move(condition));
    }
    auto condition = conditions[0];
    if (conditions.size() > 1) {
      HERALD_ASSIGN(condition, make_call("OR", std::move(conditions), at));
    }
    HERALD_ASSIGN(auto value, bind(*branch.then));
    args.push_back(std::move(condition));
    args.push_back(std::move(value));
  }
  if (x.otherwise) {
    HERALD_ASSIGN(auto value, bind(*x.otherwise));
    args.push_back(std::move(value));
  }
  return make_call("CASE", std::move(args), at);
}

absl::StatusOr<expr_ptr> expression_binder::bind_node(const sql::call& x,
                                                      text_position at) {
  const auto name = x.upper_name();
  if (x.over)
    return bind_over(x, at);
  if (const auto function
      = session_ ? session_->find_function(x.function) : nullptr)
    return function->type() == function_type::aggregate
               ? bind_aggregate(x, at, function.get())
               : bind_user_call(*function, x, at);
  if (is_over_function(name))
    return user_error(
        at, fmt::format("{} needs a window", name),
        fmt::format("{}() OVER (PARTITION BY … ORDER BY …)", name));
  HERALD_TRY(check_nulls(x));
  if (is_aggregate(name))
    return bind_aggregate(x, at);
  const bool grouping
      = name == "GROUPING" || name == "GROUPING_ID" || name == "GROUP_ID";
  if (x.filter || x.distinct || !x.within_group.empty()) {
    const bool known = registry::instance().find(name) || grouping
                       || is_group_window(name) || is_json_call(name)
                       || !window_of_bound(name).empty();
    return known ? user_error(at, fmt::format("{} is no aggregate function: it "
                                              "takes no DISTINCT, FILTER or "
                                              "WITHIN GROUP",
                                              name))
                 : unknown_function(x, at);
  }
  if (grouping)
    return bind_grouping_call(x, at);
  if (!window_of_bound(name).empty())
    return bind_window_bound(x, at);
  if (is_group_window(name))
    return user_error(
        at, fmt::format("the window {} cannot stand in {}", name, clause_),
        "it is a key of GROUP BY, or a table function in FROM");
  if (is_json_call(name))
    return bind_json(x, at);
  if (name == "CURRENT_DATABASE" && session_ && x.args.empty())
    return make_literal({data_type::of(type_kind::varchar).with_nullable(false),
                         session_->catalogs().current().database},
                        at);
  if (!registry::instance().find(name))
    return unknown_function(x, at);
  HERALD_ASSIGN(auto args, bind_all(x.args));
  if (args.size() == 2 && (name == "FLOOR" || name.starts_with("CEIL")))
    HERALD_TRY(check_rounding_unit(*args[1]));
  return make_call(name, std::move(args), at);
}

} // namespace herald
