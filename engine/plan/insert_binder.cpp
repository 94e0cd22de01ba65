#include "engine/plan/insert_binder.hpp"

#include "engine/expr/null_check.hpp"
#include "engine/plan/final_rows.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/query_item.hpp"
#include "engine/sql/printer.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// Nested types of a kind, whose parts all convert; fields by position.
bool parts_convert(const data_type& from, const data_type& to) {
  if (from.kind() != to.kind() || from.fields().size() != to.fields().size())
    return false;
  for (std::size_t i = 0; i < from.fields().size(); ++i)
    if (!converts_silently(from.fields()[i].type, to.fields()[i].type))
      return false;
  return true;
}

} // namespace

bool converts_silently(const data_type& from, const data_type& to) {
  if (from.same_kind(to) || from.kind() == type_kind::null)
    return true;
  if (from.is_nested() && to.is_nested())
    return parts_convert(from, to);
  if ((from.is_text() && to.is_text()) || (from.is_bytes() && to.is_bytes())
      || (from.is_timestamp() && to.is_timestamp()))
    return true;
  if (from.kind() == type_kind::date && to.is_timestamp())
    return true;
  if (!from.is_numeric() || !to.is_numeric())
    return false;
  if (to.is_integer())
    return from.is_integer() && from.kind() <= to.kind();
  if (to.kind() == type_kind::decimal)
    return from.is_integer() || from.kind() == type_kind::decimal;
  return to.kind() == type_kind::float64 || from.kind() != type_kind::float64;
}

