#include "engine/sql/lexer.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace herald::sql {

namespace {

/// Appends a code point as UTF-8.
void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// Returns the text between the quotes, which follow any prefix.
std::string_view inside(std::string_view text) {
  auto start = text.find(text.back()) + 1;
  return text.substr(start, text.size() - start - 1);
}

/// Returns how many bytes the character at the front of `text` has, or 0 if
/// it is not UTF-8 (too long, a surrogate, above U+10FFFF, cut off).
std::size_t utf8_length(std::string_view text) {
  auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  auto first = byte(0);
  if (first < 0x80)
    return 1;
  auto length = first < 0xC2   ? 0U
                : first < 0xE0 ? 2U
                : first < 0xF0 ? 3U
                : first < 0xF5 ? 4U
                               : 0U;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F)
      || (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
    return 0;
  return length;
}

} // namespace

std::size_t find_invalid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto length = utf8_length(text.substr(i));
    if (length == 0)
      return i;
    i += length;
  }
  return std::string_view::npos;
}

std::string decode_quoted(const token& from) {
  auto quote = from.text.back();
  std::string result;
  auto text = inside(from.text);
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == quote)
      ++i; // the second of two
  }
  return result;
}

absl::StatusOr<std::string> decode_unicode(const token& from, char escape) {
  auto text = decode_quoted(from);
  std::string result;
  std::uint32_t first_half = 0; // of a character beyond U+FFFF
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != escape) {
      result += text[i++];
      continue;
    }
    // Between two halves nothing may stand.
    if (first_half == 0 && i + 1 < text.size() && text[i + 1] == escape) {
      result += escape;
      i += 2;
      continue;
    }
    auto is_long = i + 1 < text.size() && text[i + 1] == '+';
    auto start = i + (is_long ? 2 : 1);
    auto length = std::size_t{is_long ? 6U : 4U};
    auto end = std::min(start + length, text.size());
    std::uint32_t code = 0;
    auto [stop, error]
        = std::from_chars(text.data() + start, text.data() + end, code, 16);
    const auto fits
        = error == std::errc{} && stop == text.data() + start + length;
    // Two escapes of four digits may stand for one character.
    if (fits && first_half != 0 && !is_long && code >= 0xDC00
        && code < 0xE000) {
      code = 0x10000 + ((first_half - 0xD800) << 10) + (code - 0xDC00);
      first_half = 0;
    } else if (fits && first_half == 0 && !is_long && code >= 0xD800
               && code < 0xDC00 && end < text.size() && text[end] == escape) {
      first_half = code;
      i = start + length;
      continue;
    }
    if (!fits || first_half != 0 || code > 0x10FFFF
        || (code >= 0xD800 && code < 0xE000))
      return user_error(from.where, "bad escape in U&'…'",
                        "four hex digits, or + and six, of a character");
    append_utf8(result, code);
    i = start + length;
  }
  return result;
}

absl::StatusOr<std::string> decode_binary(const token& from) {
  auto result = std::string(inside(from.text));
  auto is_hex = [](unsigned char c) { return std::isxdigit(c) != 0; };
  if (result.size() % 2 != 0
      || !std::all_of(result.begin(), result.end(), is_hex))
    return user_error(from.where, "bad binary literal",
                      "an even number of hex digits goes between the quotes");
  for (auto& c : result)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

} // namespace herald::sql
