#include "engine/plan/show_create.hpp"

#include "engine/plan/explain.hpp"
#include "engine/plan/table_change.hpp"
#include "engine/sql/printer.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// The name of an object that is there, complete.
sql::qualified_name full_name(const object_name& x) {
  return {{x.catalog, {}}, {x.database, {}}, {x.name, {}}};
}

std::string view_text(const bound_view& view, const object_name& name,
                      bool temporary) {
  const auto& x = *view.definition;
  std::string columns;
  for (const auto& column : x.columns) {
    columns
        += (columns.empty() ? " (" : ", ") + sql::quote_name(column.name.name);
    if (column.comment)
      columns += " COMMENT " + sql::quote_text(*column.comment);
  }
  return fmt::format(
      "CREATE {}VIEW {}{}{}{} AS {}", temporary ? "TEMPORARY " : "",
      sql::quote_name(full_name(name)), columns, columns.empty() ? "" : ")",
      x.comment ? " COMMENT " + sql::quote_text(*x.comment) : "",
      sql::to_sql(*x.query));
}

std::string catalog_text(const std::string& name, const catalog_entry& x) {
  auto result = fmt::format("CREATE CATALOG {}", sql::quote_name(name));
  if (x.comment)
    result += "\nCOMMENT " + sql::quote_text(*x.comment);
  std::string_view before = "\nWITH (\n  ";
  for (const auto& [key, value] : x.options) {
    result += fmt::format("{}{} = {}", before, sql::quote_text(key),
                          sql::quote_text(value));
    before = ",\n  ";
  }
  return result + "\n)";
}

text_table one_text(std::string text) {
  return {{"result"}, {{std::move(text)}}};
}

std::string options_text(const option_map& options) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : options)
    parts.push_back(
        fmt::format("{} = {}", sql::quote_text(key), sql::quote_text(value)));
  return joined(parts);
}

} // namespace

absl::StatusOr<text_table> show_create(const sql::show_statement& x,
                                       const sql_session& session) {
  if (x.what == "CREATE CATALOG") {
    HERALD_ASSIGN(const auto* catalog,
                  session.catalogs().find_catalog(x.name.back()));
    return one_text(catalog_text(x.name.back().name, *catalog));
  }
  HERALD_ASSIGN(const auto* object, session.find(x.name));
  HERALD_ASSIGN(const auto name, session.resolve(x.name));
  const bool view = x.what == "CREATE VIEW";
  if (object->is_view() != view)
    return user_error(x.name.back().where,
                      fmt::format("'{}' is a {}", x.name.back().name,
                                  view ? "table" : "view"),
                      view ? "SHOW CREATE TABLE" : "SHOW CREATE VIEW");
  if (view)
    return one_text(view_text(std::get<bound_view>(object->value), name,
                              object->temporary));
  auto table = read_declaration(object->declaration);
  table.name = full_name(name);
  table.or_replace = false;
  table.if_not_exists = false;
  table.temporary = object->temporary;
  return one_text(sql::to_lines(table));
}

absl::StatusOr<text_table> describe_catalog(const sql::describe_statement& x,
                                            const sql_session& session) {
  HERALD_ASSIGN(const auto* catalog,
                session.catalogs().find_catalog(x.name.back()));
  text_table result{{"info name", "info value"}, {}};
  result.rows = {{"name", x.name.back().name},
                 {"type", catalog->options.at("type")},
                 {"comment", catalog->comment.value_or("")}};
  if (x.extended)
    result.rows.push_back({"options", options_text(catalog->options)});
  return result;
}

absl::StatusOr<text_table> describe_database(const sql::describe_statement& x,
                                             const sql_session& session) {
  HERALD_ASSIGN(const auto name, session.catalogs().find_database(x.name));
  const auto& entry
      = session.catalogs().all().at(name.catalog).databases.at(name.database);
  text_table result{{"info name", "info value"}, {}};
  result.rows = {{"catalog", name.catalog},
                 {"name", name.database},
                 {"comment", entry.comment.value_or("")}};
  if (x.extended)
    result.rows.push_back({"options", options_text(entry.options)});
  return result;
}

} // namespace herald
