#pragma once

#include "engine/connectors/connector.hpp"

#include <optional>

// What a table of MariaDB or MySQL declares: where the server is, which table
// is meant, how a scan is divided. Pure, safe on any thread.

namespace herald {

/// A scan in parts of equal width by a number.
struct mariadb_partitions {
  std::string column;
  std::int64_t lower = 0;
  std::int64_t upper = 0; ///< inclusive
  int count = 1;
};

struct mariadb_options {
  std::string host;
  int port = 3306;
  std::string database; ///< may be empty when the table's name has it
  std::string table;    ///< quoted: `db`.`t`
  std::string user;
  std::string password;
  std::int64_t connect_timeout_ms = 5'000;
  std::optional<mariadb_partitions> partitions;
};

/// `name` between backquotes.
std::string quote_name(std::string_view name);

/// Checks options and columns. Errors: unknown or missing options, a URL that
/// is none, half a partition, metadata and nested columns.
absl::StatusOr<mariadb_options>
mariadb_options_of(const table_definition& table);

} // namespace herald
