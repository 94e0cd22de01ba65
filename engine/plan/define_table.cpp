#include "engine/plan/define_table.hpp"

#include "engine/common/check.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/table_binder.hpp"
#include "engine/plan/table_change.hpp"
#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using option_list = std::vector<sql::table_option>;

/// Binds a declaration that was put together, for the catalog. Its options
/// stand where `written` has them, or in no text of the user's.
absl::StatusOr<catalog_object> make_table(sql::create_table table,
                                          const option_list& written,
                                          bool temporary, text_position place,
                                          const sql_session& session) {
  for (auto& option : table.options) {
    const auto found
        = std::find_if(written.begin(), written.end(),
                       [&](const auto& x) { return x.key == option.key; });
    option.where = found == written.end() ? text_position{} : found->where;
  }
  sql::statement whole{std::move(table), place};
  auto text = sql::to_sql(whole);
  HERALD_ASSIGN(auto bound,
                bind_table(*whole.as<sql::create_table>(), session, place));
  return catalog_object{std::move(bound), temporary, std::move(text)};
}

/// As `make_table`, and keeps it under `name`.
absl::Status keep_table(sql::create_table table, const option_list& written,
                        const sql::qualified_name& name, text_position place,
                        sql_session& session, const sql::create_table& flags) {
  auto made
      = make_table(std::move(table), written, flags.temporary, place, session);
  if (!made.ok()) {
    const auto key = option_of(made.status());
    const auto found
        = std::find_if(written.begin(), written.end(),
                       [&](const auto& x) { return x.key == key; });
    return at_place(made.status(),
                    found == written.end() ? name.back().where : found->where);
  }
  return session.add(name, *std::move(made), flags.or_replace,
                     flags.if_not_exists);
}

/// The declaration of the table called `name`.
absl::StatusOr<std::string> declaration_of(const sql::qualified_name& name,
                                           const sql_session& session) {
  HERALD_ASSIGN(const auto* object, session.find(name));
  if (object->is_view())
    return user_error(
        name.back().where,
        fmt::format("'{}' is a view: LIKE takes a table", name.back().name),
        "CREATE TABLE … AS SELECT * FROM it");
  return object->declaration;
}

/// The statement of a view, which owns its text.
std::shared_ptr<const sql::statement>
view_statement(const sql::qualified_name& name,
               const std::vector<sql::create_view::column_type>& columns,
               const sql::query& query, bool temporary) {
  sql::create_view view;
  view.temporary = temporary;
  view.name = name;
  view.columns = columns;
  // A query cannot be copied, but read again.
  auto parsed = sql::parse_statement(sql::to_sql(query));
  HERALD_CHECK(parsed.ok(), "a query that does not parse");
  view.query = std::get<sql::query_ptr>(std::move(parsed->node));
  return std::make_shared<const sql::statement>(
      sql::statement{std::move(view), name.back().where});
}

absl::Status wrong_kind(const sql::qualified_name& name,
                        const catalog_object& object) {
  const auto* kind = object.is_view() ? "view" : "table";
  return user_error(name.back().where,
                    fmt::format("'{}' is a {}", name.back().name, kind),
                    object.is_view() ? "ALTER VIEW" : "ALTER TABLE");
}

/// Checks that a connector that could read, write or look up the table still
/// can, and that it knows the options that were SET. What it could not do
/// before may need further changes, as another connector does.
absl::Status check_change(const table_definition& before,
                          const table_definition& after,
                          const connector_catalog& connectors) {
  if (before.option("connector") != after.option("connector"))
    return absl::OkStatus();
  using check
      = absl::Status (*)(const connector_catalog&, const table_definition&);
  constexpr check uses[]
      = {[](const auto& all, const auto& x) { return all.check_source(x); },
         [](const auto& all, const auto& x) { return all.check_sink(x); },
         [](const auto& all, const auto& x) {
           return x.primary_key.empty() ? absl::OkStatus()
                                        : all.check_lookup(x, x.primary_key);
         }};
  for (const auto use : uses) {
    const auto found = use(connectors, after);
    if (found.ok())
      continue;
    const auto key = option_of(found);
    if ((key && after.place_of(*key)) || use(connectors, before).ok())
      return found;
  }
  return absl::OkStatus();
}

/// The columns of a query as those of a table, in the order of `order`.
absl::StatusOr<std::vector<sql::column_definition>>
columns_of_query(const sql::create_table& x, const plan_node& plan) {
  std::vector<std::string> texts;
  std::vector<std::string> names = names_of(plan.columns);
  if (!x.column_order.empty() && x.column_order.size() != names.size())
    return user_error(x.column_order[0].where,
                      fmt::format("{} names for a query of {} columns",
                                  x.column_order.size(), names.size()));
  std::string text = "CREATE TABLE t (";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& type = plan.columns[i].type;
    if (type.kind() == type_kind::null)
      return user_error(x.query->where,
                        fmt::format("column '{}' has no type", names[i]),
                        "CAST(NULL AS …)");
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ",
                        sql::quote_name(names[i]), type.to_string());
  }
  auto columns = read_declaration(text + ")").schema.columns;
  for (std::size_t i = 0; i < x.column_order.size(); ++i) {
    const auto& name = x.column_order[i];
    const auto found = std::find_if(
        columns.begin() + static_cast<std::ptrdiff_t>(i), columns.end(),
        [&](const auto& column) { return column.name.name == name.name; });
    if (found == columns.end())
      return user_error(name.where,
                        fmt::format("the query has no column '{}'", name.name),
                        did_you_mean(name.name, names));
    std::swap(columns[i], *found);
  }
  return columns;
}

