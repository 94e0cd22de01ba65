#include "engine/plan/catalog_list.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::string_view type_key = "type";
constexpr std::string_view memory_type = "generic_in_memory";
constexpr std::string_view default_key = "default-database";

template <class Map>
std::vector<std::string> keys_of(const Map& x) {
  std::vector<std::string> result;
  for (const auto& [key, value] : x)
    result.push_back(key);
  return result;
}

/// The options of CREATE CATALOG, checked.
absl::StatusOr<option_map> catalog_options(const sql::create_catalog& x) {
  option_map result;
  for (const auto& option : x.options) {
    if (option.key == type_key && option.value != memory_type)
      return user_error(
          option.value_where,
          fmt::format("there are no catalogs of type '{}' here", option.value),
          fmt::format("'{}': it lives as long as the session", memory_type));
    if (option.key != type_key && option.key != default_key)
      return user_error(option.where,
                        fmt::format("a catalog of type '{}' has no option '{}'",
                                    memory_type, option.key),
                        fmt::format("'{}' and '{}'", type_key, default_key));
    if (!result.emplace(option.key, option.value).second)
      return user_error(option.where,
                        fmt::format("option '{}' appears twice", option.key));
  }
  if (!result.contains(std::string(type_key)))
    return user_error(x.name.where,
                      fmt::format("catalog '{}' names no type", x.name.name),
                      fmt::format("WITH ('{}' = '{}')", type_key, memory_type));
  return result;
}

/// SET and RESET of options.
template <class Action>
void change_options(option_map& options, const Action& action) {
  if (const auto* set = std::get_if<sql::set_options>(&action))
    for (const auto& option : set->options)
      options[option.key] = option.value;
  if (const auto* reset = std::get_if<sql::reset_options>(&action))
    for (const auto& key : reset->keys)
      options.erase(key);
}

} // namespace

std::string did_you_mean(const std::string& name,
                         const std::vector<std::string>& names) {
  const auto near = nearest_name(name, names);
  return near.empty() ? "" : fmt::format("did you mean '{}'?", near);
}

catalog_list::catalog_list()
    : current_{std::string(default_catalog), std::string(default_database)} {
  auto& first = catalogs_[current_.catalog];
  first.options.emplace(type_key, memory_type);
  first.default_database = current_.database;
  first.databases[current_.database];
}

absl::Status catalog_list::create(const sql::create_catalog& x) {
  HERALD_ASSIGN(auto options, catalog_options(x));
  if (catalogs_.contains(x.name.name)) {
    if (x.if_not_exists)
      return absl::OkStatus();
    return user_error(x.name.where, fmt::format("catalog '{}' is there already",
                                                x.name.name));
  }
  const auto database = options.find(std::string(default_key));
  catalog_entry entry{x.comment,
                      options,
                      database == options.end() ? "default" : database->second,
                      {}};
  entry.databases[entry.default_database];
  catalogs_.emplace(x.name.name, std::move(entry));
  return absl::OkStatus();
}

absl::Status catalog_list::create(const sql::create_database& x) {
  if (x.name.size() > 2)
    return user_error(x.name[2].where, "a database has a name of its own and "
                                       "one of its catalog");
  auto catalog = current_.catalog;
  if (x.name.size() == 2) {
    HERALD_TRY(find_catalog(x.name[0]).status());
    catalog = x.name[0].name;
  }
  const auto& name = x.name.back();
  catalog_database entry{x.comment, {}};
  for (const auto& option : x.options)
    entry.options[option.key] = option.value;
  if (!catalogs_.at(catalog)
           .databases.emplace(name.name, std::move(entry))
           .second
      && !x.if_not_exists)
    return user_error(name.where,
                      fmt::format("database '{}' is there already", name.name));
  return absl::OkStatus();
}

absl::Status catalog_list::change(const sql::alter_object& x) {
  if (x.kind == sql::object_kind::database) {
    HERALD_ASSIGN(const auto name, find_database(x.name));
    change_options(catalog_of(name).databases.at(name.database).options,
                   x.action);
    return absl::OkStatus();
  }
  HERALD_TRY(find_catalog(x.name.back()).status());
  if (const auto* comment = std::get_if<sql::object_comment>(&x.action)) {
    catalogs_.at(x.name.back().name).comment = comment->text;
    return absl::OkStatus();
  }
  auto options = catalogs_.at(x.name.back().name).options;
  change_options(options, x.action);
  const auto type = options.find(std::string(type_key));
  if (type == options.end() || type->second != memory_type)
    return user_error(x.name.back().where,
                      "the type of a catalog does not change");
  catalogs_.at(x.name.back().name).options = std::move(options);
  return absl::OkStatus();
}

absl::Status catalog_list::use(const sql::use_statement& x) {
  if (x.catalog) {
    if (x.name.size() > 1)
      return user_error(x.name[1].where, "the name of a catalog has one part");
    HERALD_ASSIGN(const auto* entry, find_catalog(x.name[0]));
    current_ = {x.name[0].name, entry->default_database};
    return absl::OkStatus();
  }
  HERALD_ASSIGN(current_, find_database(x.name));
  return absl::OkStatus();
}

absl::Status catalog_list::remove_catalog(const sql::identifier& name) {
  if (name.name == current_.catalog)
    return user_error(name.where, "the catalog in use cannot be dropped",
                      "USE CATALOG of another one before");
  catalogs_.erase(name.name);
  return absl::OkStatus();
}

absl::Status catalog_list::remove(const database_name& name,
                                  text_position where) {
  if (name == current_)
    return user_error(where, "the database in use cannot be dropped",
                      "USE another one before");
  auto& catalog = catalog_of(name);
  if (name.database == catalog.default_database)
    return user_error(where,
                      fmt::format("'{}' is the default database of its catalog "
                                  "and stays",
                                  name.database));
  catalog.databases.erase(name.database);
  return absl::OkStatus();
}

absl::StatusOr<const catalog_entry*>
catalog_list::find_catalog(const sql::identifier& name) const {
  const auto found = catalogs_.find(name.name);
  if (found != catalogs_.end())
    return &found->second;
  return user_error(name.where,
                    fmt::format("there is no catalog '{}'", name.name),
                    did_you_mean(name.name, keys_of(catalogs_)));
}

absl::StatusOr<database_name>
catalog_list::find_database(const sql::qualified_name& name,
                            std::string catalog) const {
  if (name.size() > 2)
    return user_error(name[2].where, "a database has a name of its own and "
                                     "one of its catalog");
  const auto& last = name.back();
  if (name.size() == 2)
    catalog = name[0].name;
  HERALD_ASSIGN(const auto* entry, find_catalog({catalog, name.front().where}));
  const auto& databases = entry->databases;
  if (!databases.contains(last.name))
    return user_error(last.where,
                      fmt::format("there is no database '{}'", last.name),
                      did_you_mean(last.name, keys_of(databases)));
  return database_name{std::move(catalog), last.name};
}

absl::StatusOr<object_name>
catalog_list::resolve(const sql::qualified_name& name,
                      const database_name& home) const {
  if (name.size() > 3)
    return user_error(name[3].where, "a name has at most a catalog, a database "
                                     "and the name itself");
  if (name.size() == 1)
    return object_name{home.catalog, home.database, name[0].name};
  HERALD_ASSIGN(auto database,
                find_database({name.begin(), name.end() - 1}, home.catalog));
  return object_name{std::move(database.catalog), std::move(database.database),
                     name.back().name};
}

} // namespace herald
