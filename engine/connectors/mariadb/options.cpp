#include "engine/connectors/mariadb/options.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/formats/options.hpp"
#include "engine/formats/text_parse.hpp"
#include "engine/plan/lookup_options.hpp"
#include "engine/plan/options.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr int partitions_max = 1024;
constexpr const char* fetch_size_option = "scan.fetch-size";
constexpr const char* auto_commit_option = "scan.auto-commit";
constexpr const char* retry_timeout_option = "connection.max-retry-timeout";
constexpr std::string_view url_hint
    = "such as 'jdbc:mariadb://localhost:3306/shop'";

/// Takes [jdbc:](mariadb|mysql)://host[:port][/database][?…] apart. What
/// follows a question mark is for Java's driver.
absl::Status read_url(const std::string& url, mariadb_options& out) {
  std::string_view rest = url;
  const auto skip = [&](std::string_view prefix) {
    const bool has = rest.substr(0, prefix.size()) == prefix;
    if (has)
      rest.remove_prefix(prefix.size());
    return has;
  };
  skip("jdbc:");
  const auto wrong = [&] {
    return user_error(fmt::format("'{}' is no URL of MariaDB or MySQL", url),
                      url_hint);
  };
  if (!skip("mariadb://") && !skip("mysql://"))
    return wrong();
  rest = rest.substr(0, rest.find('?'));
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos)
    out.database = rest.substr(slash + 1);
  auto host = rest.substr(0, slash);
  if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
    const auto port = parse_integer(host.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535)
      return wrong();
    out.port = static_cast<int>(*port);
    host = host.substr(0, colon);
  }
  out.host = host;
  return host.empty() ? wrong() : absl::OkStatus();
}

absl::Status read_partitions(const table_definition& table,
                             mariadb_options& out) {
  const std::vector<std::string> keys
      = {"scan.partition.column", "scan.partition.num",
         "scan.partition.lower-bound", "scan.partition.upper-bound"};
  const auto given
      = std::count_if(keys.begin(), keys.end(), [&](const auto& key) {
          return table.options.contains(key);
        });
  if (given == 0)
    return absl::OkStatus();
  if (given != 4)
    return user_error("a scan in parts needs all options of it",
                      fmt::format("{}", fmt::join(keys, ", ")));
  constexpr auto low = std::numeric_limits<std::int64_t>::min() / 4;
  constexpr auto high = std::numeric_limits<std::int64_t>::max() / 4;
  mariadb_partitions parts;
  parts.column = table.options.at(keys[0]);
  HERALD_ASSIGN(const auto count,
                integer_option(table.options, keys[1], 1, 1, partitions_max));
  parts.count = static_cast<int>(count);
  HERALD_ASSIGN(parts.lower,
                integer_option(table.options, keys[2], 0, low, high));
  HERALD_ASSIGN(parts.upper,
                integer_option(table.options, keys[3], 0, parts.lower, high));
  out.partitions = std::move(parts);
  return absl::OkStatus();
}

/// What Flink tells Java's driver: rows come as the server sends them, and a
/// connection that is lost is opened anew.
absl::Status check_driver_options(const option_map& given) {
  HERALD_TRY(integer_option(given, fetch_size_option, 0, 0,
                            std::numeric_limits<std::int32_t>::max())
                 .status());
  HERALD_TRY(bool_option(given, auto_commit_option, true).status());
  const auto time
      = parse_duration_ms(text_option(given, retry_timeout_option, "60 s"));
  return time.ok()
             ? absl::OkStatus()
             : option_error(retry_timeout_option,
                            fmt::format("option '{}': {}", retry_timeout_option,
                                        message_of(time.status())));
}

absl::Status check_columns(const table_definition& table) {
  HERALD_TRY(check_metadata(table, {}));
  for (const auto& column : table.columns) {
    const auto kind = column.type.kind();
    if (column.type.is_nested() || kind == type_kind::variant
        || kind == type_kind::bitmap || kind == type_kind::interval_day
        || kind == type_kind::interval_month)
      return user_error(fmt::format("column {}: MariaDB has no {}", column.name,
                                    column.type.to_short_string()),
                        "read it as STRING");
  }
  return absl::OkStatus();
}

} // namespace

std::string quote_name(std::string_view name) {
  std::string result = "`";
  for (const char c : name)
    result.append(c == '`' ? 2 : 1, c);
  return result + '`';
}

absl::StatusOr<mariadb_options>
mariadb_options_of(const table_definition& table) {
  auto known = lookup_option_names();
  known.insert(known.end(),
               {"url", "host", "port", "database", "table-name", "username",
                "password", "connect.timeout", "driver", fetch_size_option,
                auto_commit_option, retry_timeout_option,
                "scan.partition.column", "scan.partition.num",
                "scan.partition.lower-bound", "scan.partition.upper-bound"});
  HERALD_TRY(check_table_options(table, std::move(known)));
  HERALD_TRY(check_driver_options(table.options));
  HERALD_TRY(check_columns(table));
  mariadb_options result;
  const auto& options = table.options;
  if (options.contains("url")) {
    HERALD_TRY(read_url(options.at("url"), result));
  } else {
    HERALD_ASSIGN(result.host, required_option(options, "host"));
    HERALD_ASSIGN(const auto port,
                  integer_option(options, "port", result.port, 1, 65535));
    result.port = static_cast<int>(port);
    result.database = text_option(options, "database");
  }
  HERALD_ASSIGN(const auto name, required_option(options, "table-name"));
  const auto dot = name.find('.');
  result.table = dot == std::string::npos
                     ? quote_name(name)
                     : quote_name(name.substr(0, dot)) + "."
                           + quote_name(name.substr(dot + 1));
  if (dot == std::string::npos && result.database.empty())
    return user_error("no database is named", "in 'url' or by 'database'");
  result.user = text_option(options, "username");
  result.password = text_option(options, "password");
  if (const auto timeout = table.option("connect.timeout")) {
    HERALD_ASSIGN(result.connect_timeout_ms, parse_duration_ms(*timeout));
  }
  HERALD_TRY(read_partitions(table, result));
  return result;
}

} // namespace herald
