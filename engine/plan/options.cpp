#include "engine/plan/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <absl/time/time.h>
#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::string_view parallelism_key = "parallelism.default";
constexpr std::string_view batch_key = "batch.size";
constexpr std::string_view zone_key = "table.local-time-zone";
constexpr std::string_view mode_key = "execution.runtime-mode";
constexpr std::string_view idle_key = "table.exec.source.idle-timeout";
constexpr std::string_view sort_key_name = "table.exec.resource.sort.memory";
constexpr std::int64_t sort_memory_default = std::int64_t{1} << 30;
constexpr std::string_view ttl_key = "table.exec.state.ttl";
constexpr std::string_view mini_batch_key = "table.exec.mini-batch.enabled";
constexpr std::string_view latency_key = "table.exec.mini-batch.allow-latency";
constexpr std::string_view mini_rows_key = "table.exec.mini-batch.size";

constexpr std::string_view early_key = "table.exec.emit.early-fire.enabled";
constexpr std::string_view early_delay_key = "table.exec.emit.early-fire.delay";
constexpr std::string_view late_key = "table.exec.emit.late-fire.enabled";
constexpr std::string_view late_delay_key = "table.exec.emit.late-fire.delay";
constexpr std::string_view lateness_key = "table.exec.emit.allow-lateness";
constexpr std::string_view async_mode_key
    = "table.exec.async-lookup.output-mode";
constexpr std::string_view async_time_key = "table.exec.async-lookup.timeout";
constexpr std::string_view async_size_key
    = "table.exec.async-lookup.buffer-capacity";
constexpr std::string_view nulls_key = "table.exec.sink.not-null-enforcer";
constexpr std::string_view upserts_key = "table.exec.sink.upsert-materialize";
constexpr std::string_view phases_key = "table.optimizer.agg-phase-strategy";

/// All that mean something here.
constexpr std::array own = {
    parallelism_key, batch_key,      zone_key,       mode_key,
    idle_key,        sort_key_name,  ttl_key,        mini_batch_key,
    latency_key,     mini_rows_key,  early_key,      early_delay_key,
    late_key,        late_delay_key, lateness_key,   phases_key,
    async_size_key,  async_time_key, async_mode_key, nulls_key,
    upserts_key,
};

/// Rows that a mini-batch holds back at most: they are in memory.
constexpr int mini_batch_rows_max = 10'000'000;

/// Short names, and those that mean the same.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> aliases
    = {{
        {"parallelism", parallelism_key},
        {"table.exec.resource.default-parallelism", parallelism_key},
        {"time-zone", zone_key},
        {"runtime-mode", mode_key},
    }};

/// Families of options of Flink that are accepted unseen.
constexpr std::array<std::string_view, 12> foreign = {
    "table.",           "execution.",   "pipeline.",   "state.",
    "restart-strategy", "taskmanager.", "jobmanager.", "sql-client.",
    "client.",          "metrics.",     "rest.",       "yarn.",
};

std::string canonical(const std::string& key) {
  for (const auto& [alias, name] : aliases)
    if (key == alias)
      return std::string(name);
  return key;
}

absl::Status check_number(const std::string& text, int low, int high,
                          std::string_view key, text_position where) {
  int value = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || value < low || value > high)
    return user_error(where, fmt::format("'{}' must be a number from {} to {}, "
                                         "not '{}'",
                                         key, low, high, text));
  return absl::OkStatus();
}

/// One that is foreign but nearly one of Herald's is a slip.
absl::Status check_name(const std::string& key, text_position where) {
  if (std::find(own.begin(), own.end(), key) != own.end())
    return absl::OkStatus();
  std::vector<std::string> names(own.begin(), own.end());
  for (const auto& [alias, name] : aliases)
    names.emplace_back(alias);
  const auto near = nearest_name(key, names);
  const auto starts = [&](auto family) { return key.starts_with(family); };
  if (near.empty() && std::any_of(foreign.begin(), foreign.end(), starts))
    return absl::OkStatus();
  return user_error(where, fmt::format("there is no option '{}'", key),
                    near.empty() ? ""
                                 : fmt::format("did you mean '{}'?", near));
}

