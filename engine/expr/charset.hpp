#pragma once

#include <optional>
#include <string>
#include <string_view>

// The character sets that ENCODE and DECODE know: those that every Java has
// by our own code, the others by the system's tables (iconv), of which each
// thread keeps the ones it used last, one to write and one to read. Linear in
// the text.

namespace herald {

struct charset {
  enum class kind_type : std::uint8_t {
    ascii,
    latin1,
    utf8,
    utf16, ///< written big-endian with a mark, read as its mark says
    utf16_be,
    utf16_le,
    other,
  };

  kind_type kind = kind_type::utf8;
  std::string system_name = {}; ///< of `other`
};

/// By its name or an alias as Java has them, in any case: "UTF-8", "latin1",
/// "GBK", "windows-1252".
std::optional<charset> charset_named(std::string_view name);

/// Appends `text` as bytes of `to_set`; '?' for what it has not (of
/// full width in ISO-2022-JP, as in Java).
void append_encoded(std::string& to, std::string_view text,
                    const charset& to_set);

/// Appends the text that `bytes` stand for; U+FFFD for what is malformed.
void append_decoded(std::string& to, std::string_view bytes,
                    const charset& from);

} // namespace herald
