#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Texts as characters (code points). Pure functions, linear in the bytes they
// look at. Bytes that are no UTF-8 count as characters of their own.

namespace herald {

/// Number of bytes that the first `count` characters of `x` take.
std::size_t prefix_bytes(std::string_view x, std::int64_t count);

/// Number of bytes that the last `count` characters of `x` take.
std::size_t suffix_bytes(std::string_view x, std::int64_t count);

/// Number of characters of `x`.
std::int64_t count_characters(std::string_view x);

/// The character at the front of `x`, which is not empty; `size` gets its
/// bytes. U+FFFD, one byte long, for what is no UTF-8.
char32_t decode_character(std::string_view x, std::size_t& size);

void append_character(std::string& to, char32_t x);

/// Appends `x` with what is no UTF-8 replaced by U+FFFD, as Java decodes.
void append_utf8(std::string& to, std::string_view x);

/// Number of UTF-16 units of `x`: Java's String.length().
std::int64_t count_units(std::string_view x);

/// Appends the first `count` UTF-16 units of `x`; half of a character that
/// needs two becomes '?', as Java encodes it.
void append_units(std::string& to, std::string_view x, std::int64_t count);

/// Upper and lower case, as Java maps them without a locale.
void append_upper(std::string& to, std::string_view x);
void append_lower(std::string& to, std::string_view x);

} // namespace herald
