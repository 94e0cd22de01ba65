#pragma once

#include <compare>
#include <string>
#include <string_view>

// Where an object of a session's catalog lives. A plain value.

namespace herald {

struct object_name {
  std::string database;
  std::string name;

  auto operator<=>(const object_name&) const = default;
};

constexpr std::string_view default_catalog = "default_catalog";
constexpr std::string_view default_database = "default_database";

} // namespace herald
