#include "engine/plan/table_change.hpp"

#include "engine/common/check.hpp"
#include "engine/plan/catalog_list.hpp"
#include "engine/sql/parser.hpp"
#include "engine/sql/printer.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using column_list = std::vector<sql::column_definition>;

/// The column called `name`, or an error with the nearest name.
absl::StatusOr<column_list::iterator> find_column(sql::create_table& table,
                                                  const sql::identifier& name) {
  auto& columns = table.schema.columns;
  const auto found
      = std::find_if(columns.begin(), columns.end(),
                     [&](const auto& x) { return x.name.name == name.name; });
  if (found != columns.end())
    return found;
  std::vector<std::string> names;
  for (const auto& x : columns)
    names.push_back(x.name.name);
  return user_error(name.where,
                    fmt::format("the table has no column '{}'", name.name),
                    did_you_mean(name.name, names));
}

/// Puts a column where its clause says.
absl::Status place_column(sql::create_table& table,
                          sql::column_definition column,
                          const sql::column_place& place) {
  auto& columns = table.schema.columns;
  auto at = columns.end();
  if (place.first) {
    at = columns.begin();
  } else if (place.after) {
    HERALD_ASSIGN(at, find_column(table, *place.after));
    ++at;
  }
  columns.insert(at, std::move(column));
  return absl::OkStatus();
}

bool has_column(const sql::create_table& table, const std::string& name) {
  return std::any_of(table.schema.columns.begin(), table.schema.columns.end(),
                     [&](const auto& x) { return x.name.name == name; });
}

/// ADD and MODIFY. `x` is what was written, `copy` its parts to be moved.
class schema_change {
public:
  schema_change(sql::create_table& table, const sql::add_or_modify_schema& x,
                sql::add_or_modify_schema copy)
      : table_(table), written_(x), copy_(std::move(copy)) {}

  absl::Status run() {
    for (std::size_t i = 0; i < copy_.schema.columns.size(); ++i) {
      HERALD_TRY(written_.modify ? modify_column(i) : add_column(i));
    }
    HERALD_TRY(take("a watermark", copy_.schema.watermarks,
                    table_.schema.watermarks,
                    written_.schema.watermarks.empty()
                        ? text_position{}
                        : written_.schema.watermarks[0].where));
    return take("a primary key", copy_.schema.keys, table_.schema.keys,
                written_.schema.keys.empty() ? text_position{}
                                             : written_.schema.keys[0].where);
  }

private:
  absl::Status add_column(std::size_t i) {
    const auto& name = written_.schema.columns[i].name;
    if (has_column(table_, name.name))
      return user_error(name.where,
                        fmt::format("column '{}' is there already", name.name),
                        "MODIFY");
    return place_column(table_, std::move(copy_.schema.columns[i]),
                        written_.places[i]);
  }

  absl::Status modify_column(std::size_t i) {
    const auto& name = written_.schema.columns[i].name;
    const auto& place = written_.places[i];
    HERALD_ASSIGN(auto found, find_column(table_, name));
    auto& column = copy_.schema.columns[i];
    if (!column.comment)
      column.comment = found->comment;
    if (!place.first && !place.after) {
      *found = std::move(column);
      return absl::OkStatus();
    }
    table_.schema.columns.erase(found);
    return place_column(table_, std::move(column), place);
  }

  template <class List>
  absl::Status take(std::string_view what, List& from, List& to,
                    text_position where) {
    if (from.empty())
      return absl::OkStatus();
    if (!written_.modify && !to.empty())
      return user_error(where, fmt::format("the table has {} already", what),
                        "MODIFY");
    if (written_.modify && to.empty())
      return user_error(where, fmt::format("the table has not {}", what),
                        "ADD");
    to = std::move(from);
    return absl::OkStatus();
  }

  sql::create_table& table_;
  const sql::add_or_modify_schema& written_;
  sql::add_or_modify_schema copy_;
};

absl::Status alter(sql::create_table& table, const sql::drop_columns& x) {
  for (const auto& name : x.columns) {
    HERALD_ASSIGN(const auto found, find_column(table, name));
    for (const auto& key : table.schema.keys)
      for (const auto& part : key.columns)
        if (part.name == name.name)
          return user_error(
              name.where,
              fmt::format("column '{}' is in the primary key", name.name),
              "ALTER TABLE … DROP PRIMARY KEY first");
    for (const auto& part : table.partitioned_by)
      if (part.name == name.name)
        return user_error(
            name.where,
            fmt::format("the table is partitioned by '{}'", name.name));
    table.schema.columns.erase(found);
  }
  return absl::OkStatus();
}

