#pragma once

#include "engine/connectors/connector.hpp"

// What a table of Redis declares: a row is what lies under one key of the
// server, which holds the primary key. Pure, safe on any thread.

namespace herald {

/// How a row lies under its key: a hash with a field each column, a string
/// that is the only other column, or a string that is a JSON document.
enum class redis_layout : std::uint8_t { hash, string, json };

struct redis_options {
  std::string host;
  int port = 6379;
  std::string user;
  std::string password;
  int database = 0;
  std::string prefix; ///< of keys: "user:"
  redis_layout layout = redis_layout::hash;
  std::int64_t connect_timeout_ms = 5'000;
};

/// Checks options and columns. Errors: unknown or missing options, no primary
/// key of one column, columns that the layout cannot have.
absl::StatusOr<redis_options> redis_options_of(const table_definition& table);

} // namespace herald
