#pragma once

#include "engine/plan/connector_catalog.hpp"
#include "engine/plan/logical_plan.hpp"
#include "engine/plan/options.hpp"
#include "engine/sql/ast_statement.hpp"

#include <set>

// What one script has declared so far: tables, views, databases and options.
// Owned by whoever runs the script, used by one thread at a time; bounded by
// the script.

namespace herald {

/// A view is kept as it was written and expanded where it is used.
struct bound_view {
  std::shared_ptr<const sql::statement> statement; ///< owns `definition`
  const sql::create_view* definition = nullptr;
};

/// Where an object lives.
struct object_name {
  std::string database;
  std::string name;

  auto operator<=>(const object_name&) const = default;
};

struct catalog_object {
  std::variant<bound_table_ptr, bound_view> value;
  bool temporary = false;

  bool is_view() const {
    return value.index() == 1;
  }
};

constexpr std::string_view default_catalog = "default_catalog";
constexpr std::string_view default_database = "default_database";

class sql_session {
public:
  /// `connectors` must live longer.
  explicit sql_session(const connector_catalog& connectors);

  const connector_catalog& connectors() const {
    return connectors_;
  }

  session_options& options() {
    return options_;
  }

  const session_options& options() const {
    return options_;
  }

  // -- databases -------------------------------------------------------------

  absl::Status create_database(const sql::create_database& x);
  absl::Status use(const sql::use_statement& x);

  const std::string& database() const {
    return database_;
  }

  const std::set<std::string>& databases() const {
    return databases_;
  }

  // -- objects ---------------------------------------------------------------

  /// Completes a name that a user wrote. Errors: unknown catalog, database.
  absl::StatusOr<object_name> resolve(const sql::qualified_name& name) const;

  /// The table or view called so, or an error with the nearest name.
  absl::StatusOr<const catalog_object*>
  find(const sql::qualified_name& name) const;

  /// Adds or replaces. Errors: it is there already.
  absl::Status add(const sql::qualified_name& name, catalog_object object,
                   bool or_replace, bool if_not_exists);

  /// Removes tables, views and databases.
  absl::Status drop(const sql::drop_statement& x);

  absl::Status rename(const sql::qualified_name& from,
                      const sql::qualified_name& to);

  /// Names in the current database, in order; views only, or both.
  std::vector<std::string> names(bool views_only) const;

private:
  const connector_catalog& connectors_;
  session_options options_;
  std::string database_;
  std::set<std::string> databases_;
  std::map<object_name, catalog_object> objects_;
};

} // namespace herald
