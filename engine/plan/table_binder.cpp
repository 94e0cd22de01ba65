#include "engine/plan/table_binder.hpp"

#include "engine/plan/bind_expression.hpp"
#include "engine/plan/bind_type.hpp"
#include "engine/plan/table_change.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// Of a status: the key of the option that it is about.
constexpr const char* option_url = "herald/option";

absl::Status with_option(absl::Status status, const std::string& key) {
  status.SetPayload(option_url, absl::Cord(key));
  return status;
}

} // namespace

std::optional<std::string>
table_definition::option(const std::string& key) const {
  const auto found = options.find(key);
  return found == options.end() ? std::nullopt : std::optional(found->second);
}

absl::Status option_error(const std::string& key, std::string_view message,
                          std::string_view hint) {
  return with_option(user_error(message, hint), key);
}

std::optional<std::string> option_of(const absl::Status& status) {
  const auto key = status.GetPayload(option_url);
  return key ? std::optional(std::string(*key)) : std::nullopt;
}

std::optional<text_position>
table_definition::place_of(const std::string& key) const {
  for (const auto* prefix : {"", "value.", "key."}) {
    const auto found = option_places.find(prefix + key);
    if (found != option_places.end())
      return found->second;
  }
  return std::nullopt;
}

absl::Status table_definition::placed(const absl::Status& status) const {
  const auto key = option_of(status);
  const auto place = key ? place_of(*key) : std::nullopt;
  return place ? with_option(at_place(status, *place), *key) : status;
}

namespace {

/// Puts a table together from its declaration, part by part.
class table_builder {
public:
  table_builder(const sql::create_table& x, const sql_session& session,
                text_position where)
      : statement_(x), session_(session) {
    definition_.name = x.name.back().name;
    definition_.where = where;
  }

  absl::StatusOr<bound_table_ptr> build() {
    HERALD_TRY(check_clauses());
    HERALD_TRY(take_options());
    HERALD_TRY(add_external_columns());
    HERALD_TRY(add_all_columns());
    HERALD_TRY(add_watermark());
    HERALD_TRY(add_primary_key());
    HERALD_TRY(add_partitions());
    table_.definition
        = std::make_shared<const table_definition>(std::move(definition_));
    return std::make_shared<const bound_table>(std::move(table_));
  }

private:
  absl::Status check_clauses() const;
  absl::Status take_options();
  absl::Status check_connector() const;
  absl::Status add_external_columns();
  absl::StatusOr<table_column> metadata_column(const sql::column_definition& x,
                                               data_type declared) const;
  absl::Status add_all_columns();
  absl::Status add_computed(const sql::column_definition& x);
  absl::Status add_watermark();
  absl::Status add_primary_key();
  absl::Status add_partitions();
  absl::Status check_new(const sql::identifier& name) const;

