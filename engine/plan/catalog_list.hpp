#pragma once

#include "engine/plan/object_name.hpp"
#include "engine/plan/table.hpp"
#include "engine/sql/ast_statement.hpp"

#include <map>

// The catalogs and databases of a session, all of them in memory, as Flink's
// of type generic_in_memory, and the one in use. Objects are the session's
// business. There always are a catalog and a database in use. One thread at a
// time; bounded by the script.

namespace herald {

struct catalog_database {
  std::optional<std::string> comment;
  option_map options;
};

struct catalog_entry {
  std::optional<std::string> comment;
  option_map options; ///< with 'type'
  std::string default_database;
  std::map<std::string, catalog_database> databases; ///< 1 or more
};

class catalog_list {
public:
  catalog_list();

  // -- commands; errors point at the name ------------------------------------

  absl::Status create(const sql::create_catalog& x);
  absl::Status create(const sql::create_database& x);

  /// ALTER CATALOG, ALTER DATABASE.
  absl::Status change(const sql::alter_object& x);
  absl::Status use(const sql::use_statement& x);

  /// Forgets a catalog, or a database, that is there and not in use.
  absl::Status remove_catalog(const sql::identifier& name);
  absl::Status remove(const database_name& name, text_position where);

  // -- queries ---------------------------------------------------------------

  const database_name& current() const {
    return current_;
  }

  const std::map<std::string, catalog_entry>& all() const {
    return catalogs_;
  }

  /// Errors: there is none, with the nearest name.
  absl::StatusOr<const catalog_entry*>
  find_catalog(const sql::identifier& name) const;

  /// Completes `db` or `catalog.db`. Errors: there is none.
  absl::StatusOr<database_name>
  find_database(const sql::qualified_name& name) const {
    return find_database(name, current_.catalog);
  }

  /// Completes the name of an object that stands in a statement whose plain
  /// names mean `home`. Errors: there is no such catalog or database.
  absl::StatusOr<object_name> resolve(const sql::qualified_name& name,
                                      const database_name& home) const;

private:
  absl::StatusOr<database_name> find_database(const sql::qualified_name& name,
                                              std::string catalog) const;

  catalog_entry& catalog_of(const database_name& x) {
    return catalogs_.at(x.catalog);
  }

  std::map<std::string, catalog_entry> catalogs_; ///< 1 or more
  database_name current_;
};

/// "did you mean 'x'?", or nothing if no name is near.
std::string did_you_mean(const std::string& name,
                         const std::vector<std::string>& names);

} // namespace herald
