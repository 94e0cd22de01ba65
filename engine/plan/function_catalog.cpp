#include "engine/plan/function_catalog.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace herald {

std::string_view to_string(function_type x) {
  constexpr std::string_view names[] = {"scalar", "aggregate", "table"};
  return names[static_cast<int>(x)];
}

function_catalog::key_type function_catalog::key_of(function_life life,
                                                    const object_name& name) {
  auto key = name;
  for (auto& c : key.name)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (life == function_life::system)
    key = {"", "", std::move(key.name)};
  return {life, std::move(key)};
}

absl::Status function_catalog::add(function_life life, const object_name& name,
                                   user_function_ptr function, bool or_replace,
                                   bool if_not_exists, text_position where) {
  auto& place = functions_[key_of(life, name)];
  if (place && if_not_exists)
    return absl::OkStatus();
  if (place && !or_replace)
    return user_error(
        where, fmt::format("function '{}' is there already", place->name),
        "CREATE OR REPLACE, or DROP it first");
  place = std::move(function);
  return absl::OkStatus();
}

bool function_catalog::remove(function_life life, const object_name& name) {
  return functions_.erase(key_of(life, name)) > 0;
}

user_function_ptr function_catalog::find(function_life life,
                                         const object_name& name) const {
  const auto found = functions_.find(key_of(life, name));
  return found == functions_.end() ? nullptr : found->second;
}

template <class Wanted>
std::vector<std::string>
function_catalog::names_of(const database_name& database, Wanted wanted) const {
  std::vector<std::string> result;
  for (const auto& [key, function] : functions_)
    if ((key.first == function_life::system || key.second.is_in(database))
        && wanted(*function))
      result.push_back(function->name);
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<std::string>
function_catalog::names(const database_name& database) const {
  return names_of(database, [](const auto&) { return true; });
}

std::vector<std::string>
function_catalog::table_names(const database_name& database) const {
  return names_of(
      database, [](const auto& x) { return x.type() == function_type::table; });
}

void function_catalog::remove_database(const database_name& database) {
  std::erase_if(functions_, [&](const auto& entry) {
    return entry.first.first != function_life::system
           && entry.first.second.is_in(database);
  });
}

} // namespace herald
