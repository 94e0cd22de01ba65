#include "engine/plan/sql_session.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

sql_session::sql_session(const connector_catalog& connectors)
    : connectors_(connectors) {}

absl::StatusOr<const catalog_object*>
sql_session::find(const sql::qualified_name& name,
                  const database_name& home) const {
  HERALD_ASSIGN(const auto full, catalogs_.resolve(name, home));
  for (const auto* objects : {&temporary_, &objects_})
    if (const auto found = objects->find(full); found != objects->end())
      return &found->second;
  return user_error(
      name.back().where,
      fmt::format("there is no table or view '{}'", sql::to_text(name)),
      did_you_mean(full.name, names({full.catalog, full.database}, false)));
}

absl::Status sql_session::add(const sql::qualified_name& name,
                              catalog_object object, bool or_replace,
                              bool if_not_exists) {
  HERALD_ASSIGN(auto full, resolve(name));
  auto& objects = object.temporary ? temporary_ : objects_;
  const auto found = objects.find(full);
  if (found == objects.end()) {
    objects.emplace(std::move(full), std::move(object));
    return absl::OkStatus();
  }
  if (if_not_exists)
    return absl::OkStatus();
  if (!or_replace)
    return user_error(name.back().where,
                      fmt::format("'{}' is there already", full.name),
                      "CREATE OR REPLACE, or DROP it first");
  found->second = std::move(object);
  return absl::OkStatus();
}

void sql_session::end_text() {
  for (auto* objects : {&temporary_, &objects_})
    for (auto& [name, object] : *objects) {
      if (object.is_view())
        continue;
      auto& table = std::get<bound_table_ptr>(object.value);
      auto definition = *table->definition;
      definition.option_places.clear();
      auto result = *table;
      result.definition
          = std::make_shared<const table_definition>(std::move(definition));
      table = std::make_shared<const bound_table>(std::move(result));
    }
}

absl::Status sql_session::drop(const sql::drop_statement& x) {
  switch (x.kind) {
  case sql::object_kind::catalog:
    return drop_catalog(x);
  case sql::object_kind::database:
    return drop_database(x);
  case sql::object_kind::function:
    return drop_function(x);
  case sql::object_kind::table:
  case sql::object_kind::view:
    break;
  }
  return drop_object(x);
}

absl::Status sql_session::drop_catalog(const sql::drop_statement& x) {
  if (x.name.size() > 1)
    return user_error(x.name[1].where, "the name of a catalog has one part");
  const auto& name = x.name[0];
  const auto found = catalogs_.find_catalog(name);
  if (!found.ok())
    return x.if_exists ? absl::OkStatus() : found.status();
  std::vector<std::string> databases;
  for (const auto& [database, entry] : (*found)->databases)
    databases.push_back(database);
  HERALD_TRY(catalogs_.remove_catalog(name));
  const auto is_inside
      = [&](const auto& entry) { return entry.first.catalog == name.name; };
  std::erase_if(objects_, is_inside);
  std::erase_if(temporary_, is_inside);
  for (const auto& database : databases)
    functions_.remove_database({name.name, database});
  return absl::OkStatus();
}

absl::Status sql_session::drop_database(const sql::drop_statement& x) {
  const auto where = x.name.back().where;
  const auto name = catalogs_.find_database(x.name);
  if (!name.ok())
    return x.if_exists ? absl::OkStatus() : name.status();
  const auto is_inside
      = [&](const auto& entry) { return entry.first.is_in(*name); };
  if (!x.cascade && *name != catalogs_.current()
      && std::any_of(objects_.begin(), objects_.end(), is_inside))
    return user_error(
        where, fmt::format("database '{}' is not empty", name->database),
        fmt::format("DROP DATABASE {} CASCADE", sql::to_text(x.name)));
  HERALD_TRY(catalogs_.remove(*name, where));
  std::erase_if(objects_, is_inside);
  std::erase_if(temporary_, is_inside);
  functions_.remove_database(*name);
  return absl::OkStatus();
}

absl::Status sql_session::drop_object(const sql::drop_statement& x) {
  const auto& last = x.name.back();
  const auto found = find(x.name);
  if (!found.ok())
    return x.if_exists ? absl::OkStatus() : found.status();
  const bool is_view = (*found)->is_view();
  if (is_view != (x.kind == sql::object_kind::view))
    return user_error(
        last.where,
        fmt::format("'{}' is a {}", last.name, is_view ? "view" : "table"),
        is_view ? "DROP VIEW" : "DROP TABLE");
  HERALD_ASSIGN(const auto full, resolve(x.name));
  const auto kind = sql::to_text(x.kind);
  if (!(*found)->temporary && x.temporary) {
    if (x.if_exists)
      return absl::OkStatus();
    return user_error(last.where,
                      fmt::format("'{}' is not temporary", last.name),
                      fmt::format("DROP {}", kind));
  }
  if ((*found)->temporary && !x.temporary && objects_.contains(full))
    return user_error(
        last.where,
        fmt::format("a temporary object hides '{}': drop that one first",
                    last.name),
        fmt::format("DROP TEMPORARY {}", kind));
  return remove(x.name);
}

absl::Status sql_session::remove(const sql::qualified_name& name) {
  HERALD_ASSIGN(const auto full, resolve(name));
  if (temporary_.erase(full) == 0)
    objects_.erase(full);
  return absl::OkStatus();
}

std::vector<std::string> sql_session::names(const database_name& database,
                                            bool views_only) const {
  std::vector<std::string> result;
  for (const auto* objects : {&temporary_, &objects_})
    for (const auto& [name, object] : *objects)
      if (name.is_in(database) && (object.is_view() || !views_only))
        result.push_back(name.name);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

} // namespace herald
