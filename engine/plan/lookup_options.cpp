#include "engine/plan/lookup_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace herald {

namespace {

/// Keys that a cache holds which is bounded by time only: they are in memory.
constexpr std::int64_t cache_rows_default = 1'000'000;
constexpr std::int64_t cache_rows_max = 100'000'000;
constexpr std::int64_t retries_max = 1'000;
constexpr std::int64_t capacity_max = 1 << 20;

/// Flink's names of 'lookup.partial-cache.max-rows' and '….expire-after-write'
/// before 1.16.
constexpr const char* old_cache_rows = "lookup.cache.max-rows";
constexpr const char* old_cache_time = "lookup.cache.ttl";

constexpr std::string_view async = "table.exec.async-lookup.";

/// Where a text came from, for errors.
struct setting {
  std::string name;
  std::string text;
  text_position where;
};

absl::StatusOr<std::int64_t> number(const setting& x, std::int64_t low,
                                    std::int64_t high) {
  std::int64_t value = 0;
  const auto* end = x.text.data() + x.text.size();
  const auto [rest, error] = std::from_chars(x.text.data(), end, value);
  if (error != std::errc() || rest != end || value < low || value > high)
    return user_error(x.where,
                      fmt::format("'{}' must be a number from {} to {}, not "
                                  "'{}'",
                                  x.name, low, high, x.text));
  return value;
}

absl::StatusOr<std::int64_t> duration(const setting& x) {
  auto value = parse_duration_ms(x.text, x.where);
  if (!value.ok())
    return annotate(value.status(), fmt::format("'{}'", x.name));
  return value;
}

/// One of `allowed`, whatever its case; gives its place.
absl::StatusOr<std::size_t> choice(const setting& x,
                                   const std::vector<std::string>& allowed) {
  auto upper = x.text;
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  const auto found = std::find(allowed.begin(), allowed.end(), upper);
  if (found == allowed.end())
    return user_error(x.where, fmt::format("'{}' is {}, not '{}'", x.name,
                                           fmt::join(allowed, " or "), x.text));
  return static_cast<std::size_t>(found - allowed.begin());
}

std::optional<setting> option_of(const table_definition& table,
                                 const std::string& key) {
  const auto text = table.option(key);
  if (!text)
    return std::nullopt;
  return setting{key, *text, table.place_of(key).value_or(table.where)};
}

std::optional<setting> either_of(const table_definition& table,
                                 const std::string& key,
                                 const std::string& old_key) {
  auto result = option_of(table, key);
  return result ? result : option_of(table, old_key);
}

absl::Status read_cache(const table_definition& table, lookup_policy& out) {
  HERALD_ASSIGN(const auto kind, lookup_cache_of(table));
  if (kind != lookup_cache::partial)
    return absl::OkStatus();
  const auto prefix = std::string("lookup.partial-cache.");
  if (const auto x
      = either_of(table, prefix + "expire-after-write", old_cache_time)) {
    HERALD_ASSIGN(out.expire_after_write_ms, duration(*x));
  }
  if (const auto x = option_of(table, prefix + "expire-after-access")) {
    HERALD_ASSIGN(out.expire_after_access_ms, duration(*x));
  }
  if (const auto x = either_of(table, prefix + "max-rows", old_cache_rows)) {
    HERALD_ASSIGN(out.cache_rows_max, number(*x, 1, cache_rows_max));
  } else if (out.expire_after_write_ms || out.expire_after_access_ms) {
    out.cache_rows_max = cache_rows_default;
  } else {
    return user_error(
        table.where, "a partial cache needs a limit",
        "'lookup.partial-cache.max-rows', '….expire-after-write' or "
        "'….expire-after-access'");
  }
  if (const auto x = option_of(table, prefix + "cache-missing-key")) {
    HERALD_ASSIGN(const auto at, choice(*x, {"FALSE", "TRUE"}));
    out.cache_missing = at == 1;
  }
  return absl::OkStatus();
}

absl::Status read_session(const session_options& session, lookup_policy& out) {
  const auto find = [&](std::string_view key) -> std::optional<setting> {
    const auto name = std::string(async) + std::string(key);
    const auto text = session.value(name);
    return text ? std::optional(setting{name, *text, {}}) : std::nullopt;
  };
  if (const auto x = find("output-mode")) {
    HERALD_ASSIGN(const auto at, choice(*x, {"ORDERED", "ALLOW_UNORDERED"}));
    out.ordered = at == 0;
  }
  if (const auto x = find("timeout")) {
    HERALD_ASSIGN(out.timeout_ms, duration(*x));
  }
  if (const auto x = find("buffer-capacity")) {
    HERALD_ASSIGN(out.capacity_rows, number(*x, 1, capacity_max));
  }
  return absl::OkStatus();
}

absl::Status read_retry(const sql::hint& hint,
                        const std::map<std::string, setting>& given,
                        lookup_policy& out) {
  const std::array<std::string, 4> keys
      = {"retry-predicate", "retry-strategy", "fixed-delay", "max-attempts"};
  const auto is_given = [&](const auto& key) { return given.contains(key); };
  if (std::none_of(keys.begin(), keys.end(), is_given))
    return absl::OkStatus();
  const auto missing = std::find_if_not(keys.begin(), keys.end(), is_given);
  if (missing != keys.end())
    return user_error(hint.name.where,
                      fmt::format("LOOKUP that retries needs '{}'", *missing),
                      "'retry-predicate'='lookup_miss', "
                      "'retry-strategy'='fixed_delay', 'fixed-delay'='10s', "
                      "'max-attempts'='3'");
  HERALD_TRY(choice(given.at("retry-predicate"), {"LOOKUP_MISS"}).status());
  HERALD_TRY(choice(given.at("retry-strategy"), {"FIXED_DELAY"}).status());
  HERALD_ASSIGN(out.miss_delay_ms, duration(given.at("fixed-delay")));
  HERALD_ASSIGN(const auto retries,
                number(given.at("max-attempts"), 1, retries_max));
  out.miss_attempts_max = static_cast<int>(retries) + 1;
  return absl::OkStatus();
}

absl::Status read_hint(const sql::hint& hint, lookup_policy& out) {
  std::map<std::string, setting> given;
  for (const auto& x : hint.options)
    given[x.key] = {x.key, x.value, x.value_where};
  for (const auto* key : {"async", "shuffle"})
    if (const auto x = given.find(key); x != given.end()) {
      HERALD_TRY(choice(x->second, {"TRUE", "FALSE"}).status());
    }
  if (const auto x = given.find("output-mode"); x != given.end()) {
    HERALD_ASSIGN(const auto at,
                  choice(x->second, {"ORDERED", "ALLOW_UNORDERED"}));
    out.ordered = at == 0;
  }
  if (const auto x = given.find("capacity"); x != given.end()) {
    HERALD_ASSIGN(out.capacity_rows, number(x->second, 1, capacity_max));
  }
  if (const auto x = given.find("timeout"); x != given.end()) {
    HERALD_ASSIGN(out.timeout_ms, duration(x->second));
  }
  return read_retry(hint, given, out);
}

} // namespace