namespace {

std::string columns_text(const std::vector<table_column>& columns,
                         const std::vector<std::size_t>& chosen) {
  std::string result;
  for (const auto index : chosen) {
    const auto& column = columns[index];
    result += fmt::format("{}{} {}", result.empty() ? "" : ", ", column.name,
                          column.type.to_short_string());
  }
  return result;
}

absl::StatusOr<std::size_t>
find_column(const sql::identifier& name,
            const std::vector<table_column>& columns,
            const sql::insert_statement& x) {
  std::vector<std::string> names;
  for (const auto& column : columns)
    names.push_back(column.name);
  const auto found = std::find(names.begin(), names.end(), name.name);
  if (found != names.end())
    return static_cast<std::size_t>(found - names.begin());
  return user_error(name.where,
                    fmt::format("table '{}' has no column '{}' to write",
                                x.table.back().name, name.name),
                    did_you_mean(name.name, names));
}

/// The table's columns that the query's columns fill, in the query's order:
/// those that are named, or all without a value in `values`.
absl::StatusOr<std::vector<std::size_t>>
target_columns(const sql::insert_statement& x,
               const std::vector<table_column>& columns,
               const std::vector<expr_ptr>& values) {
  std::vector<std::size_t> result;
  if (x.columns.empty()) {
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (!values[i])
        result.push_back(i);
    return result;
  }
  for (const auto& name : x.columns) {
    HERALD_ASSIGN(const auto index, find_column(name, columns, x));
    if (values[index])
      return user_error(
          name.where,
          fmt::format("column '{}' has its value from PARTITION", name.name));
    if (std::find(result.begin(), result.end(), index) != result.end())
      return user_error(name.where,
                        fmt::format("column '{}' appears twice", name.name));
    result.push_back(index);
  }
  return result;
}

/// The value that PARTITION gives to `column`.
absl::StatusOr<expr_ptr> partition_value(const sql::expression& x,
                                         const table_column& column,
                                         const sql_session& session) {
  const scope nothing;
  expression_binder binder(&session, nothing, "PARTITION");
  HERALD_ASSIGN(auto value, binder.bind(x));
  value = fold_constants(value);
  if (value->kind != expr_kind::literal || value->literal.is_null())
    return user_error(
        x.where,
        "PARTITION takes values that are known, and not "
        "NULL",
        fmt::format("leave {} out, and let the query give it", column.name));
  const auto type = column.type.with_nullable(false);
  HERALD_ASSIGN(auto cast, make_cast(value, type, false, x.where));
  cast = fold_constants(cast);
  // A cast may wrap, or round: that would be another partition.
  bool fits = cast->kind == expr_kind::literal && !cast->literal.is_null();
  if (fits && value->type.is_numeric()) {
    HERALD_ASSIGN(const auto same, make_call("=", {value, cast}, x.where));
    const auto known = fold_constants(same);
    fits = known->literal.value == scalar::value_type(true);
  }
  if (!fits)
    return user_error(
        x.where, fmt::format("{} is no {}, as column '{}' is", sql::to_sql(x),
                             type.to_short_string(), column.name));
  return cast;
}

/// By column: the value that PARTITION gives it, or null.
absl::StatusOr<std::vector<expr_ptr>>
partition_values(const sql::insert_statement& x,
                 const std::vector<table_column>& columns,
                 const table_definition& table, const sql_session& session) {
  std::vector<expr_ptr> result(columns.size());
  for (const auto& given : x.partition) {
    const auto& name = given.name;
    HERALD_ASSIGN(const auto index, find_column(name, columns, x));
    const auto& keys = table.partitioned_by;
    if (std::find(keys.begin(), keys.end(), name.name) == keys.end())
      return user_error(name.where,
                        fmt::format("table '{}' is not partitioned by '{}'",
                                    x.table.back().name, name.name),
                        keys.empty() ? "it has no PARTITIONED BY"
                                     : fmt::format("PARTITIONED BY ({})",
                                                   fmt::join(keys, ", ")));
    if (result[index])
      return user_error(name.where,
                        fmt::format("column '{}' appears twice", name.name));
    HERALD_ASSIGN(result[index],
                  partition_value(*given.value, columns[index], session));
  }
  return result;
}

/// The one partition that `values` name, in the order of PARTITIONED BY; empty
/// if they name more, or none.
std::vector<scalar> whole_partition(const std::vector<expr_ptr>& values,
                                    const std::vector<table_column>& columns,
                                    const table_definition& table) {
  std::vector<scalar> result;
  for (const auto& key : table.partitioned_by)
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (columns[i].name == key && values[i])
        result.push_back(values[i]->literal);
  if (result.size() < table.partitioned_by.size())
    result.clear();
  return result;
}

/// What is overwritten must be known to be complete one day.
absl::Status check_overwrite(const sql::insert_statement& x,
                             const table_definition& table,
                             const sql_session& session, bool ends) {
  HERALD_TRY(
      about_table(session.connectors().check_overwrite(table), x.table, table));
  if (session.options().streaming() || !ends)
    return user_error(x.table.back().where,
                      session.options().streaming()
                          ? "INSERT OVERWRITE is not for streams"
                          : "INSERT OVERWRITE needs a query that ends",
                      session.options().streaming()
                          ? "SET 'execution.runtime-mode' = 'batch'"
                          : "INSERT INTO, or bound what it reads");
  return absl::OkStatus();
}

/// The value that goes into `column`.
absl::StatusOr<expr_ptr> sink_value(const expr_ptr& value,
                                    const table_column& column,
                                    const query_item& from) {
  const auto where = from.where;
  if (!converts_silently(value->type, column.type))
    return user_error(
        where,
        fmt::format("column '{}' of the table is {}, the query gives {}",
                    column.name, column.type.to_short_string(),
                    value->type.to_short_string()),
        cast_hint(from.text, column.type.to_short_string()));
  if (value->type.same_kind(column.type))
    return value;
  return make_cast(value, column.type.with_nullable(value->type.nullable()),
                   false, where);
}

/// `rows`, of the table's columns, without NULLs where they are NOT NULL: such
/// a row ends the task or, if the session says so, is left out.
absl::StatusOr<plan_ptr> without_nulls(plan_ptr rows,
                                       const std::vector<table_column>& columns,
                                       const std::string& table, bool drop,
                                       text_position where) {
  std::vector<expr_ptr> checked;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].type.nullable() && rows->columns[i].type.nullable()) {
      checked.push_back(column_of(rows->columns, static_cast<int>(i)));
      names.push_back(columns[i].name);
    }
  if (checked.empty())
    return rows;
  if (!drop)
    return make_filter(std::move(rows),
                       make_null_check(checked, names, table, where));
  for (auto& x : checked) {
    HERALD_ASSIGN(x, make_call("IS NOT NULL", {x}, where));
  }
  return make_filter(std::move(rows), conjunction(checked));
}

absl::Status check_conflicts(const sql::insert_statement& x, bool upserts) {
  if (x.on_conflict == sql::conflict_rule::none)
    return absl::OkStatus();
  if (!upserts)
    return user_error(x.conflict_where,
                      "ON CONFLICT is for tables that take the newest row of "
                      "each PRIMARY KEY",
                      "leave it out, or write to such a table: 'connector' = "
                      "'upsert-kafka'");
  return absl::OkStatus();
}

