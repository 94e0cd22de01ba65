#include "engine/expr/registry.hpp"
#include "engine/plan/planner.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/show_create.hpp"
#include "engine/sql/parser.hpp"

#include <array>

#include <fmt/format.h>

namespace herald {

absl::StatusOr<std::vector<plan_column>>
columns_of_object(const sql::qualified_name& name, const sql_session& session) {
  HERALD_ASSIGN(const auto* object, session.find(name));
  if (const auto* table = std::get_if<bound_table_ptr>(&object->value))
    return make_scan(*table)->columns;
  query_binder binder(session);
  HERALD_ASSIGN(
      const auto plan,
      binder.bind_view(std::get<bound_view>(object->value), name.back().where));
  return plan->columns;
}

namespace {

bool is_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_';
  });
}

text_table one_column(std::string name, const std::vector<std::string>& rows) {
  text_table result{{std::move(name)}, {}};
  for (const auto& row : rows)
    result.rows.push_back({row});
  return result;
}

template <class Map>
std::vector<std::string> keys_of(const Map& x) {
  std::vector<std::string> result;
  for (const auto& [key, value] : x)
    result.push_back(key);
  return result;
}

/// Functions that only OVER has.
constexpr std::array<std::string_view, 8> over_functions
    = {"CUME_DIST", "DENSE_RANK", "LAG",          "LEAD",
       "NTILE",     "RANK",       "PERCENT_RANK", "ROW_NUMBER"};

/// Names of scalar, aggregate and OVER's functions, in order, and of the
/// user's. Operators have names, too, which are no words; internal functions
/// start with a $.
std::vector<std::string> all_functions(const sql_session& session,
                                       const database_name& database) {
  auto result = session.function_names(database);
  result.emplace_back("CURRENT_DATABASE"); // the session itself answers it
  result.insert(result.end(), over_functions.begin(), over_functions.end());
  for (const auto& names : {registry::instance().names(), aggregate_names()})
    for (const auto& name : names)
      if (is_word(name))
        result.push_back(name);
  std::sort(result.begin(), result.end());
  return result;
}

/// `text` like `pattern` with % and _, as SQL wants. O(text · pattern): a
/// mismatch only goes back to the last %.
bool is_like(std::string_view text, std::string_view pattern,
             bool ignores_case) {
  const auto folded = [ignores_case](char c) {
    return ignores_case ? std::tolower(static_cast<unsigned char>(c)) : c;
  };
  std::size_t at = 0;
  std::size_t next = 0;
  auto star = std::string_view::npos;
  std::size_t mark = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '%') {
      star = next++;
      mark = at;
    } else if (next < pattern.size()
               && (pattern[next] == '_'
                   || folded(pattern[next]) == folded(text[at]))) {
      ++next;
      ++at;
    } else if (star != std::string_view::npos) {
      next = star + 1;
      at = ++mark;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('%', next) == std::string_view::npos;
}

/// By column, the comments of a table's declaration.
std::map<std::string, std::string> comments_of(const catalog_object& object) {
  std::map<std::string, std::string> result;
  if (object.is_view())
    return result;
  const auto parsed = sql::parse_statement(object.declaration);
  const auto* table = parsed.ok() ? parsed->as<sql::create_table>() : nullptr;
  if (table)
    for (const auto& column : table->schema.columns)
      if (column.comment && !column.comment->empty())
        result[column.name.name] = *column.comment;
  return result;
}

absl::StatusOr<text_table> show_columns(const sql::qualified_name& name,
                                        const sql_session& session) {
  HERALD_ASSIGN(const auto columns, columns_of_object(name, session));
  HERALD_ASSIGN(const auto* object, session.find(name));
  const auto* table = std::get_if<bound_table_ptr>(&object->value);
  text_table result{{"name", "type", "null", "key", "extras", "watermark"}, {}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& column = columns[i];
    std::string key;
    std::string extras;
    std::string watermark;
    if (table) {
      const auto& bound = (*table)->columns[i];
      const auto& definition = *(*table)->definition;
      for (const auto& part : definition.primary_key)
        if (part == column.name)
          key = "PRI";
      if (bound.source < 0)
        extras = "AS " + to_string(*bound.computed);
      else if (const auto& source
               = definition.columns[static_cast<std::size_t>(bound.source)];
               source.metadata_key)
        extras = fmt::format("METADATA FROM '{}'{}", *source.metadata_key,
                             source.is_virtual ? " VIRTUAL" : "");
      if (static_cast<int>(i) == (*table)->rowtime)
        watermark = to_string(*(*table)->watermark);
    }
    auto type = column.type.to_short_string();
    if (column.time == time_role::rowtime)
      type += " *ROWTIME*";
    else if (column.time == time_role::proctime)
      type += " *PROCTIME*";
    result.rows.push_back({column.name, std::move(type),
                           column.type.nullable() ? "TRUE" : "FALSE",
                           std::move(key), std::move(extras),
                           std::move(watermark)});
  }
  const auto comments = comments_of(*object);
  if (comments.empty())
    return result;
  result.columns.emplace_back("comment");
  for (auto& row : result.rows) {
    const auto found = comments.find(row[0]);
    row.push_back(found == comments.end() ? "" : found->second);
  }
  return result;
}