absl::Status alter(sql::create_table& table, const sql::drop_table_part& x,
                   text_position where) {
  using kind = sql::drop_table_part::kind_type;
  auto& schema = table.schema;
  std::vector<std::string> constraints;
  for (const auto& key : schema.keys)
    if (key.name)
      constraints.push_back(key.name->name);
  if (x.kind == kind::watermark && !schema.watermarks.empty()) {
    schema.watermarks.clear();
    return absl::OkStatus();
  }
  const auto dropped
      = x.kind == kind::primary_key || x.kind == kind::constraint
            ? std::erase_if(schema.keys,
                            [&](const auto& key) {
                              return x.kind == kind::primary_key
                                     || (key.name
                                         && key.name->name == x.name->name);
                            })
            : 0;
  if (dropped > 0)
    return absl::OkStatus();
  if (x.kind == kind::constraint)
    return user_error(
        x.name->where,
        fmt::format("the table has no constraint '{}'", x.name->name),
        did_you_mean(x.name->name, constraints));
  return user_error(
      where, x.kind == kind::watermark     ? "the table has no watermark"
             : x.kind == kind::primary_key ? "the table has no primary key"
                                           : "the table has no distribution");
}

absl::Status alter(sql::create_table& table, const sql::rename_column& x) {
  HERALD_ASSIGN(const auto found, find_column(table, x.from));
  if (has_column(table, x.to.name))
    return user_error(x.to.where,
                      fmt::format("column '{}' is there already", x.to.name));
  found->name.name = x.to.name;
  const auto rename = [&](sql::identifier& name) {
    if (name.name == x.from.name)
      name.name = x.to.name;
  };
  for (auto& key : table.schema.keys)
    for (auto& part : key.columns)
      rename(part);
  for (auto& part : table.partitioned_by)
    rename(part);
  return absl::OkStatus();
}

void alter(sql::create_table& table, const sql::set_options& x) {
  for (const auto& option : x.options) {
    const auto found = std::find_if(
        table.options.begin(), table.options.end(),
        [&](const auto& other) { return other.key == option.key; });
    if (found == table.options.end())
      table.options.push_back(option);
    else
      found->value = option.value;
  }
}

absl::Status alter(sql::create_table& table, const sql::reset_options& x,
                   text_position where) {
  for (const auto& key : x.keys) {
    if (key == "connector")
      return user_error(where, "a table needs its 'connector'",
                        "SET gives it another one");
    std::erase_if(table.options,
                  [&](const auto& option) { return option.key == key; });
  }
  return absl::OkStatus();
}

/// What the change names, in the order of its text: columns and options.
std::vector<sql::identifier> parts_of(const sql::alter_table& x) {
  std::vector<sql::identifier> result;
  if (const auto* set = std::get_if<sql::set_options>(&x.action))
    for (const auto& option : set->options)
      result.push_back({option.key, option.where});
  if (const auto* columns = std::get_if<sql::drop_columns>(&x.action))
    result = columns->columns;
  if (const auto* rename = std::get_if<sql::rename_column>(&x.action))
    result = {rename->from, rename->to};
  const auto* added = std::get_if<sql::add_or_modify_schema>(&x.action);
  if (!added)
    return result;
  for (const auto& column : added->schema.columns)
    result.push_back(column.name);
  for (const auto& watermark : added->schema.watermarks)
    result.push_back(watermark.column[0]);
  for (const auto& key : added->schema.keys)
    result.insert(result.end(), key.columns.begin(), key.columns.end());
  return result;
}

/// The change again, with parts that may be moved away.
sql::add_or_modify_schema copy_of(const sql::statement& x) {
  auto parsed = sql::parse_statement(sql::to_sql(x));
  HERALD_CHECK(parsed.ok(), sql::to_sql(x));
  auto& alter = std::get<sql::alter_table>(parsed->node);
  return std::get<sql::add_or_modify_schema>(std::move(alter.action));
}

} // namespace

absl::Status change_table(sql::create_table& table,
                          const sql::statement& statement) {
  const auto& x = *statement.as<sql::alter_table>();
  const auto where = x.name.back().where;
  if (const auto* schema = std::get_if<sql::add_or_modify_schema>(&x.action))
    return schema_change(table, *schema, copy_of(statement)).run();
  if (const auto* columns = std::get_if<sql::drop_columns>(&x.action))
    return alter(table, *columns);
  if (const auto* part = std::get_if<sql::drop_table_part>(&x.action))
    return alter(table, *part, where);
  if (const auto* rename = std::get_if<sql::rename_column>(&x.action))
    return alter(table, *rename);
  if (const auto* reset = std::get_if<sql::reset_options>(&x.action))
    return alter(table, *reset, where);
  if (const auto* set = std::get_if<sql::set_options>(&x.action))
    alter(table, *set);
  return absl::OkStatus();
}

text_position place_in(const sql::alter_table& x, const absl::Status& status,
                       const std::optional<std::string>& option) {
  const auto parts = parts_of(x);
  for (const auto& part : parts)
    if (option && (part.name == *option || part.name.ends_with("." + *option)))
      return part.where;
  for (const auto& part : parts)
    if (message_of(status).find(fmt::format("'{}'", part.name))
        != std::string_view::npos)
      return part.where;
  return parts.empty() ? x.name.back().where : parts[0].where;
}

} // namespace herald
