#include "engine/connectors/table_columns.hpp"

#include "engine/formats/options.hpp"
#include "engine/plan/table_options.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

int index_of(const std::vector<field>& fields, const std::string& name) {
  auto at = std::find_if(fields.begin(), fields.end(),
                         [&](const field& x) { return x.name == name; });
  return at == fields.end() ? -1 : static_cast<int>(at - fields.begin());
}

} // namespace

std::vector<field> physical_fields(const table_definition& table) {
  std::vector<field> result;
  for (const auto& column : table.columns)
    if (!column.metadata_key)
      result.push_back({column.name, column.type});
  return result;
}

absl::Status check_metadata(const table_definition& table,
                            const std::vector<field>& offered) {
  for (const auto& column : table.columns) {
    if (!column.metadata_key)
      continue;
    auto at = index_of(offered, *column.metadata_key);
    if (at < 0) {
      std::vector<std::string> names;
      for (const auto& x : offered)
        names.push_back(x.name);
      return user_error(
          fmt::format("column {}: the connector has no metadata '{}'",
                      column.name, *column.metadata_key),
          names.empty() ? "it has none"
                        : fmt::format("it has {}", fmt::join(names, ", ")));
    }
    const auto& type = offered[static_cast<std::size_t>(at)].type;
    if (!type.same_kind(column.type))
      return user_error(
          fmt::format("column {}: metadata '{}' is a {}, not a {}", column.name,
                      *column.metadata_key, type.to_short_string(),
                      column.type.to_short_string()));
  }
  return absl::OkStatus();
}

std::vector<int> metadata_of_paths(const scan_spec& scan,
                                   const std::vector<field>& offered) {
  std::vector<int> result;
  for (const auto& path : scan.paths) {
    int found = -1;
    for (const auto& column : scan.table->columns)
      if (column.name == path.front() && column.metadata_key)
        found = index_of(offered, *column.metadata_key);
    result.push_back(found);
  }
  return result;
}

absl::Status check_table_options(const table_definition& table,
                                 std::vector<std::string> known,
                                 const std::vector<std::string>& prefixes) {
  const auto& shared = shared_table_options();
  known.insert(known.end(), shared.begin(), shared.end());
  HERALD_TRY(check_known_options(table.options, known, prefixes));
  return check_shared_options(table);
}

} // namespace herald
