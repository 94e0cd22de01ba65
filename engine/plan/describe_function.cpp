#include "engine/expr/aggregate.hpp"
#include "engine/expr/aggregate_rules.hpp"
#include "engine/plan/bind_over.hpp"
#include "engine/plan/show_create.hpp"
#include "engine/sql/printer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using text_rows = std::vector<std::vector<std::string>>;

void add_signature(text_rows& rows, std::string text) {
  std::vector<std::string> row = {"signature", std::move(text)};
  if (std::find(rows.begin(), rows.end(), row) == rows.end())
    rows.push_back(std::move(row));
}

/// How many arguments a function takes whose types no table can say.
std::string count_text(const function_entry& x) {
  if (x.max_args == 0)
    return "()";
  if (x.max_args >= registry::any_number)
    return fmt::format("({} or more arguments)", x.min_args);
  if (x.min_args != x.max_args)
    return fmt::format("({} to {} arguments)", x.min_args, x.max_args);
  return fmt::format("({} argument{})", x.min_args, x.min_args == 1 ? "" : "s");
}

/// The session itself answers it.
constexpr std::string_view current_database = "CURRENT_DATABASE";

bool is_built_in(const std::string& name) {
  return name == current_database || is_over_function(name)
         || is_aggregate(name) || registry::instance().find(name);
}

/// Of a built-in function: how it is called, and whether equal arguments give
/// equal results, where that does not depend on their types.
text_rows describe_built_in(const std::string& name) {
  const bool aggregate = is_aggregate(name);
  const bool over = !aggregate && is_over_function(name);
  text_rows rows = {{"name", name},
                    {"kind", aggregate ? "aggregate"
                             : over    ? "window"
                                       : "scalar"},
                    {"language", "built in"}};
  if (over || name == current_database) {
    add_signature(rows, name + (over ? "(…) OVER (…)" : "()"));
    return rows;
  }
  if (aggregate) {
    add_signature(rows, name + std::string(arguments_of_aggregate(name)));
    return rows;
  }
  const auto& entry = *registry::instance().find(name);
  if (entry.special) {
    add_signature(rows, name + count_text(entry));
    return rows;
  }
  bool deterministic = true;
  for (const auto& x : entry.overloads) {
    add_signature(rows, name + describe(x.params));
    deterministic = deterministic && x.code->deterministic();
  }
  rows.push_back({"deterministic", deterministic ? "TRUE" : "FALSE"});
  return rows;
}

/// `name` is what `x` says in capitals, as built-in functions are called.
absl::Status unknown_function(const sql::identifier& x, const std::string& name,
                              const sql_session& session) {
  auto near = nearest_name(
      x.name, session.function_names(session.catalogs().current()));
  auto built_in = registry::instance().names();
  const auto aggregates = aggregate_names();
  built_in.insert(built_in.end(), aggregates.begin(), aggregates.end());
  if (near.empty())
    near = nearest_name(name, built_in);
  return user_error(x.where, fmt::format("there is no function '{}'", x.name),
                    near.empty() ? "SHOW FUNCTIONS"
                                 : fmt::format("did you mean '{}'?", near));
}

} // namespace

absl::StatusOr<text_table> describe_function(const sql::describe_statement& x,
                                             const sql_session& session) {
  text_table result{{"info name", "info value"}, {}};
  const auto function = session.find_function(x.name);
  if (!function) {
    auto name = x.name.back().name;
    for (auto& c : name)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (x.name.size() > 1)
      return session.unknown_function(x.name);
    if (!is_built_in(name))
      return unknown_function(x.name.back(), name, session);
    result.rows = describe_built_in(name);
    return result;
  }
  result.rows = {{"name", function->name},
                 {"kind", std::string(to_string(function->type()))},
                 {"language", function->body ? "SQL" : "CPP"}};
  if (x.extended)
    result.rows.push_back({"declared by", sql::to_sql(*function->statement)});
  return result;
}

} // namespace herald
