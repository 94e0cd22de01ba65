#pragma once

#include <string>
#include <string_view>

// Texts inside JSON: escapes in and out. Pure functions, linear.

namespace herald {

/// Appends what the inside of a JSON string (between its quotes) stands for.
/// Returns the offset of the escape that is wrong, or `npos`. A lone
/// surrogate is wrong.
std::size_t unescape_json(std::string_view inside, std::string& out);

/// Whether `unescape_json` would understand every escape.
bool has_good_escapes(std::string_view inside);

/// Appends `text` (valid UTF-8) in quotes, escaped where JSON asks for it.
void quote_json(std::string_view text, std::string& out);

/// The first few characters of `text`, with "…" if there are more: for
/// messages.
std::string excerpt(std::string_view text);

/// Appends JSON text without the white space between its tokens. The text
/// must be valid.
void compact_json(std::string_view text, std::string& out);

} // namespace herald
