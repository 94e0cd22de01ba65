#pragma once

#include <compare>
#include <string>
#include <string_view>

// Where an object of a session's catalog lives. A plain value.

namespace herald {

/// A database of a catalog.
struct database_name {
  std::string catalog;
  std::string database;

  auto operator<=>(const database_name&) const = default;
};

struct object_name {
  std::string catalog;
  std::string database;
  std::string name;

  auto operator<=>(const object_name&) const = default;

  bool is_in(const database_name& x) const {
    return catalog == x.catalog && database == x.database;
  }
};

constexpr std::string_view default_catalog = "default_catalog";
constexpr std::string_view default_database = "default_database";

} // namespace herald