  const sql::create_table& statement_;
  const sql_session& session_;
  table_definition definition_;
  bound_table table_;
  std::vector<data_type> declared_; ///< of the definition's columns
};

absl::Status table_builder::check_clauses() const {
  const auto& x = statement_;
  const auto where = x.name.back().where;
  if (x.distribution)
    return user_error(x.distribution->where,
                      "no connector here divides a table into buckets",
                      "leave DISTRIBUTED … out; PARTITIONED BY divides files "
                      "by the values of columns");
  if (!x.column_order.empty())
    return user_error(
        x.column_order[0].where,
        fmt::format("column '{}' has no type", x.column_order[0].name),
        fmt::format("{} STRING, or CREATE TABLE … AS SELECT",
                    x.column_order[0].name));
  if (x.schema.columns.empty())
    return user_error(
        where, fmt::format("table '{}' has no columns", x.name.back().name));
  if (x.schema.columns.size() > table_columns_max)
    return user_error(where, fmt::format("a table has at most {} columns",
                                         table_columns_max));
  return absl::OkStatus();
}

absl::Status table_builder::take_options() {
  for (const auto& option : statement_.options) {
    if (!definition_.options.emplace(option.key, option.value).second)
      return user_error(option.where,
                        fmt::format("option '{}' appears twice", option.key));
    if (option.where.line != 0)
      definition_.option_places.emplace(option.key, option.where);
  }
  if (definition_.option("connector"))
    return check_connector();
  const auto text
      = fmt::format("table '{}' names no connector", definition_.name);
  std::vector<std::string> given;
  for (const auto& [key, value] : definition_.options)
    given.push_back(key);
  const auto near = nearest_name("connector", given);
  const auto place = definition_.place_of(near);
  return user_error(place.value_or(statement_.name.back().where), text,
                    near.empty() ? "WITH ('connector' = '…')"
                                 : fmt::format("is '{}' meant to be "
                                               "'connector'?",
                                               near));
}

/// A table may be declared for others to be LIKE it, or in a script that also
/// runs elsewhere: that its connector is none of ours shows when it is used.
/// But a slip in the name is said at once.
absl::Status table_builder::check_connector() const {
  const auto found = session_.connectors().check_source(definition_);
  if (option_of(found) != "connector"
      || !hint_of(found).starts_with("did you mean"))
    return absl::OkStatus();
  return definition_.placed(found);
}

absl::StatusOr<table_column>
table_builder::metadata_column(const sql::column_definition& x,
                               data_type declared) const {
  const auto key = x.metadata->key.value_or(x.name.name);
  std::vector<std::string> keys;
  for (const auto& offered : session_.connectors().metadata_of(definition_)) {
    keys.push_back(offered.name);
    if (offered.name != key)
      continue;
    // The connector's type; the scan casts to the declared one.
    const std::vector<data_type> both = {declared, offered.type};
    if (!declared.same_kind(offered.type) && !common_type(both))
      return user_error(x.where,
                        fmt::format("metadata '{}' is of type {}, which does "
                                    "not become {}",
                                    key, offered.type.to_short_string(),
                                    declared.to_short_string()));
    return table_column{x.name.name, offered.type, key, x.metadata->is_virtual};
  }
  return user_error(
      x.where,
      fmt::format("connector '{}' has no metadata '{}'",
                  definition_.option("connector").value_or(""), key),
      keys.empty() ? "it has none at all" : did_you_mean(key, keys));
}

absl::Status table_builder::check_new(const sql::identifier& name) const {
  for (const auto& column : table_.columns)
    if (column.name == name.name)
      return user_error(name.where,
                        fmt::format("column '{}' appears twice", name.name));
  return absl::OkStatus();
}

absl::Status table_builder::add_external_columns() {
  for (const auto& x : statement_.schema.columns) {
    if (x.computed)
      continue;
    HERALD_ASSIGN(auto type, bind_type(*x.type));
    if (x.metadata) {
      HERALD_ASSIGN(auto column, metadata_column(x, type));
      definition_.columns.push_back(std::move(column));
    } else {
      definition_.columns.push_back({x.name.name, type, std::nullopt, false});
    }
    declared_.push_back(std::move(type));
  }
  if (definition_.columns.empty())
    return user_error(statement_.name.back().where,
                      "a table needs a column that is not computed");
  return absl::OkStatus();
}

absl::Status table_builder::add_all_columns() {
  int next = 0;
  for (const auto& x : statement_.schema.columns) {
    HERALD_TRY(check_new(x.name));
    if (x.computed) {
      HERALD_TRY(add_computed(x));
      continue;
    }
    const auto index = static_cast<std::size_t>(next);
    bound_table::column column{x.name.name, declared_[index], next, nullptr};
    const auto& external = definition_.columns[index].type;
    if (!external.same_kind(declared_[index])) {
      HERALD_ASSIGN(column.computed,
                    make_cast(make_column(next, external, x.name.name),
                              declared_[index], false, x.where));
    }
    table_.columns.push_back(std::move(column));
    ++next;
  }
  return absl::OkStatus();
}

absl::Status table_builder::add_computed(const sql::column_definition& x) {
  // A computed column sees all that come from outside, wherever they stand.
  std::vector<plan_column> columns;
  for (std::size_t i = 0; i < declared_.size(); ++i)
    columns.push_back({.name = definition_.columns[i].name,
                       .type = definition_.columns[i].type});
  scope names;
  HERALD_TRY(names.add("", columns, x.where));
  expression_binder binder(&session_, names, "a computed column");
  HERALD_ASSIGN(auto value, binder.bind(*x.computed));
  const auto type = value->type;
  table_.columns.push_back({x.name.name, type, -1, std::move(value)});
  return absl::OkStatus();
}

absl::Status table_builder::add_watermark() {
  const auto& watermarks = statement_.schema.watermarks;
  if (watermarks.empty())
    return absl::OkStatus();
  if (watermarks.size() > 1)
    return user_error(watermarks[1].where, "a table has one watermark at most");
  const auto& x = watermarks[0];
  if (x.column.size() > 1)
    return user_error(x.where,
                      "a watermark on a field of a ROW is not supported",
                      "declare a computed column for the field");
  std::vector<plan_column> columns;
  for (const auto& column : table_.columns)
    columns.push_back({.name = column.name, .type = column.type});
  scope names;
  HERALD_TRY(names.add("", columns, x.where));
  HERALD_ASSIGN(const auto found, names.resolve(x.column));
  auto& type = table_.columns[static_cast<std::size_t>(found.column)].type;
  if (!type.is_timestamp() || type.precision() > 3)
    return user_error(
        x.column[0].where,
        fmt::format("the watermark's column '{}' must be TIMESTAMP(3) or "
                    "TIMESTAMP_LTZ(3), not {}",
                    x.column[0].name, type.to_short_string()),
        fmt::format("declare a computed column: ts AS CAST(`{}` AS "
                    "TIMESTAMP(3))",
                    x.column[0].name));
  expression_binder binder(&session_, names, "WATERMARK");
  HERALD_ASSIGN(auto value, binder.bind(*x.value));
  if (!value->type.is_timestamp())
    return user_error(
        x.value->where,
        fmt::format("a watermark is a TIMESTAMP, not {}",
                    value->type.to_short_string()),
        fmt::format("`{}` - INTERVAL '5' SECOND", x.column[0].name));
  table_.rowtime = found.column;
  table_.watermark = fold_constants(value);
  return absl::OkStatus();
}

absl::Status table_builder::add_primary_key() {
  const auto take = [&](const sql::identifier& name) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < definition_.columns.size(); ++i) {
      auto& column = definition_.columns[i];
      if (column.metadata_key)
        continue;
      names.push_back(column.name);
      if (column.name != name.name)
        continue;
      // Flink makes a key's columns NOT NULL.
      column.type = column.type.with_nullable(false);
      for (auto& bound : table_.columns)
        if (bound.source == static_cast<int>(i))
          bound.type = bound.type.with_nullable(false);
      definition_.primary_key.push_back(name.name);
      return absl::OkStatus();
    }
    return user_error(name.where,
                      fmt::format("the primary key's '{}' is no physical "
                                  "column of the table",
                                  name.name),
                      did_you_mean(name.name, names));
  };
  for (const auto& key : statement_.schema.keys) {
    if (key.unique)
      return user_error(key.where, "UNIQUE is not supported");
    if (key.enforced.value_or(true))
      return user_error(key.where,
                        "Herald does not hold the data and cannot "
                        "enforce a key",
                        "PRIMARY KEY (…) NOT ENFORCED");
    if (!definition_.primary_key.empty())
      return user_error(key.where, "a table has one primary key at most");
    for (const auto& name : key.columns)
      HERALD_TRY(take(name));
  }
  return absl::OkStatus();
}

absl::Status table_builder::add_partitions() {
  std::vector<std::string> names;
  for (const auto& column : definition_.columns)
    if (!column.metadata_key)
      names.push_back(column.name);
  auto& keys = definition_.partitioned_by;
  for (const auto& name : statement_.partitioned_by) {
    if (std::find(names.begin(), names.end(), name.name) == names.end())
      return user_error(
          name.where,
          fmt::format("PARTITIONED BY '{}': it is no physical column of the "
                      "table",
                      name.name),
          did_you_mean(name.name, names));
    if (std::find(keys.begin(), keys.end(), name.name) != keys.end())
      return user_error(
          name.where,
          fmt::format("PARTITIONED BY names '{}' twice", name.name));
    keys.push_back(name.name);
  }
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<bound_table_ptr> bind_table(const sql::create_table& x,
                                           const sql_session& session,
                                           text_position where) {
  return table_builder(x, session, where).build();
}

} // namespace herald
