#pragma once

#include "engine/plan/catalog_list.hpp"
#include "engine/plan/connector_catalog.hpp"
#include "engine/plan/function_catalog.hpp"
#include "engine/plan/logical_plan.hpp"
#include "engine/plan/options.hpp"
#include "engine/sql/ast_statement.hpp"

// What one script has declared so far: catalogs, tables, views, functions and
// options. A temporary object hides a permanent one of its name. Owned by
// whoever runs the script, used by one thread at a time; bounded by the script.

namespace herald {

/// A view is kept as it was written and expanded where it is used.
struct bound_view {
  std::shared_ptr<const sql::statement> statement; ///< owns `definition`
  const sql::create_view* definition = nullptr;
  database_name home; ///< where its query's plain names are looked for
};

struct catalog_object {
  std::variant<bound_table_ptr, bound_view> value;
  bool temporary = false;
  std::string declaration; ///< of a table: its CREATE TABLE, canonical

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

  catalog_list& catalogs() {
    return catalogs_;
  }

  const catalog_list& catalogs() const {
    return catalogs_;
  }

  // -- objects ---------------------------------------------------------------

  /// Completes a name that a user wrote. Errors: unknown catalog, database.
  absl::StatusOr<object_name> resolve(const sql::qualified_name& name) const {
    return catalogs_.resolve(name, catalogs_.current());
  }

  /// The table or view called so, or an error with the nearest name.
  absl::StatusOr<const catalog_object*>
  find(const sql::qualified_name& name) const {
    return find(name, catalogs_.current());
  }

  /// As `find`, of a statement whose plain names mean `home`.
  absl::StatusOr<const catalog_object*> find(const sql::qualified_name& name,
                                             const database_name& home) const;

  /// Adds or replaces. Errors: it is there already.
  absl::Status add(const sql::qualified_name& name, catalog_object object,
                   bool or_replace, bool if_not_exists);

  /// Removes a table, view, function, database or catalog.
  absl::Status drop(const sql::drop_statement& x);

  /// Takes the object away that `find` gives.
  absl::Status remove(const sql::qualified_name& name);

  /// Forgets where options of tables stand: errors point into one text, and
  /// the next statements are of another.
  void end_text();

  /// Names in a database, in order; views only, or both.
  std::vector<std::string> names(const database_name& database,
                                 bool views_only) const;

  // -- functions (session_functions.cpp) -------------------------------------

  /// Adds the function that CREATE FUNCTION declares. Errors: its body or
  /// library does not fit, it is there already.
  absl::Status
  create_function(const std::shared_ptr<const sql::statement>& statement);

  absl::Status drop_function(const sql::drop_statement& x);

  /// What `name` means in a call, or null: a built-in function, or none.
  user_function_ptr find_function(const sql::qualified_name& name) const;

  /// The error that there is none, with the nearest name.
  absl::Status unknown_function(const sql::qualified_name& name) const;

  /// Functions that a plain name finds in the database, in order.
  std::vector<std::string> table_functions(const database_name& in) const {
    return functions_.table_names(in);
  }

  std::vector<std::string> function_names(const database_name& in) const {
    return functions_.names(in);
  }

private:
  using object_map = std::map<object_name, catalog_object>;

  absl::Status drop_database(const sql::drop_statement& x);
  absl::Status drop_catalog(const sql::drop_statement& x);
  absl::Status drop_object(const sql::drop_statement& x);

  const connector_catalog& connectors_;
  session_options options_;
  catalog_list catalogs_;
  object_map objects_;   ///< permanent ones
  object_map temporary_; ///< looked at first
  function_catalog functions_;
};

} // namespace herald