absl::Status check(const std::string& key, const std::string& value,
                   text_position key_where, text_position where) {
  if (key == parallelism_key)
    return check_number(value, 1, parallelism_max, key, where);
  if (key == batch_key)
    return check_number(value, 1, batch_rows_max, key, where);
  if (key == idle_key || key == ttl_key || key == latency_key
      || key == early_delay_key || key == late_delay_key || key == lateness_key)
    return parse_duration_ms(value, where).status();
  if (key == sort_key_name)
    return parse_memory_bytes(value, where).status();
  if (key == mini_rows_key)
    return check_number(value, 1, mini_batch_rows_max, key, where);
  const bool is_switch
      = key == mini_batch_key || key == early_key || key == late_key;
  if (is_switch && value != "true" && value != "false")
    return user_error(where, fmt::format("'{}' is true or false", key));
  if (key == phases_key && value != "AUTO" && value != "ONE_PHASE"
      && value != "TWO_PHASE")
    return user_error(where,
                      fmt::format("'{}' is AUTO, ONE_PHASE or TWO_PHASE", key));
  if (key == nulls_key && value != "ERROR" && value != "DROP")
    return user_error(where, fmt::format("'{}' is ERROR or DROP", key));
  if (key == upserts_key && value != "AUTO" && value != "NONE")
    return user_error(where, fmt::format("'{}' is AUTO or NONE", key));
  if (key == zone_key) {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(value, &zone))
      return user_error(where, fmt::format("there is no time zone '{}'", value),
                        "an IANA name such as Europe/Vienna, or UTC");
  }
  if (key == mode_key && value != "streaming" && value != "batch"
      && value != "automatic" && value != "STREAMING" && value != "BATCH")
    return user_error(where, "'execution.runtime-mode' is streaming, batch or "
                             "automatic");
  return check_name(key, key_where);
}

int number_of(const option_map& values, std::string_view key, int otherwise) {
  const auto found = values.find(std::string(key));
  return found == values.end() ? otherwise : std::stoi(found->second);
}

bool is_on(const option_map& values, std::string_view key) {
  const auto found = values.find(std::string(key));
  return found != values.end() && found->second == "true";
}

/// Empty unless set.
std::optional<std::int64_t> duration_of(const option_map& values,
                                        std::string_view key) {
  const auto found = values.find(std::string(key));
  if (found == values.end())
    return std::nullopt;
  return parse_duration_ms(found->second).value_or(0);
}

} // namespace

absl::Status session_options::set(const std::string& key,
                                  const std::string& value,
                                  text_position key_where,
                                  text_position value_where) {
  auto name = canonical(key);
  HERALD_TRY(check(name, value, key_where, value_where));
  values_[std::move(name)] = value;
  return absl::OkStatus();
}

absl::Status session_options::reset(const std::optional<std::string>& key,
                                    text_position where) {
  if (!key) {
    values_.clear();
    return absl::OkStatus();
  }
  const auto name = canonical(*key);
  HERALD_TRY(check_name(name, where));
  values_.erase(name);
  return absl::OkStatus();
}

int session_options::parallelism() const {
  return number_of(values_, parallelism_key, 1);
}

int session_options::batch_rows() const {
  return number_of(values_, batch_key, batch_rows_default);
}

bool session_options::streaming() const {
  const auto found = values_.find(std::string(mode_key));
  return found != values_.end()
         && (found->second == "streaming" || found->second == "STREAMING");
}

std::int64_t session_options::sort_memory_bytes() const {
  const auto found = values_.find(std::string(sort_key_name));
  if (found == values_.end())
    return sort_memory_default;
  return parse_memory_bytes(found->second).value_or(sort_memory_default);
}

std::string session_options::time_zone() const {
  const auto found = values_.find(std::string(zone_key));
  return found == values_.end() ? "UTC" : found->second;
}

std::optional<std::int64_t> session_options::idle_timeout_ms() const {
  const auto found = values_.find(std::string(idle_key));
  if (found == values_.end())
    return std::nullopt;
  const auto value = parse_duration_ms(found->second);
  return value.ok() && *value > 0 ? std::optional(*value) : std::nullopt;
}

bool session_options::materializes_upserts() const {
  const auto found = values_.find(std::string(upserts_key));
  return found == values_.end() || found->second == "AUTO";
}

std::int64_t session_options::state_ttl_ms() const {
  const auto found = values_.find(std::string(ttl_key));
  return found == values_.end() ? 0
                                : parse_duration_ms(found->second).value_or(0);
}

