#include "engine/connectors/redis/options.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/options.hpp"
#include "engine/plan/lookup_options.hpp"
#include "engine/plan/options.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

constexpr int databases_max = 1 << 16;

absl::Status check_columns(const table_definition& table, redis_layout layout) {
  HERALD_TRY(check_metadata(table, {}));
  if (table.primary_key.size() != 1)
    return user_error("a table of Redis needs a primary key of one column",
                      "PRIMARY KEY (id) NOT ENFORCED");
  if (layout == redis_layout::json)
    return check_format("json", physical_fields(table),
                        options_with_prefix(table.options, "json."));
  if (layout == redis_layout::string && table.columns.size() != 2)
    return user_error("a row that is one string has the primary key and one "
                      "more column",
                      "'value.layout' is hash or json for more");
  for (const auto& column : table.columns)
    if (column.type.is_nested())
      return user_error(fmt::format("column {}: nested values need "
                                    "'value.layout' = 'json'",
                                    column.name));
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<redis_options> redis_options_of(const table_definition& table) {
  const auto& options = table.options;
  auto known = lookup_option_names();
  known.insert(known.end(), {"host", "port", "username", "password", "database",
                             "key.prefix", "value.layout", "connect.timeout"});
  HERALD_TRY(check_table_options(table, std::move(known), {"json."}));
  redis_options result;
  HERALD_ASSIGN(result.host, required_option(options, "host"));
  HERALD_ASSIGN(const auto port,
                integer_option(options, "port", result.port, 1, 65535));
  result.port = static_cast<int>(port);
  HERALD_ASSIGN(const auto database,
                integer_option(options, "database", 0, 0, databases_max));
  result.database = static_cast<int>(database);
  result.user = text_option(options, "username");
  result.password = text_option(options, "password");
  result.prefix = text_option(options, "key.prefix");
  HERALD_ASSIGN(const auto layout, choice_option(options, "value.layout",
                                                 {"hash", "string", "json"}));
  result.layout = layout == "hash"     ? redis_layout::hash
                  : layout == "string" ? redis_layout::string
                                       : redis_layout::json;
  if (const auto timeout = table.option("connect.timeout")) {
    HERALD_ASSIGN(result.connect_timeout_ms, parse_duration_ms(*timeout));
  }
  HERALD_TRY(check_columns(table, result.layout));
  return result;
}

} // namespace herald
