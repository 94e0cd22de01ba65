#include "engine/expr/registry.hpp"
#include "engine/plan/bind_expression.hpp"
#include "engine/plan/bind_type.hpp"
#include "engine/plan/function_library.hpp"
#include "engine/plan/insert_binder.hpp"
#include "engine/plan/sql_session.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

function_life life_of(bool temporary, bool system) {
  return system      ? function_life::system
         : temporary ? function_life::temporary
                     : function_life::permanent;
}

/// The body of a function, over its parameters.
absl::StatusOr<expr_ptr> bind_body(const sql::create_function& x,
                                   const std::vector<field>& parameters,
                                   const sql_session& session) {
  std::vector<plan_column> columns;
  for (const auto& parameter : parameters)
    columns.push_back({.name = parameter.name, .type = parameter.type});
  scope names;
  HERALD_TRY(names.add("", columns, x.name.back().where));
  expression_binder binder(&session, names, "the body of a function");
  HERALD_ASSIGN(auto body, binder.bind(*x.value));
  if (!x.returns)
    return body;
  HERALD_ASSIGN(const auto type, bind_type(*x.returns));
  if (!converts_silently(body->type, type))
    return user_error(x.value->where,
                      fmt::format("the function returns {}, its body is {}",
                                  type.to_short_string(),
                                  body->type.to_short_string()),
                      fmt::format("CAST(… AS {})", type.to_short_string()));
  if (!type.nullable() && body->type.nullable())
    return user_error(x.value->where, "the function returns NOT NULL, and its "
                                      "body may be NULL");
  const bool nullable = body->type.nullable();
  return make_cast(std::move(body), type.with_nullable(nullable), false,
                   x.value->where);
}

absl::StatusOr<user_function_ptr>
make_function(std::shared_ptr<const sql::statement> statement,
              const sql_session& session) {
  const auto& x = *statement->as<sql::create_function>();
  user_function result;
  result.name = x.name.back().name;
  for (const auto& parameter : x.parameters) {
    HERALD_ASSIGN(auto type, bind_type(parameter.type));
    for (const auto& other : result.parameters)
      if (other.name == parameter.name.name)
        return user_error(
            parameter.name.where,
            fmt::format("parameter '{}' appears twice", parameter.name.name));
    result.parameters.push_back({parameter.name.name, std::move(type)});
  }
  HERALD_ASSIGN(result.body, bind_body(x, result.parameters, session));
  result.statement = std::move(statement);
  return std::make_shared<const user_function>(std::move(result));
}

absl::StatusOr<user_function_ptr>
load(std::shared_ptr<const sql::statement> statement) {
  const auto& x = *statement->as<sql::create_function>();
  constexpr std::string_view usage
      = "CREATE FUNCTION f AS 'name' LANGUAGE CPP USING LIBRARY "
        "'/path/lib.so', "
        "or CREATE FUNCTION f (x INT) RETURN x + 1";
  if (x.language.value_or("CPP") != "CPP")
    return user_error(
        x.definition_where,
        fmt::format("functions of {} do not run here", *x.language), usage);
  if (x.files.size() != 1 || x.files[0].is_jar)
    return user_error(x.files.empty() ? x.definition_where : x.files[0].where,
                      "a function needs the one library that it is in", usage);
  user_function result;
  result.name = x.name.back().name;
  HERALD_ASSIGN(result.overloads,
                load_function(x.files[0].path, x.definition, x.files[0].where));
  result.statement = std::move(statement);
  return std::make_shared<const user_function>(std::move(result));
}

} // namespace

absl::Status sql_session::create_function(
    const std::shared_ptr<const sql::statement>& statement) {
  const auto& x = *statement->as<sql::create_function>();
  HERALD_ASSIGN(const auto name, resolve(x.name));
  if (x.alter && !functions_.find(life_of(x.temporary, x.system), name))
    return x.if_exists ? absl::OkStatus() : unknown_function(x.name);
  user_function_ptr function;
  if (x.value) {
    HERALD_ASSIGN(function, make_function(statement, *this));
  } else {
    HERALD_ASSIGN(function, load(statement));
  }
  return functions_.add(life_of(x.temporary, x.system), name,
                        std::move(function), x.or_replace || x.alter,
                        x.if_not_exists, x.name.back().where);
}

absl::Status sql_session::drop_function(const sql::drop_statement& x) {
  const auto name = resolve(x.name);
  const auto life = life_of(x.temporary, x.system);
  if (name.ok() && functions_.remove(life, *name))
    return absl::OkStatus();
  if (x.if_exists)
    return absl::OkStatus();
  HERALD_TRY(name.status());
  for (const auto other : {function_life::system, function_life::temporary,
                           function_life::permanent}) {
    constexpr std::string_view kinds[]
        = {"TEMPORARY SYSTEM FUNCTION", "TEMPORARY FUNCTION", "FUNCTION"};
    if (functions_.find(other, *name))
      return user_error(x.name.back().where,
                        fmt::format("'{}' is a {}", name->name,
                                    kinds[static_cast<int>(other)]),
                        fmt::format("DROP {}", kinds[static_cast<int>(other)]));
  }
  return unknown_function(x.name);
}

absl::Status
sql_session::unknown_function(const sql::qualified_name& name) const {
  return user_error(
      name.back().where,
      fmt::format("there is no function '{}' of a user", sql::to_text(name)),
      did_you_mean(name.back().name, function_names(catalogs_.current())));
}

user_function_ptr
sql_session::find_function(const sql::qualified_name& name) const {
  const auto full = resolve(name);
  if (!full.ok())
    return nullptr;
  if (name.size() == 1) {
    if (auto found = functions_.find(function_life::system, *full))
      return found;
    auto upper = name[0].name;
    for (auto& c : upper)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (registry::instance().find(upper) || is_aggregate(upper))
      return nullptr;
  }
  if (auto found = functions_.find(function_life::temporary, *full))
    return found;
  return functions_.find(function_life::permanent, *full);
}

} // namespace herald