const std::vector<std::string>& lookup_option_names() {
  static const std::vector<std::string> names
      = {"lookup.cache",
         "lookup.partial-cache.max-rows",
         "lookup.partial-cache.expire-after-write",
         "lookup.partial-cache.expire-after-access",
         "lookup.partial-cache.cache-missing-key",
         "lookup.full-cache.periodic-reload.interval",
         old_cache_rows,
         old_cache_time,
         "lookup.max-retries"};
  return names;
}

std::optional<std::string> hint_option(const sql::hint& hint,
                                       std::string_view key) {
  for (const auto& x : hint.options)
    if (x.key == key)
      return x.value;
  return std::nullopt;
}

absl::StatusOr<lookup_cache> lookup_cache_of(const table_definition& table) {
  const auto x = option_of(table, "lookup.cache");
  // Flink's old names are for a partial cache alone.
  if (!x)
    return table.option(old_cache_rows) || table.option(old_cache_time)
               ? lookup_cache::partial
               : lookup_cache::none;
  HERALD_ASSIGN(const auto at, choice(*x, {"NONE", "PARTIAL", "FULL"}));
  return static_cast<lookup_cache>(at);
}

absl::StatusOr<std::optional<std::int64_t>>
lookup_reload_ms(const table_definition& table) {
  const auto x = option_of(table, "lookup.full-cache.periodic-reload.interval");
  if (!x)
    return std::nullopt;
  HERALD_ASSIGN(const auto ms, duration(*x));
  if (ms == 0)
    return user_error(x->where, fmt::format("'{}' must not be 0", x->name));
  return std::optional(ms);
}

absl::StatusOr<lookup_policy> lookup_policy_of(const table_definition& table,
                                               const session_options& session,
                                               const sql::hint* hint) {
  lookup_policy result;
  HERALD_TRY(read_cache(table, result));
  HERALD_TRY(lookup_reload_ms(table).status());
  if (const auto x = option_of(table, "lookup.max-retries")) {
    HERALD_ASSIGN(const auto retries, number(*x, 0, retries_max));
    result.attempts_max = static_cast<int>(retries) + 1;
  }
  HERALD_TRY(read_session(session, result));
  if (hint) {
    HERALD_TRY(read_hint(*hint, result));
  }
  return result;
}

} // namespace herald
