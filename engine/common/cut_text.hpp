#pragma once

#include <cstddef>
#include <string_view>

// Shortens texts of users for lists, logs and errors. A pure function, on any
// thread.

namespace herald {

/// Returns the longest start of `text` that has at most `size` bytes and does
/// not end inside a character of UTF-8. O(1) for valid texts.
inline std::string_view cut_text(std::string_view text, std::size_t size) {
  if (text.size() <= size)
    return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return text.substr(0, size);
}

} // namespace herald
