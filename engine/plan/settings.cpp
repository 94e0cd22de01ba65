#include "engine/plan/settings.hpp"

#include "engine/plan/options.hpp"
#include "engine/plan/split_distinct.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <absl/time/time.h>
#include <fmt/format.h>

namespace herald::settings {

namespace {

constexpr std::string_view async_mode_key
    = "table.exec.async-lookup.output-mode";
constexpr std::string_view async_time_key = "table.exec.async-lookup.timeout";
constexpr std::string_view async_size_key
    = "table.exec.async-lookup.buffer-capacity";

/// Those that mean something here and whose values are no words.
constexpr std::array values = {
    parallelism_key, batch_key,      zone_key,     idle_key,
    sort_key_name,   ttl_key,        latency_key,  mini_rows_key,
    early_delay_key, late_delay_key, lateness_key, async_size_key,
    async_time_key,  async_mode_key, buckets_key,
};

struct word_setting {
  std::string_view key;
  std::vector<std::string> words;
  std::string_view hint = {}; ///< what to do instead of Flink's other words
};

const std::vector<word_setting>& word_settings() {
  static const std::vector<word_setting> all = {
      {mode_key, {"streaming", "batch", "automatic"}},
      {mini_batch_key, {"true", "false"}},
      {early_key, {"true", "false"}},
      {late_key, {"true", "false"}},
      {duplicates_key, {"true", "false"}},
      {phases_key, {"AUTO", "ONE_PHASE", "TWO_PHASE"}},
      {split_key, {"true", "false"}},
      {nulls_key, {"ERROR", "DROP"}},
      {upserts_key,
       {"AUTO", "NONE"},
       "AUTO keeps the newest rows wherever rows may share the sink's key"},
      {"table.exec.sink.type-length-enforcer",
       {"IGNORE"},
       "in the query CAST(x AS VARCHAR(n)) trims, CAST(x AS CHAR(n)) pads"},
      {"table.exec.sink.nested-constraint-enforcer",
       {"IGNORE"},
       "ask for parts that are NULL in the query: WHERE r.a IS NOT NULL"},
      {"table.exec.legacy-cast-behaviour",
       {"DISABLED"},
       "TRY_CAST gives NULL for what cannot be cast"},
      {"table.exec.sort.default-limit", {"-1"}, "LIMIT behind ORDER BY"},
      {"table.optimizer.non-deterministic-update.strategy",
       {"IGNORE"},
       "let only streams of inserts look up tables that change, and call "
       "functions such as UUID() on those"},
      {"table.sql-dialect", {"default"}, "write the script in Flink's SQL"},
      {"table.column-expansion-strategy",
       {""},
       "name the columns instead of SELECT *"},
      {"table.legacy-nested-row-nullability",
       {"false"},
       "declare the fields of a ROW without NOT NULL"},
  };
  return all;
}

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

/// "a", "a or b", "a, b or c".
std::string any_of_text(const std::vector<std::string>& words) {
  auto result = words.front();
  for (std::size_t i = 1; i < words.size(); ++i)
    result += (i + 1 < words.size() ? ", " : " or ") + words[i];
  return result;
}

absl::Status check_word(const word_setting& x, const std::string& value,
                        text_position where) {
  const auto is_it = [&](const auto& word) { return same_word(value, word); };
  if (std::any_of(x.words.begin(), x.words.end(), is_it))
    return absl::OkStatus();
  const auto text = x.words.size() > 1
                        ? fmt::format("'{}' is {}", x.key, any_of_text(x.words))
                        : fmt::format("'{}' can only be '{}' here, not '{}'",
                                      x.key, x.words.front(), value);
  return user_error(where, text, std::string(x.hint));
}

} // namespace

std::string name_of(const std::string& key) {
  for (const auto& [alias, name] : aliases)
    if (key == alias)
      return std::string(name);
  return key;
}

absl::Status check_name(const std::string& key, text_position where) {
  std::vector<std::string> names(values.begin(), values.end());
  for (const auto& x : word_settings())
    names.emplace_back(x.key);
  if (std::find(names.begin(), names.end(), key) != names.end())
    return absl::OkStatus();
  for (const auto& [alias, name] : aliases)
    names.emplace_back(alias);
  // One that is foreign but nearly one of Herald's is a slip.
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
  if (key == buckets_key)
    return check_number(value, 1, distinct_buckets_max, key, where);
  if (key == zone_key) {
    absl::TimeZone zone;
    if (!absl::LoadTimeZone(value, &zone))
      return user_error(where, fmt::format("there is no time zone '{}'", value),
                        "an IANA name such as Europe/Vienna, or UTC");
  }
  for (const auto& x : word_settings())
    if (x.key == key)
      return check_word(x, value, where);
  return check_name(key, key_where);
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x))
           == std::tolower(static_cast<unsigned char>(y));
  });
}

} // namespace herald::settings
