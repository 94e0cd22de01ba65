#include "engine/formats/json_string.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace herald {

namespace {

int hex_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// The four hex digits at `at`, or -1.
int unit_at(std::string_view text, std::size_t at) {
  if (at + 4 > text.size())
    return -1;
  int result = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    int digit = hex_of(text[i]);
    if (digit < 0)
      return -1;
    result = result << 4 | digit;
  }
  return result;
}

void append_utf8(std::uint32_t code, std::string& out) {
  auto put
      = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

/// A character that was written as "uXXXX" (twice for a pair).
struct escaped_character {
  std::uint32_t code = 0;
  std::size_t size = 0; ///< bytes behind the backslash; 0: it is wrong
};

/// Reads the escape at `at`, which points at its 'u'.
escaped_character unicode_at(std::string_view text, std::size_t at) {
  int unit = unit_at(text, at + 1);
  if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000))
    return {};
  if (unit < 0xd800 || unit >= 0xe000)
    return {static_cast<std::uint32_t>(unit), 5};
  if (at + 11 > text.size() || text[at + 5] != '\\' || text[at + 6] != 'u')
    return {};
  int low = unit_at(text, at + 7);
  if (low < 0xdc00 || low >= 0xe000)
    return {};
  return {0x10000u + (static_cast<std::uint32_t>(unit - 0xd800) << 10)
              + static_cast<std::uint32_t>(low - 0xdc00),
          11};
}

/// The letter behind the backslash for each byte; 'u' for \u00XX, 0 for none.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> result{};
  for (std::size_t i = 0; i < 0x20; ++i)
    result[i] = 'u';
  result['"'] = '"';
  result['\\'] = '\\';
  result['\b'] = 'b';
  result['\f'] = 'f';
  result['\n'] = 'n';
  result['\r'] = 'r';
  result['\t'] = 't';
  return result;
}();

char unescaped(char letter) {
  switch (letter) {
  case '"':
  case '\\':
  case '/':
    return letter;
  case 'b':
    return '\b';
  case 'f':
    return '\f';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 't':
    return '\t';
  default:
    return 0;
  }
}

} // namespace

std::size_t unescape_json(std::string_view inside, std::string& out) {
  std::size_t at = 0;
  for (;;) {
    auto escape = std::min(inside.find('\\', at), inside.size());
    out.append(inside.data() + at, escape - at);
    if (escape == inside.size())
      return std::string_view::npos;
    at = escape + 1;
    if (at == inside.size())
      return escape;
    if (char plain = unescaped(inside[at])) {
      out.push_back(plain);
      ++at;
      continue;
    }
    auto found
        = inside[at] == 'u' ? unicode_at(inside, at) : escaped_character{};
    if (found.size == 0)
      return escape;
    append_utf8(found.code, out);
    at += found.size;
  }
}

bool has_good_escapes(std::string_view inside) {
  for (std::size_t at = 0;;) {
    at = inside.find('\\', at);
    if (at == std::string_view::npos)
      return true;
    if (++at == inside.size())
      return false;
    std::size_t size = unescaped(inside[at]) != 0 ? 1
                       : inside[at] == 'u'        ? unicode_at(inside, at).size
                                                  : 0;
    if (size == 0)
      return false;
    at += size;
  }
}

void quote_json(std::string_view text, std::string& out) {
  constexpr char hex[] = "0123456789abcdef";
  out.push_back('"');
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto byte = static_cast<unsigned char>(text[at]);
    char letter = escapes[byte];
    if (letter == 0) [[likely]]
      continue;
    out.append(text.data() + from, at - from);
    from = at + 1;
    out.push_back('\\');
    out.push_back(letter);
    if (letter == 'u') {
      out.append("00");
      out.push_back(hex[byte >> 4]);
      out.push_back(hex[byte & 15]);
    }
  }
  out.append(text.data() + from, text.size() - from);
  out.push_back('"');
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t shown = 40;
  if (text.size() <= shown)
    return std::string(text);
  auto size = shown;
  while (size > 0 && (text[size] & '\xc0') == '\x80')
    --size; // not inside a character
  return std::string(text.substr(0, size)) + "…";
}

void compact_json(std::string_view text, std::string& out) {
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (inside && c == '\\') {
      out.append(text.substr(at, 2));
      ++at;
      continue;
    }
    inside = inside != (c == '"');
    if (inside || (c != ' ' && c != '\n' && c != '\r' && c != '\t'))
      out.push_back(c);
  }
}

} // namespace herald