/// As `bound_sink::newest_by`; `names` are those of the sink's columns.
absl::StatusOr<std::set<int>>
newest_columns(const sql::insert_statement& x, const plan_node& plan,
               const table_definition& table,
               const std::vector<std::string>& names,
               const sql_session& session) {
  const bool upserts = session.connectors().takes_upserts(table);
  HERALD_TRY(check_conflicts(x, upserts));
  const bool asked = x.on_conflict != sql::conflict_rule::none;
  const bool competes = plan.retracts
                            ? asked || session.options().materializes_upserts()
                            : x.on_conflict == sql::conflict_rule::nothing
                                  || x.on_conflict == sql::conflict_rule::error;
  std::set<int> result;
  if (upserts && competes)
    for (const auto& name : table.primary_key)
      result.insert(static_cast<int>(std::find(names.begin(), names.end(), name)
                                     - names.begin()));
  return result;
}

/// What the query gives. Into a table that only takes new rows goes what is
/// left at the end, if there is one.
absl::StatusOr<plan_ptr> bind_rows(const sql::insert_statement& x,
                                   bool takes_changes,
                                   const sql_session& session) {
  query_binder binder(session);
  HERALD_ASSIGN(auto plan, binder.bind(*x.query));
  HERALD_ASSIGN(plan, as_batch(std::move(plan), session, x.table.back().where));
  if (takes_changes || session.options().streaming()
      || !is_bounded(*plan, session))
    return plan;
  return make_final_rows(std::move(plan), session);
}

} // namespace

absl::StatusOr<bound_sink> bind_insert(const sql::insert_statement& x,
                                       const sql_session& session) {
  const auto where = x.table.back().where;
  HERALD_ASSIGN(const auto* object, session.find(x.table));
  if (object->is_view())
    return user_error(where, fmt::format("'{}' is a view: it takes no rows",
                                         x.table.back().name));
  HERALD_ASSIGN(const auto options, hinted_options(x.hints));
  const auto table
      = with_options(std::get<bound_table_ptr>(object->value), options)
            ->definition;
  HERALD_TRY(
      about_table(session.connectors().check_sink(*table), x.table, *table));
  const auto takes_changes = session.connectors().check_changes(*table);
  HERALD_ASSIGN(auto plan, bind_rows(x, takes_changes.ok(), session));
  std::vector<table_column> columns;
  for (const auto& column : table->columns)
    if (!column.is_virtual)
      columns.push_back(column);
  HERALD_ASSIGN(auto values, partition_values(x, columns, *table, session));
  auto partition = whole_partition(values, columns, *table);
  HERALD_ASSIGN(const auto targets, target_columns(x, columns, values));
  if (targets.size() != plan->columns.size())
    return user_error(x.query->where,
                      fmt::format("the query has {} columns, table '{}' takes "
                                  "{}",
                                  plan->columns.size(), x.table.back().name,
                                  targets.size()),
                      columns_text(columns, targets));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    HERALD_ASSIGN(values[targets[i]],
                  sink_value(column_of(plan->columns, static_cast<int>(i)),
                             columns[targets[i]],
                             item_of(*x.query, i, plan->columns[i].name)));
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names.push_back(columns[i].name);
    if (values[i])
      continue;
    if (!columns[i].type.nullable())
      return user_error(where, fmt::format("column '{}' is NOT NULL and gets "
                                           "no value",
                                           columns[i].name));
    values[i] = make_literal({columns[i].type, {}}, where);
  }
  if (x.overwrite)
    HERALD_TRY(check_overwrite(x, *table, session, is_bounded(*plan, session)));
  if (plan->retracts && !takes_changes.ok())
    return user_error(where,
                      fmt::format("the query updates rows that it gave before, "
                                  "and table '{}' only takes new ones",
                                  x.table.back().name),
                      hint_of(takes_changes));
  HERALD_ASSIGN(auto newest_by,
                newest_columns(x, *plan, *table, names, session));
  HERALD_ASSIGN(plan, without_nulls(make_project(std::move(plan),
                                                 std::move(values), names),
                                    columns, x.table.back().name,
                                    session.options().drops_nulls(), where));
  return bound_sink{std::move(plan), table,
                    where,           std::move(newest_by),
                    x.on_conflict,   x.conflict_where,
                    x.overwrite,     std::move(partition)};
}

} // namespace herald
