#include "engine/connectors/kafka/options.hpp"

#include "engine/connectors/kafka/java_properties.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/options.hpp"
#include "engine/formats/text_parse.hpp"
#include "engine/plan/options.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <re2/re2.h>

namespace herald::kafka {

namespace {

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> result;
  std::size_t from = 0;
  while (from <= text.size()) {
    auto to = std::min(text.find(at, from), text.size());
    auto part = text.substr(from, to - from);
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (!part.empty())
      result.push_back(std::move(part));
    from = to + 1;
  }
  return result;
}

/// "partition:0,offset:42;partition:1,offset:300"
absl::StatusOr<std::map<int, std::int64_t>> offsets_of(const option_map& given,
                                                       const std::string& key) {
  HERALD_ASSIGN(auto text, required_option(given, key));
  std::map<int, std::int64_t> result;
  for (const auto& entry : split(text, ';')) {
    auto parts = split(entry, ',');
    std::optional<std::int64_t> partition;
    std::optional<std::int64_t> offset;
    for (const auto& part : parts) {
      if (part.starts_with("partition:"))
        partition = parse_integer(part.substr(10));
      else if (part.starts_with("offset:"))
        offset = parse_integer(part.substr(7));
    }
    if (parts.size() != 2 || !partition || !offset || *partition < 0
        || *partition > std::numeric_limits<int>::max() || *offset < 0)
      return option_error(
          key, fmt::format("option '{}': '{}' is not an offset", key, entry),
          "write 'partition:0,offset:42;partition:1,offset:300'");
    result[static_cast<int>(*partition)] = *offset;
  }
  return result;
}

absl::Status read_modes(const option_map& given, options& x) {
  HERALD_ASSIGN(auto startup, choice_option(given, "scan.startup.mode",
                                            {"group-offsets", "earliest-offset",
                                             "latest-offset", "timestamp",
                                             "specific-offsets"}));
  HERALD_ASSIGN(auto bounded, choice_option(given, "scan.bounded.mode",
                                            {"unbounded", "latest-offset",
                                             "timestamp", "specific-offsets"}));
  x.startup = startup == "group-offsets"     ? startup_mode::group_offsets
              : startup == "earliest-offset" ? startup_mode::earliest
              : startup == "latest-offset"   ? startup_mode::latest
              : startup == "timestamp"       ? startup_mode::timestamp
                                             : startup_mode::specific;
  x.bounded = bounded == "unbounded"       ? bounded_mode::unbounded
              : bounded == "latest-offset" ? bounded_mode::latest
              : bounded == "timestamp"     ? bounded_mode::timestamp
                                           : bounded_mode::specific;
  if (x.startup == startup_mode::timestamp) {
    const std::string key = "scan.startup.timestamp-millis";
    HERALD_TRY(required_option(given, key).status());
    HERALD_ASSIGN(x.startup_ms, integer_option(given, key, 0, 0, no_limit));
  }
  if (x.bounded == bounded_mode::timestamp) {
    const std::string key = "scan.bounded.timestamp-millis";
    HERALD_TRY(required_option(given, key).status());
    HERALD_ASSIGN(x.bounded_ms, integer_option(given, key, 0, 0, no_limit));
  }
  if (x.startup == startup_mode::specific) {
    HERALD_ASSIGN(x.startup_offsets,
                  offsets_of(given, "scan.startup.specific-offsets"));
  }
  if (x.bounded == bounded_mode::specific) {
    HERALD_ASSIGN(x.bounded_offsets,
                  offsets_of(given, "scan.bounded.specific-offsets"));
  }
  return absl::OkStatus();
}

absl::Status read_topics(const option_map& given, options& x) {
  const std::string key = "topic-pattern";
  x.topic_pattern = text_option(given, key);
  if (x.topic_pattern.empty()) {
    HERALD_ASSIGN(auto topics, required_option(given, "topic"));
    x.topics = split(topics, ';');
    return absl::OkStatus();
  }
  if (given.contains("topic"))
    return option_error(
        key, "options 'topic' and 'topic-pattern' exclude each other");
  const RE2 pattern(x.topic_pattern, RE2::Quiet);
  if (!pattern.ok())
    return option_error(key,
                        fmt::format("option '{}': {}", key, pattern.error()),
                        "a regular expression of whole names, such as "
                        "'orders-.*'");
  return absl::OkStatus();
}

absl::Status read_discovery(const option_map& given, options& x) {
  const std::string key = "scan.topic-partition-discovery.interval";
  auto interval = parse_duration_ms(text_option(given, key, "5 min"));
  if (!interval.ok())
    return option_error(key, fmt::format("option '{}': {}", key,
                                         message_of(interval.status())));
  if (x.bounded == bounded_mode::unbounded)
    x.discovery_ms = *interval;
  return absl::OkStatus();
}

absl::Status read_buffer(const option_map& given, options& x) {
  const std::string rows = "sink.buffer-flush.max-rows";
  const std::string time = "sink.buffer-flush.interval";
  HERALD_ASSIGN(x.buffered_rows, integer_option(given, rows, 0, 0, no_limit));
  auto interval = parse_duration_ms(text_option(given, time, "0 s"));
  if (!interval.ok())
    return option_error(time, fmt::format("option '{}': {}", time,
                                          message_of(interval.status())));
  x.buffered_ms = *interval;
  if ((x.buffered_rows > 0) != (x.buffered_ms > 0))
    return option_error(x.buffered_rows > 0 ? rows : time,
                        fmt::format("options '{}' and '{}' go together: both "
                                    "are above zero, or none",
                                    rows, time));
  return absl::OkStatus();
}

/// The columns of an upsert table's key.
absl::StatusOr<std::vector<std::string>>
primary_key_of(const table_definition& table) {
  if (table.primary_key.empty())
    return user_error("connector 'upsert-kafka' needs a primary key: the "
                      "columns that are the messages' keys",
                      "PRIMARY KEY (…) NOT ENFORCED");
  return table.primary_key;
}

/// Checks a format whose documents are messages: they have no first line.
absl::Status check_messages(const std::string& format,
                            const std::vector<field>& fields,
                            const option_map& given) {
  if (given.contains("csv.header"))
    return option_error("csv.header",
                        "option 'csv.header' is for files: a topic has no "
                        "first line",
                        "leave it out; columns stand in the table's order");
  return check_format(format, fields, given);
}

/// Copies the options "PREFIX.FORMAT.…" as "FORMAT.…".
option_map format_options(const option_map& given, const std::string& prefix,
                          const std::string& format) {
  option_map result;
  for (const auto& [key, value] :
       options_with_prefix(given, prefix + format + "."))
    result.emplace(key.substr(prefix.size()), value);
  return result;
}

absl::Status read_key(const table_definition& table,
                      const std::vector<field>& columns, options& x) {
  const auto& given = table.options;
  x.key.format = text_option(given, "key.format");
  auto names = split(text_option(given, "key.fields"), ';');
  if (x.upserts) {
    HERALD_ASSIGN(names, primary_key_of(table));
    HERALD_TRY(required_option(given, "key.format").status());
  }
  auto prefix = text_option(given, "key.fields-prefix");
  if (x.key.format.empty() != names.empty())
    return option_error(names.empty() ? "key.format" : "key.fields",
                        "options 'key.format' and 'key.fields' go together");
  for (const auto& name : names) {
    auto at = std::find_if(columns.begin(), columns.end(),
                           [&](const field& c) { return c.name == name; });
    if (at == columns.end())
      return option_error("key.fields",
                          fmt::format("option 'key.fields' names '{}', which "
                                      "is no physical column of the table",
                                      name));
    if (!name.starts_with(prefix))
      return user_error(fmt::format("key field '{}' does not start with the "
                                    "prefix '{}'",
                                    name, prefix));
    x.key.names.push_back(name);
    x.key.fields.push_back({name.substr(prefix.size()), at->type});
  }
  x.key.options = format_options(given, "key.", x.key.format);
  if (format_changes(x.key.format) != changelog_kind::inserts)
    return user_error(
        fmt::format("format '{}' is not one for keys", x.key.format));
  return x.key.format.empty()
             ? absl::OkStatus()
             : check_messages(x.key.format, x.key.fields, x.key.options);
}

absl::Status read_value(const option_map& given,
                        const std::vector<field>& columns, options& x) {
  bool prefixed = given.contains("value.format");
  if (prefixed && given.contains("format"))
    return option_error("value.format",
                        "options 'format' and 'value.format' exclude each "
                        "other");
  HERALD_ASSIGN(x.value.format,
                required_option(given, prefixed || x.upserts ? "value.format"
                                                             : "format"));
  HERALD_ASSIGN(auto include, choice_option(given, "value.fields-include",
                                            {"ALL", "EXCEPT_KEY"}));
  for (const auto& column : columns) {
    bool of_key = std::find(x.key.names.begin(), x.key.names.end(), column.name)
                  != x.key.names.end();
    if (of_key && include == "EXCEPT_KEY")
      continue;
    x.value.fields.push_back(column);
    x.value.names.push_back(column.name);
  }
  x.value.options
      = format_options(given, prefixed ? "value." : "", x.value.format);
  x.changes = format_changes(x.value.format);
  if (x.upserts && x.changes != changelog_kind::inserts)
    return user_error(
        fmt::format("format '{}' has changes of its own", x.value.format),
        "use it with connector 'kafka'");
  return check_messages(x.value.format, x.value.fields, x.value.options);
}

absl::Status check_names(const table_definition& table, bool upserts) {
  const auto& given = table.options;
  auto format = text_option(given, "format");
  auto key_format = text_option(given, "key.format");
  auto value_format = text_option(given, "value.format");
  std::vector<std::string> prefixes{"properties."};
  if (!format.empty())
    prefixes.push_back(format + ".");
  if (!key_format.empty())
    prefixes.push_back("key." + key_format + ".");
  if (!value_format.empty())
    prefixes.push_back("value." + value_format + ".");
  std::vector<std::string> known{"topic",
                                 "scan.topic-partition-discovery.interval",
                                 "key.format",
                                 "value.format",
                                 "key.fields-prefix",
                                 "value.fields-include",
                                 "scan.bounded.mode",
                                 "scan.bounded.timestamp-millis",
                                 "scan.bounded.specific-offsets",
                                 "sink.delivery-guarantee",
                                 "properties.bootstrap.servers",
                                 "properties.group.id"};
  if (upserts)
    known.insert(known.end(),
                 {"sink.buffer-flush.max-rows", "sink.buffer-flush.interval"});
  else
    known.insert(known.end(),
                 {"topic-pattern", "format", "key.fields", "scan.startup.mode",
                  "scan.startup.timestamp-millis",
                  "scan.startup.specific-offsets", "sink.partitioner"});
  return check_table_options(table, known, prefixes);
}

} // namespace

