#pragma once

#include "engine/connectors/mariadb/options.hpp"

#include <mutex>
#include <span>
#include <string_view>

#include <mysql.h>

// One connection to a server, made when it is needed and again after it broke.
// Used by one thread, which waits; only `interrupt` may come from another. A
// result is streamed: memory is bounded by a row.

namespace herald {

/// A value as the server writes it.
struct mariadb_value {
  std::optional<std::string_view> text; ///< nullopt: NULL
  bool is_bit = false;                  ///< of a column BIT: big-endian bytes
};

class mariadb_client {
public:
  using row = std::span<const mariadb_value>;
  using row_visitor = std::function<absl::Status(row)>;

  explicit mariadb_client(mariadb_options options)
      : options_(std::move(options)) {}

  mariadb_client(const mariadb_client&) = delete;
  mariadb_client& operator=(const mariadb_client&) = delete;

  ~mariadb_client() {
    close();
  }

  /// Runs a query; `visit` gets each row, and may end it with an error.
  /// Errors: Unavailable when the server is out of reach or busy, else what
  /// the server says.
  absl::Status query(const std::string& text, const row_visitor& visit);

  /// Ends a query that waits, and all later ones.
  void interrupt();

private:
  absl::Status connect();
  absl::Status fetch(MYSQL_RES& result, const row_visitor& visit);
  absl::Status problem();
  void close();

  mariadb_options options_;
  MYSQL* connection_ = nullptr;
  std::mutex mutex_; ///< for what follows
  bool interrupted_ = false;
  int socket_ = -1;
};

} // namespace herald
