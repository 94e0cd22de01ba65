#pragma once

#include <optional>
#include <string>
#include <string_view>

// URLs as java.net.URL reads them, for PARSE_URL, and the encoding of forms.
// Pure functions, linear in the text.

namespace herald {

struct url_parts {
  std::string protocol; ///< lower case
  std::optional<std::string> authority;
  std::optional<std::string> user_info;
  std::string host; ///< an IPv6 address with its brackets
  std::string path;
  std::optional<std::string> query;
  std::optional<std::string> ref;

  /// Path and query.
  std::string file() const;
};

/// nullopt for a text that is none, or of a protocol that Java does not know.
std::optional<url_parts> parse_url(std::string_view text);

/// Appends `x` as application/x-www-form-urlencoded.
void append_url_encoded(std::string& to, std::string_view x);

/// Appends what an encoded text stands for; false if a % is not followed by
/// two hex digits.
bool append_url_decoded(std::string& to, std::string_view x);

} // namespace herald