/// By column of PARTITIONED BY, the text that PARTITION (…) gives it.
absl::StatusOr<std::map<std::string, std::string>>
partition_wanted(const sql::show_statement& x, const table_definition& table) {
  std::map<std::string, std::string> result;
  const auto& keys = table.partitioned_by;
  for (const auto& [name, value] : x.partition) {
    if (std::find(keys.begin(), keys.end(), name.name) == keys.end())
      return user_error(name.where,
                        fmt::format("table '{}' is not partitioned by '{}'",
                                    table.name, name.name),
                        did_you_mean(name.name, keys));
    const auto* text = value->as<sql::literal>();
    if (!text)
      return user_error(value->where, "a value that is written out is needed");
    result[name.name] = text->text;
  }
  return result;
}

absl::StatusOr<text_table> show_partitions(const sql::show_statement& x,
                                           const sql_session& session) {
  HERALD_ASSIGN(const auto* object, session.find(x.name));
  const auto* bound = std::get_if<bound_table_ptr>(&object->value);
  if (!bound || (*bound)->definition->partitioned_by.empty())
    return user_error(x.name.back().where,
                      fmt::format("'{}' is not PARTITIONED BY columns",
                                  sql::to_text(x.name)));
  const auto& table = *(*bound)->definition;
  HERALD_ASSIGN(const auto wanted, partition_wanted(x, table));
  const auto found = session.connectors().partitions(table);
  HERALD_TRY(about_table(found.status(), x.name, table));
  text_table result{{"partition name"}, {}};
  for (const auto& values : *found) {
    std::vector<std::string> parts;
    bool fits = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto& key = table.partitioned_by[i];
      const auto given = wanted.find(key);
      fits &= given == wanted.end() || given->second == values[i];
      parts.push_back(fmt::format("{}={}", key, values[i]));
    }
    if (fits)
      result.rows.push_back({fmt::format("{}", fmt::join(parts, "/"))});
  }
  return result;
}

/// Lists of names, of the database that FROM says or the one in use.
absl::StatusOr<text_table> show_names(const sql::show_statement& x,
                                      const sql_session& session) {
  const auto& catalogs = session.catalogs();
  auto database = catalogs.current();
  if (x.what == "DATABASES") {
    auto name = sql::identifier{database.catalog, {}};
    if (!x.name.empty())
      name = x.name.back();
    HERALD_ASSIGN(const auto* catalog, catalogs.find_catalog(name));
    return one_column("database name", keys_of(catalog->databases));
  }
  if (!x.name.empty()) {
    HERALD_ASSIGN(database, catalogs.find_database(x.name));
  }
  if (x.what == "TABLES")
    return one_column("table name", session.names(database, false));
  if (x.what == "VIEWS")
    return one_column("view name", session.names(database, true));
  if (x.what == "USER FUNCTIONS")
    return one_column("function name", session.function_names(database));
  return one_column("function name", all_functions(session, database));
}

} // namespace

absl::StatusOr<text_table> show(const sql::show_statement& x,
                                const sql_session& session,
                                text_position where) {
  text_table result;
  const auto& catalogs = session.catalogs();
  if (x.what == "CATALOGS") {
    result = one_column("catalog name", keys_of(catalogs.all()));
  } else if (x.what == "CURRENT DATABASE") {
    result = one_column("current database name", {catalogs.current().database});
  } else if (x.what == "CURRENT CATALOG") {
    result = one_column("current catalog name", {catalogs.current().catalog});
  } else if (x.what == "COLUMNS") {
    if (x.name.empty())
      return user_error(where, "SHOW COLUMNS of which table?",
                        "SHOW COLUMNS FROM t");
    HERALD_ASSIGN(result, show_columns(x.name, session));
  } else if (x.what == "MODULES") {
    result = one_column("module name", {"core"});
  } else if (x.what == "FULL MODULES") {
    result = {{"module name", "used"}, {{"core", "TRUE"}}};
  } else if (x.what == "JARS") {
    result = one_column("jars", {}); // functions come from shared libraries
  } else if (x.what == "PROCEDURES") {
    result = one_column("procedure name", {});
  } else if (x.what.starts_with("CREATE ")) {
    HERALD_ASSIGN(result, show_create(x, session));
  } else if (x.what == "PARTITIONS") {
    HERALD_ASSIGN(result, show_partitions(x, session));
  } else if (x.what == "JOBS") {
    return user_error(where, "SHOW JOBS is not supported", "herald task list");
  } else {
    HERALD_ASSIGN(result, show_names(x, session));
  }
  // Functions are called in any case, too.
  const bool any_case = x.like_ignores_case || x.what.ends_with("FUNCTIONS");
  if (x.like)
    std::erase_if(result.rows, [&](const auto& row) {
      return is_like(row[0], *x.like, any_case) == x.not_like;
    });
  return result;
}

absl::StatusOr<text_table> describe(const sql::describe_statement& x,
                                    const sql_session& session) {
  switch (x.kind) {
  case sql::object_kind::table:
  case sql::object_kind::view:
    return show_columns(x.name, session);
  case sql::object_kind::catalog:
    return describe_catalog(x, session);
  case sql::object_kind::database:
    return describe_database(x, session);
  case sql::object_kind::function:
    break;
  }
  return describe_function(x, session);
}

} // namespace herald
