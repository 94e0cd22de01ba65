#include "engine/formats/options.hpp"

#include "engine/formats/text_parse.hpp"
#include "engine/plan/settings.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

std::string text_option(const option_map& options, const std::string& key,
                        std::string fallback) {
  auto at = options.find(key);
  return at == options.end() ? std::move(fallback) : at->second;
}

absl::StatusOr<bool> bool_option(const option_map& options,
                                 const std::string& key, bool fallback) {
  auto at = options.find(key);
  if (at == options.end())
    return fallback;
  if (auto value = parse_boolean(at->second))
    return *value;
  return option_error(
      key, fmt::format("option '{}' is '{}', which is neither 'true' "
                       "nor 'false'",
                       key, at->second));
}

absl::StatusOr<std::int64_t> integer_option(const option_map& options,
                                            const std::string& key,
                                            std::int64_t fallback,
                                            std::int64_t lowest,
                                            std::int64_t highest) {
  auto at = options.find(key);
  if (at == options.end())
    return fallback;
  auto value = parse_integer(at->second);
  if (value && *value >= lowest && *value <= highest)
    return *value;
  return option_error(
      key, fmt::format(
               "option '{}' is '{}', which is not a whole number from {} to {}",
               key, at->second, lowest, highest));
}

absl::StatusOr<std::string>
choice_option(const option_map& options, const std::string& key,
              const std::vector<std::string>& allowed) {
  auto at = options.find(key);
  if (at == options.end())
    return allowed.front();
  const auto found
      = std::find_if(allowed.begin(), allowed.end(), [&](const auto& word) {
          return settings::same_word(word, at->second);
        });
  if (found != allowed.end())
    return *found;
  return option_error(
      key, fmt::format("option '{}' is '{}'", key, at->second),
      fmt::format("it can be one of: {}", fmt::join(allowed, ", ")));
}

absl::StatusOr<std::string> required_option(const option_map& options,
                                            const std::string& key) {
  auto at = options.find(key);
  if (at != options.end() && !at->second.empty())
    return at->second;
  const auto text = fmt::format("option '{}' is missing", key);
  std::vector<std::string> given;
  for (const auto& [name, value] : options)
    if (name != key)
      given.push_back(name);
  const auto near = nearest_name(key, given);
  if (near.empty())
    return user_error(text);
  return option_error(near, text, fmt::format("is '{}' meant to be it?", near));
}

absl::Status check_known_options(const option_map& options,
                                 const std::vector<std::string>& known,
                                 const std::vector<std::string>& prefixes) {
  for (const auto& [key, value] : options) {
    auto starts = [&key = key](const std::string& prefix) {
      return key.starts_with(prefix);
    };
    if (std::find(known.begin(), known.end(), key) != known.end()
        || std::any_of(prefixes.begin(), prefixes.end(), starts))
      continue;
    auto near = nearest_name(key, known);
    auto hint = near.empty()
                    ? fmt::format("known options: {}", fmt::join(known, ", "))
                    : fmt::format("did you mean '{}'?", near);
    return option_error(key, fmt::format("unknown option '{}'", key), hint);
  }
  return absl::OkStatus();
}

option_map options_with_prefix(const option_map& options,
                               const std::string& prefix) {
  option_map result;
  for (const auto& [key, value] : options)
    if (key.starts_with(prefix))
      result.emplace(key, value);
  return result;
}

} // namespace herald
