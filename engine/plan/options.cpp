#include "engine/plan/options.hpp"

#include "engine/plan/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace herald {

using namespace settings;

namespace {

constexpr std::int64_t sort_memory_default = std::int64_t{1} << 30;

int number_of(const option_map& values, std::string_view key, int otherwise) {
  const auto found = values.find(std::string(key));
  return found == values.end() ? otherwise : std::stoi(found->second);
}

bool is_mode(const option_map& values, std::string_view mode) {
  const auto found = values.find(std::string(mode_key));
  return found != values.end() && same_word(found->second, mode);
}

bool is_on(const option_map& values, std::string_view key) {
  const auto found = values.find(std::string(key));
  return found != values.end() && same_word(found->second, "TRUE");
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
  auto name = name_of(key);
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
  const auto name = name_of(*key);
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
  return is_mode(values_, "STREAMING");
}

bool session_options::batch() const {
  return is_mode(values_, "BATCH");
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
  return found == values_.end() || same_word(found->second, "AUTO");
}

std::int64_t session_options::state_ttl_ms() const {
  const auto found = values_.find(std::string(ttl_key));
  return found == values_.end() ? 0
                                : parse_duration_ms(found->second).value_or(0);
}

std::optional<mini_batch_spec> session_options::mini_batch() const {
  if (batch())
    return mini_batch_spec{std::numeric_limits<std::int64_t>::max(),
                           batch_latency_ms};
  const auto latency_ms = duration_of(values_, latency_key).value_or(0);
  // Without a time to wait for more there is nothing to hold back.
  if (!is_on(values_, mini_batch_key) || latency_ms == 0)
    return std::nullopt;
  return mini_batch_spec{number_of(values_, mini_rows_key, mini_batch_rows_max),
                         latency_ms};
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
  if (found == values_.end() || same_word(found->second, "AUTO"))
    return agg_phases::automatic;
  return same_word(found->second, "ONE_PHASE") ? agg_phases::one
                                               : agg_phases::two;
}

bool session_options::drops_nulls() const {
  const auto found = values_.find(std::string(nulls_key));
  return found != values_.end() && same_word(found->second, "DROP");
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

  constexpr std::array<unit, 20> units = {{
      {"", 1},
      {"ms", 1},
      {"milli", 1},
      {"millis", 1},
      {"millisecond", 1},
      {"milliseconds", 1},
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
      {"hours", 3'600'000},
      {"d", 86'400'000},
      {"day", 86'400'000},
      {"days", 86'400'000},
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
    if (error == std::errc() && same_word(name, x.name) && value >= 0
        && value <= longest / x.ms)
      return value * x.ms;
  return user_error(where, fmt::format("'{}' is no duration", text),
                    "such as '30 s', '5 min' or '500 ms'");
}

} // namespace herald
