#include "engine/plan/table_options.hpp"

#include "engine/plan/options.hpp"
#include "engine/plan/settings.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr const char* emit_option = "scan.watermark.emit.strategy";

/// Of sources that wait for each other; what was read is the same without.
constexpr const char* alignment_group_option = "scan.watermark.alignment.group";
constexpr std::array alignment_times = {
    "scan.watermark.alignment.max-drift",
    "scan.watermark.alignment.update-interval",
};

absl::Status check_time(const table_definition& table, const char* key) {
  const auto text = table.option(key);
  if (!text)
    return absl::OkStatus();
  const auto value = parse_duration_ms(*text);
  return value.ok() ? absl::OkStatus()
                    : option_error(key,
                                   fmt::format("option '{}': {}", key,
                                               message_of(value.status())),
                                   hint_of(value.status()));
}

} // namespace

const std::vector<std::string>& shared_table_options() {
  static const std::vector<std::string> names = {"connector",
                                                 "dead-letter",
                                                 "late-rows",
                                                 scan_parallelism_option,
                                                 sink_parallelism_option,
                                                 idle_timeout_option,
                                                 emit_option,
                                                 alignment_group_option,
                                                 alignment_times[0],
                                                 alignment_times[1]};
  return names;
}

absl::Status check_shared_options(const table_definition& table) {
  for (const auto* key : {scan_parallelism_option, sink_parallelism_option})
    HERALD_TRY(table_parallelism(table, key).status());
  HERALD_TRY(check_time(table, idle_timeout_option));
  for (const auto* key : alignment_times)
    HERALD_TRY(check_time(table, key));
  const auto emit = table.option(emit_option).value_or("on-periodic");
  if (!settings::same_word(emit, "on-periodic")
      && !settings::same_word(emit, "on-event"))
    return option_error(
        emit_option, fmt::format("option '{}' is '{}'", emit_option, emit),
        "it can be 'on-periodic' or 'on-event'; a watermark goes with every "
        "batch of rows");
  return absl::OkStatus();
}

absl::StatusOr<std::optional<int>>
table_parallelism(const table_definition& table, const char* key) {
  const auto text = table.option(key);
  if (!text)
    return std::nullopt;
  int value = 0;
  const auto* end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || rest != end || value < 1
      || value > parallelism_max)
    return option_error(
        key,
        fmt::format(
            "option '{}' is '{}', which is not a whole number from 1 to {}",
            key, *text, parallelism_max));
  return std::optional(value);
}

} // namespace herald
