#include "engine/plan/sql_session.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::string did_you_mean(const std::string& name,
                         const std::vector<std::string>& names) {
  const auto near = nearest_name(name, names);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

} // namespace

sql_session::sql_session(const connector_catalog& connectors)
    : connectors_(connectors),
      database_(default_database), databases_{std::string(default_database)} {}

// -- databases ----------------------------------------------------------------

absl::Status sql_session::create_database(const sql::create_database& x) {
  const auto& name = x.name.back();
  if (!databases_.insert(name.name).second && !x.if_not_exists)
    return user_error(name.where,
                      fmt::format("database '{}' is there already", name.name));
  return absl::OkStatus();
}

absl::Status sql_session::use(const sql::use_statement& x) {
  const auto& name = x.name.back();
  if (x.catalog) {
    if (name.name == default_catalog)
      return absl::OkStatus();
    return user_error(name.where,
                      fmt::format("there is no catalog '{}'", name.name),
                      fmt::format("the only one is '{}'", default_catalog));
  }
  if (!databases_.contains(name.name))
    return user_error(
        name.where, fmt::format("there is no database '{}'", name.name),
        did_you_mean(name.name, {databases_.begin(), databases_.end()}));
  database_ = name.name;
  return absl::OkStatus();
}

// -- objects ------------------------------------------------------------------

absl::StatusOr<object_name>
sql_session::resolve(const sql::qualified_name& name) const {
  if (name.size() == 1)
    return object_name{database_, name[0].name};
  if (name.size() > 3)
    return user_error(name[3].where, "a name has at most a catalog, a database "
                                     "and the name itself");
  if (name.size() == 3 && name[0].name != default_catalog)
    return user_error(name[0].where,
                      fmt::format("there is no catalog '{}'", name[0].name));
  const auto& database = name[name.size() - 2];
  if (!databases_.contains(database.name))
    return user_error(
        database.where, fmt::format("there is no database '{}'", database.name),
        did_you_mean(database.name, {databases_.begin(), databases_.end()}));
  return object_name{database.name, name.back().name};
}

absl::StatusOr<const catalog_object*>
sql_session::find(const sql::qualified_name& name) const {
  HERALD_ASSIGN(const auto full, resolve(name));
  if (const auto found = objects_.find(full); found != objects_.end())
    return &found->second;
  std::vector<std::string> names;
  for (const auto& [other, object] : objects_)
    if (other.database == full.database)
      names.push_back(other.name);
  return user_error(
      name.back().where,
      fmt::format("there is no table or view '{}'", sql::to_text(name)),
      did_you_mean(full.name, names));
}

absl::Status sql_session::add(const sql::qualified_name& name,
                              catalog_object object, bool or_replace,
                              bool if_not_exists) {
  HERALD_ASSIGN(auto full, resolve(name));
  const auto found = objects_.find(full);
  if (found == objects_.end()) {
    objects_.emplace(std::move(full), std::move(object));
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

absl::Status sql_session::drop(const sql::drop_statement& x) {
  const auto& last = x.name.back();
  if (x.kind == sql::object_kind::database) {
    if (last.name == default_database || last.name == database_)
      return user_error(last.where, "the database in use cannot be dropped");
    if (databases_.erase(last.name) == 0 && !x.if_exists)
      return user_error(last.where,
                        fmt::format("there is no database '{}'", last.name));
    std::erase_if(objects_, [&](const auto& entry) {
      return entry.first.database == last.name;
    });
    functions_.remove_database(last.name);
    return absl::OkStatus();
  }
  if (x.kind == sql::object_kind::function)
    return drop_function(x);
  if (x.kind != sql::object_kind::table && x.kind != sql::object_kind::view)
    return user_error(last.where, fmt::format("DROP {} is not supported yet",
                                              sql::to_text(x.kind)));
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
  objects_.erase(full);
  return absl::OkStatus();
}

absl::Status sql_session::rename(const sql::qualified_name& from,
                                 const sql::qualified_name& to) {
  HERALD_ASSIGN(const auto* found, find(from));
  HERALD_TRY(add(to, *found, false, false));
  HERALD_ASSIGN(const auto full, resolve(from));
  objects_.erase(full);
  return absl::OkStatus();
}

std::vector<std::string> sql_session::names(bool views_only) const {
  std::vector<std::string> result;
  for (const auto& [name, object] : objects_)
    if (name.database == database_ && (object.is_view() || !views_only))
      result.push_back(name.name);
  return result;
}

} // namespace herald