/// Declared columns replace those of the query with their name; others come
/// first, as in Flink.
void add_declared(std::vector<sql::column_definition> declared,
                  std::vector<sql::column_definition>& columns) {
  std::vector<sql::column_definition> first;
  for (auto& x : declared) {
    const auto found
        = std::find_if(columns.begin(), columns.end(), [&](const auto& column) {
            return column.name.name == x.name.name;
          });
    if (found == columns.end())
      first.push_back(std::move(x));
    else
      *found = std::move(x);
  }
  columns.insert(columns.begin(), std::make_move_iterator(first.begin()),
                 std::make_move_iterator(first.end()));
}

} // namespace

absl::Status define_table(const sql::statement& statement,
                          sql_session& session) {
  const auto& x = *statement.as<sql::create_table>();
  if (x.like) {
    HERALD_ASSIGN(const auto base, declaration_of(x.like->table, session));
    HERALD_ASSIGN(auto merged, with_like(statement, base));
    return keep_table(std::move(merged), x.options, x.name, statement.where,
                      session, x);
  }
  HERALD_ASSIGN(auto bound, bind_table(x, session, statement.where));
  return session.add(x.name,
                     {std::move(bound), x.temporary, sql::to_sql(statement)},
                     x.or_replace, x.if_not_exists);
}

absl::StatusOr<std::shared_ptr<const sql::statement>>
define_table_as(const sql::statement& statement, sql_session& session) {
  const auto& x = *statement.as<sql::create_table>();
  if (x.if_not_exists && session.find(x.name).ok())
    return nullptr;
  query_binder binder(session);
  HERALD_ASSIGN(const auto plan, binder.bind(*x.query));
  HERALD_ASSIGN(auto columns, columns_of_query(x, *plan));
  auto table = read_declaration(sql::to_sql(statement));
  std::string names;
  for (const auto& name : names_of(plan->columns))
    names += (names.empty() ? "" : ", ") + sql::quote_name(name);
  add_declared(std::move(table.schema.columns), columns);
  table.schema.columns = std::move(columns);
  table.column_order.clear();
  table.query = nullptr;
  HERALD_TRY(keep_table(std::move(table), x.options, x.name, statement.where,
                        session, x));
  auto insert = sql::parse_statement(fmt::format("INSERT INTO {} ({}) {}",
                                                 sql::quote_name(x.name), names,
                                                 sql::to_sql(*x.query)));
  HERALD_CHECK(insert.ok(), names);
  insert->where = statement.where;
  return std::make_shared<const sql::statement>(*std::move(insert));
}

absl::Status alter_table(const sql::statement& statement,
                         sql_session& session) {
  const auto& x = *statement.as<sql::alter_table>();
  HERALD_ASSIGN(const auto* object, session.find(x.name));
  if (object->is_view())
    return wrong_kind(x.name, *object);
  const auto before = std::get<bound_table_ptr>(object->value)->definition;
  auto table = read_declaration(object->declaration);
  HERALD_TRY(change_table(table, statement));
  const auto* set = std::get_if<sql::set_options>(&x.action);
  auto made = make_table(std::move(table), set ? set->options : option_list{},
                         object->temporary, statement.where, session);
  auto status = made.status();
  if (made.ok())
    status = check_change(*before,
                          *std::get<bound_table_ptr>(made->value)->definition,
                          session.connectors());
  if (!status.ok())
    return at_place(status, place_in(x, status, option_of(status)),
                    "so changed the table is wrong: ");
  return session.add(x.name, *std::move(made), true, false);
}

absl::Status alter_view(const sql::statement& statement, sql_session& session) {
  const auto& x = *statement.as<sql::alter_object>();
  HERALD_ASSIGN(const auto* object, session.find(x.name));
  if (!object->is_view())
    return wrong_kind(x.name, *object);
  auto made = view_statement(x.name, {}, *std::get<sql::query_ptr>(x.action),
                             object->temporary);
  const auto* view = made->as<sql::create_view>();
  return session.add(
      x.name,
      {bound_view{std::move(made), view, session.catalogs().current()},
       object->temporary,
       {}},
      true, false);
}

absl::Status rename(const sql::qualified_name& from, sql::object_kind kind,
                    const sql::qualified_name& to, sql_session& session) {
  HERALD_ASSIGN(const auto* object, session.find(from));
  if (object->is_view() != (kind == sql::object_kind::view))
    return wrong_kind(from, *object);
  if (object->is_view()) {
    const auto& old = std::get<bound_view>(object->value);
    auto made = view_statement(to, old.definition->columns,
                               *old.definition->query, object->temporary);
    const auto* view = made->as<sql::create_view>();
    HERALD_TRY(session.add(
        to,
        {bound_view{std::move(made), view, old.home}, object->temporary, {}},
        false, false));
  } else {
    sql::create_table flags;
    flags.temporary = object->temporary;
    auto table = read_declaration(object->declaration);
    table.name = to;
    HERALD_TRY(
        keep_table(std::move(table), {}, to, to.back().where, session, flags));
  }
  return session.remove(from);
}

} // namespace herald
