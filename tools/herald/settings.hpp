#pragma once

#include "engine/common/error.hpp"

#include <string>
#include <utility>
#include <vector>

// "name=value" of the command line, as --set and --rows take it. Pure.

namespace herald {

using setting = std::pair<std::string, std::string>;

/// Splits each text at its first '='. Errors: one has none; `option` names it.
absl::StatusOr<std::vector<setting>>
parse_settings(const std::vector<std::string>& list,
               std::string_view option = "--set",
               std::string_view form = "name=value");

} // namespace herald
