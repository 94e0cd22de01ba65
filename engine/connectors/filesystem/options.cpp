#include "engine/connectors/filesystem/options.hpp"

#include "engine/connectors/filesystem/parquet.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/expr/zone.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/options.hpp"
#include "engine/plan/lookup_options.hpp"
#include "engine/plan/options.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <re2/re2.h>

namespace herald {

namespace {

constexpr const char* part_size_option = "sink.rolling-policy.file-size";
constexpr const char* part_age_option = "sink.rolling-policy.rollover-interval";
constexpr const char* part_idle_option
    = "sink.rolling-policy.inactivity-interval";
/// How often Flink looks for files that are old enough; here every barrier
/// does.
constexpr const char* look_option = "sink.rolling-policy.check-interval";
constexpr const char* pattern_option = "source.path.regex-pattern";
constexpr const char* monitor_option = "source.monitor-interval";
constexpr const char* progress_option = "source.progress-path";
constexpr const char* compact_option = "auto-compaction";
constexpr const char* default_partition_option = "partition.default-name";

absl::Status read_rolling(const option_map& given, file_options& x) {
  auto size
      = parse_memory_bytes(text_option(given, part_size_option, "128 mb"));
  if (!size.ok() || *size < 1)
    return option_error(part_size_option,
                        fmt::format("option '{}' is no size such as '128 mb'",
                                    part_size_option));
  x.part_bytes_max = *size;
  for (auto [key, to] : {std::pair{part_age_option, &x.part_age_max_ms},
                         std::pair{part_idle_option, &x.part_idle_max_ms}}) {
    auto time = parse_duration_ms(text_option(given, key, "30 min"));
    if (!time.ok())
      return option_error(
          key, fmt::format("option '{}': {}", key, message_of(time.status())));
    *to = *time;
  }
  return absl::OkStatus();
}

/// What Flink does in the background, and Herald does not.
absl::Status check_background(const option_map& given) {
  HERALD_ASSIGN(const auto compacts, bool_option(given, compact_option, false));
  if (compacts)
    return option_error(
        compact_option,
        fmt::format("option '{}': small files are not put together",
                    compact_option),
        "leave it out; a longer 'sink.rolling-policy.rollover-interval' and "
        "fewer subtasks ('sink.parallelism') make fewer files");
  const auto time = parse_duration_ms(text_option(given, look_option, "1 min"));
  return time.ok() ? absl::OkStatus()
                   : option_error(look_option,
                                  fmt::format("option '{}': {}", look_option,
                                              message_of(time.status())));
}

absl::Status read_monitor(const option_map& given, file_options& x) {
  x.progress_path = text_option(given, progress_option);
  if (!given.contains(monitor_option))
    return absl::OkStatus();
  const auto time = parse_duration_ms(given.at(monitor_option));
  if (!time.ok() || *time < 1)
    return option_error(
        monitor_option,
        fmt::format("option '{}' is no time such as '10 s'", monitor_option),
        "how often new files are looked for; without it files are read once");
  x.monitor_ms = *time;
  return absl::OkStatus();
}

absl::Status read_pattern(const option_map& given, file_options& x) {
  x.path_pattern = text_option(given, pattern_option);
  const RE2 pattern(x.path_pattern, RE2::Quiet);
  if (!pattern.ok())
    return option_error(
        pattern_option,
        fmt::format("option '{}': {}", pattern_option, pattern.error()),
        "a regular expression of whole paths, such as '/logs/.*[.]json'");
  return absl::OkStatus();
}

/// The names of the options of partition commits.
const std::vector<std::string>& commit_options() {
  static const std::vector<std::string> names{
      "sink.partition-commit.policy.kind",
      "sink.partition-commit.trigger",
      "sink.partition-commit.delay",
      "sink.partition-commit.success-file.name",
      "sink.partition-commit.watermark-time-zone",
      "partition.time-extractor.kind",
      "partition.time-extractor.timestamp-pattern",
      "partition.time-extractor.timestamp-formatter"};
  return names;
}

absl::Status read_commit(const table_definition& table, file_options& x) {
  const auto& given = table.options;
  auto& commit = x.commit;
  HERALD_ASSIGN(auto trigger,
                choice_option(given, "sink.partition-commit.trigger",
                              {"process-time", "partition-time"}));
  commit.by_partition_time = trigger == "partition-time";
  const std::string delay = "sink.partition-commit.delay";
  auto time = parse_duration_ms(text_option(given, delay, "0 s"));
  if (!time.ok())
    return option_error(delay, fmt::format("option '{}': {}", delay,
                                           message_of(time.status())));
  commit.delay_ms = *time;
  HERALD_TRY(choice_option(given, "partition.time-extractor.kind", {"default"})
                 .status());
  commit.time_pattern
      = text_option(given, "partition.time-extractor.timestamp-pattern");
  commit.time_format
      = text_option(given, "partition.time-extractor.timestamp-formatter");
  const std::string zone_key = "sink.partition-commit.watermark-time-zone";
  commit.watermark_zone = text_option(given, zone_key, "UTC");
  if (!zone(commit.watermark_zone).is_known())
    return option_error(zone_key, fmt::format("option '{}': '{}' is no time "
                                              "zone",
                                              zone_key, commit.watermark_zone));
  const std::string policy = "sink.partition-commit.policy.kind";
  if (!given.contains(policy))
    return absl::OkStatus();
  HERALD_TRY(choice_option(given, policy, {"success-file"}).status());
  if (table.partitioned_by.empty())
    return option_error(policy,
                        fmt::format("option '{}' is for tables that are "
                                    "PARTITIONED BY columns",
                                    policy));
  const std::string name = "sink.partition-commit.success-file.name";
  commit.file = text_option(given, name, "_SUCCESS");
  if (commit.file.find('/') != std::string::npos
      || !(commit.file.starts_with('_') || commit.file.starts_with('.')))
    return option_error(name,
                        fmt::format("option '{}': a name that begins with '_' "
                                    "or '.', which readers pass over",
                                    name));
  return absl::OkStatus();
}

/// Takes the columns of PARTITIONED BY out of the fields.
absl::Status divide_fields(const table_definition& table, file_options& x) {
  x.partitioned_by = table.partitioned_by;
  for (const auto& name : x.partitioned_by) {
    auto at = std::find_if(x.fields.begin(), x.fields.end(),
                           [&](const field& f) { return f.name == name; });
    if (at == x.fields.end())
      return user_error(
          fmt::format("PARTITIONED BY: the table has no column {}", name));
    if (at->type.is_nested() || at->type.kind() == type_kind::interval_day
        || at->type.kind() == type_kind::interval_month)
      return user_error(fmt::format("PARTITIONED BY: column {} is {}, which no "
                                    "folder's name can hold",
                                    name, at->type.to_short_string()));
    x.fields.erase(at);
  }
  if (x.fields.empty())
    return user_error("PARTITIONED BY leaves no column for the files");
  return absl::OkStatus();
}

} // namespace

std::vector<field> file_metadata_fields() {
  const auto text = data_type::of(type_kind::varchar).with_nullable(false);
  return {{"file.path", text},
          {"file.name", text},
          {"file.size", data_type::of(type_kind::bigint).with_nullable(false)},
          {"file.modification-time",
           data_type::timestamp_ltz(3).with_nullable(false)}};
}

absl::StatusOr<file_options> file_options_of(const table_definition& table) {
  const auto& given = table.options;
  file_options x;
  HERALD_ASSIGN(x.format, required_option(given, "format"));
  HERALD_ASSIGN(x.path, required_option(given, "path"));
  const std::string file_prefix = "file://";
  if (x.path.starts_with(file_prefix))
    x.path.erase(0, file_prefix.size());
  auto known = lookup_option_names();
  known.insert(known.end(), {"path", "format", part_size_option,
                             part_age_option, part_idle_option, look_option,
                             default_partition_option, pattern_option,
                             monitor_option, progress_option, compact_option});
  known.insert(known.end(), commit_options().begin(), commit_options().end());
  HERALD_TRY(check_table_options(table, std::move(known), {x.format + "."}));
  HERALD_TRY(check_metadata(table, file_metadata_fields()));
  HERALD_TRY(check_background(given));
  HERALD_TRY(read_monitor(given, x));
  HERALD_TRY(read_pattern(given, x));
  HERALD_TRY(read_rolling(given, x));
  HERALD_TRY(read_commit(table, x));
  x.default_partition = text_option(given, default_partition_option,
                                    "__HIVE_DEFAULT_PARTITION__");
  x.fields = physical_fields(table);
  HERALD_TRY(divide_fields(table, x));
  x.format_options = options_with_prefix(given, x.format + ".");
  if (x.format == "parquet")
    HERALD_TRY(check_parquet(x.fields, x.format_options));
  else
    HERALD_TRY(check_format(x.format, x.fields, x.format_options, {"parquet"}));
  return x;
}

} // namespace herald
