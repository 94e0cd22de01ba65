#pragma once

#include "engine/plan/connector_catalog.hpp"
#include "engine/plan/function_catalog.hpp"
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

struct catalog_object {
  std::variant<bound_table_ptr, bound_view> value;
  bool temporary = false;

  bool is_view() const {
    return value.index() == 1;
  }
};

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

  // -- functions (session_functions.cpp) -------------------------------------

  /// Adds the function that CREATE FUNCTION declares. Errors: its body or
  /// library does not fit, it is there already.
  absl::Status
  create_function(const std::shared_ptr<const sql::statement>& statement);

  absl::Status drop_function(const sql::drop_statement& x);

  /// What `name` means in a call, or null: a built-in function, or none.
  user_function_ptr find_function(const sql::qualified_name& name) const;

  /// Functions that a plain name finds, in order.
  std::vector<std::string> function_names() const {
    return functions_.names(database_);
  }

private:
  const connector_catalog& connectors_;
  session_options options_;
  std::string database_;
  std::set<std::string> databases_;
  std::map<object_name, catalog_object> objects_;
  function_catalog functions_;
};

} // namespace herald
