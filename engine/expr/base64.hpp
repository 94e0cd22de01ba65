#pragma once

#include <string>
#include <string_view>

// Base 64 as in RFC 4648, with padding. Pure functions, linear in the bytes.

namespace herald {

void append_base64(std::string& to, std::string_view bytes);

/// Appends what `text` stands for; false if it is no base 64. Padding may be
/// missing.
bool append_from_base64(std::string& to, std::string_view text);

} // namespace herald