std::vector<field> metadata_of(const option_map& given) {
  auto text = data_type::of(type_kind::varchar);
  std::vector<field> result{
      {"topic", text.with_nullable(false)},
      {"partition", data_type::of(type_kind::integer).with_nullable(false)},
      {"headers", data_type::map(text.with_nullable(false),
                                 data_type::of(type_kind::varbinary))},
      {"offset", data_type::of(type_kind::bigint).with_nullable(false)},
      {"timestamp", data_type::timestamp_ltz(3)},
      {"timestamp-type", text.with_nullable(false)}};
  auto format
      = text_option(given, "value.format", text_option(given, "format"));
  for (auto& x : format_metadata(format))
    result.push_back({"value." + x.name, x.type});
  return result;
}

absl::StatusOr<options> options_of(const table_definition& table) {
  const auto& given = table.options;
  options x;
  x.upserts = text_option(given, "connector") == "upsert-kafka";
  HERALD_TRY(check_names(table, x.upserts));
  x.metadata = metadata_of(given);
  HERALD_TRY(check_metadata(table, x.metadata));
  HERALD_TRY(read_topics(given, x));
  HERALD_TRY(required_option(given, "properties.bootstrap.servers").status());
  HERALD_ASSIGN(x.properties, properties_of(given));
  HERALD_TRY(read_modes(given, x));
  HERALD_TRY(read_discovery(given, x));
  HERALD_TRY(read_buffer(given, x));
  // The newest row of a key may be anywhere in the topic.
  if (x.upserts)
    x.startup = startup_mode::earliest;
  auto columns = physical_fields(table);
  HERALD_TRY(read_key(table, columns, x));
  HERALD_TRY(read_value(given, columns, x));
  HERALD_ASSIGN(auto spread,
                choice_option(given, "sink.partitioner",
                              {"default", "fixed", "round-robin"}));
  x.spread = spread == "default" ? partitioner::by_key
             : spread == "fixed" ? partitioner::fixed
                                 : partitioner::round_robin;
  // Exactly once goes through a task's committer, which is not a sink's
  // business.
  HERALD_TRY(
      choice_option(given, "sink.delivery-guarantee", {"at-least-once", "none"})
          .status());
  return x;
}

} // namespace herald::kafka
