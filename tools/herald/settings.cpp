#include "tools/herald/settings.hpp"

#include <fmt/format.h>

namespace herald {

absl::StatusOr<std::vector<setting>>
parse_settings(const std::vector<std::string>& list, std::string_view option,
               std::string_view form) {
  std::vector<setting> result;
  for (const auto& x : list) {
    const auto equals = x.find('=');
    if (equals == std::string::npos || equals == 0)
      return user_error(fmt::format("{} wants {}, not '{}'", option, form, x));
    result.emplace_back(x.substr(0, equals), x.substr(equals + 1));
  }
  return result;
}

} // namespace herald