std::optional<mini_batch_spec> session_options::mini_batch() const {
  const auto enabled = values_.find(std::string(mini_batch_key));
  if (enabled == values_.end() || enabled->second != "true")
    return std::nullopt;
  const auto latency = values_.find(std::string(latency_key));
  return mini_batch_spec{number_of(values_, mini_rows_key, mini_batch_rows_max),
                         latency == values_.end()
                             ? 0
                             : parse_duration_ms(latency->second).value_or(0)};
}

std::optional<std::string> session_options::value(std::string_view key) const {
  const auto found = values_.find(std::string(key));
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

absl::StatusOr<emit_spec> session_options::emit() const {
  emit_spec result;
  const auto delay_of = [&](std::string_view name, std::string_view delay)
      -> absl::StatusOr<std::optional<std::int64_t>> {
    if (!is_on(values_, name))
      return std::nullopt;
    const auto value = duration_of(values_, delay);
    if (!value)
      return user_error(fmt::format("'{}' needs '{}'", name, delay),
                        "'0 s': a result for every batch of rows");
    return value;
  };
  HERALD_ASSIGN(result.early_ms, delay_of(early_key, early_delay_key));
  HERALD_ASSIGN(const auto late, delay_of(late_key, late_delay_key));
  result.late_ms = late.value_or(0);
  // As in Flink, what is kept for long may be late for as long.
  result.lateness_ms
      = duration_of(values_, lateness_key).value_or(late ? state_ttl_ms() : 0);
  if (late && result.lateness_ms == 0)
    return user_error(fmt::format("'{}' needs '{}'", late_key, lateness_key),
                      "how long after a window's end rows may come");
  return result;
}

agg_phases session_options::phases() const {
  const auto found = values_.find(std::string(phases_key));
  if (found == values_.end() || found->second == "AUTO")
    return agg_phases::automatic;
  return found->second == "ONE_PHASE" ? agg_phases::one : agg_phases::two;
}

bool session_options::drops_nulls() const {
  const auto found = values_.find(std::string(nulls_key));
  return found != values_.end() && found->second == "DROP";
}

absl::StatusOr<std::int64_t> parse_memory_bytes(const std::string& text,
                                                text_position where) {
  constexpr std::array<std::string_view, 5> units = {"", "k", "m", "g", "t"};
  constexpr std::int64_t largest = std::int64_t{1} << 50;
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value);
  while (rest != end && *rest == ' ')
    ++rest;
  std::string unit(rest, end);
  for (auto& c : unit)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (std::size_t i = 0; i < units.size() && error == std::errc(); ++i) {
    const std::string name(units[i]);
    const bool fits
        = i == 0 ? unit.empty() || unit == "b" || unit == "bytes"
                 : unit == name || unit == name + "b" || unit == name + "ib";
    if (fits && value > 0 && value <= largest >> 10 * i)
      return value << 10 * i;
  }
  return user_error(where, fmt::format("'{}' is no size of memory", text),
                    "such as '512 mb' or '2 gb'");
}

absl::StatusOr<std::int64_t> parse_duration_ms(const std::string& text,
                                               text_position where) {
  struct unit {
    std::string_view name;
    std::int64_t ms;
  };

  constexpr std::array<unit, 16> units = {{
      {"", 1},
      {"ms", 1},
      {"milli", 1},
      {"millis", 1},
      {"s", 1'000},
      {"sec", 1'000},
      {"second", 1'000},
      {"seconds", 1'000},
      {"m", 60'000},
      {"min", 60'000},
      {"minute", 60'000},
      {"minutes", 60'000},
      {"h", 3'600'000},
      {"hour", 3'600'000},
      {"d", 86'400'000},
      {"day", 86'400'000},
  }};
  /// 10,000 days: what is longer was a slip of the keyboard.
  constexpr std::int64_t longest = 10'000LL * 86'400'000;
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value);
  while (rest != end && *rest == ' ')
    ++rest;
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const auto& x : units)
    if (error == std::errc() && x.name == name && value >= 0
        && value <= longest / x.ms)
      return value * x.ms;
  return user_error(where, fmt::format("'{}' is no duration", text),
                    "such as '30 s', '5 min' or '500 ms'");
}

} // namespace herald
