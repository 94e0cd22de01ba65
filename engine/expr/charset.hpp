#pragma once

#include <optional>
#include <string>
#include <string_view>

// The character sets that ENCODE and DECODE know, those that every Java has.
// Pure functions, linear in the text.

namespace herald {

enum class charset : std::uint8_t {
  ascii,
  latin1,
  utf8,
  utf16, ///< written big-endian with a mark, read as its mark says
  utf16_be,
  utf16_le,
};

/// By its name or an alias, in any case: "UTF-8", "latin1".
std::optional<charset> charset_named(std::string_view name);

/// Appends `text` as bytes of `to_set`; '?' for what it has not.
void append_encoded(std::string& to, std::string_view text, charset to_set);

/// Appends the text that `bytes` stand for; U+FFFD for what is malformed.
void append_decoded(std::string& to, std::string_view bytes, charset from);

} // namespace herald
