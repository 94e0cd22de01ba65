#pragma once

#include "engine/plan/table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

// Reading the options of a table's WITH clause: for formats and connectors.
// Errors name the option, what is wrong with its value, and what is allowed.
// Pure functions, safe on any thread.

namespace herald {

/// The option's value, or `fallback` if it is not given.
std::string text_option(const option_map& options, const std::string& key,
                        std::string fallback = {});

/// "true" or "false".
absl::StatusOr<bool> bool_option(const option_map& options,
                                 const std::string& key, bool fallback);

/// A whole number in [lowest, highest].
absl::StatusOr<std::int64_t> integer_option(const option_map& options,
                                            const std::string& key,
                                            std::int64_t fallback,
                                            std::int64_t lowest,
                                            std::int64_t highest);

/// One of `allowed`, as it stands there, whatever the case of the value; the
/// first of them if it is not given.
absl::StatusOr<std::string>
choice_option(const option_map& options, const std::string& key,
              const std::vector<std::string>& allowed);

/// The value, or an error that `key` is missing.
absl::StatusOr<std::string> required_option(const option_map& options,
                                            const std::string& key);

/// Fails for the first option that is neither in `known` nor starts with one
/// of `prefixes`, with the nearest known name.
absl::Status check_known_options(const option_map& options,
                                 const std::vector<std::string>& known,
                                 const std::vector<std::string>& prefixes = {});

/// The options whose key starts with `prefix`, keys kept whole.
option_map options_with_prefix(const option_map& options,
                               const std::string& prefix);

} // namespace herald
