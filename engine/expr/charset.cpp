#include "engine/expr/charset.hpp"

#include "engine/expr/utf8.hpp"

#include <utility>

namespace herald {

namespace {

constexpr char32_t replacement = 0xfffd;

void append_unit(std::string& to, unsigned unit, charset set) {
  auto high = static_cast<char>(unit >> 8);
  auto low = static_cast<char>(unit & 0xff);
  auto little = set == charset::utf16_le;
  to += little ? low : high;
  to += little ? high : low;
}

void append_units_of(std::string& to, char32_t c, charset set) {
  if (c >= 0x10000) {
    append_unit(to, 0xd800 + ((c - 0x10000) >> 10), set);
    append_unit(to, 0xdc00 + ((c - 0x10000) & 0x3ff), set);
  } else {
    append_unit(to, c, set);
  }
}

void append_utf16_decoded(std::string& to, std::string_view bytes,
                          bool little) {
  auto unit_at = [&](std::size_t i) -> unsigned {
    auto a = static_cast<unsigned char>(bytes[i]);
    auto b = static_cast<unsigned char>(bytes[i + 1]);
    return little ? a | b << 8 : a << 8 | b;
  };
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) {
    auto unit = unit_at(i);
    if (unit < 0xd800 || unit > 0xdfff) {
      append_character(to, unit);
      continue;
    }
    auto second = unit < 0xdc00 && i + 3 < bytes.size() ? unit_at(i + 2) : 0;
    if (second < 0xdc00 || second > 0xdfff) {
      append_character(to, replacement);
      continue;
    }
    append_character(to, 0x10000 + (unit - 0xd800) * 0x400 + second - 0xdc00);
    i += 2;
  }
  if (i < bytes.size())
    append_character(to, replacement);
}

} // namespace

std::optional<charset> charset_named(std::string_view name) {
  static const std::pair<std::string_view, charset> names[]
      = {{"us-ascii", charset::ascii},    {"ascii", charset::ascii},
         {"iso646-us", charset::ascii},   {"iso-8859-1", charset::latin1},
         {"iso8859-1", charset::latin1},  {"iso8859_1", charset::latin1},
         {"iso_8859-1", charset::latin1}, {"latin1", charset::latin1},
         {"l1", charset::latin1},         {"utf-8", charset::utf8},
         {"utf8", charset::utf8},         {"utf-16", charset::utf16},
         {"utf16", charset::utf16},       {"utf_16", charset::utf16},
         {"utf-16be", charset::utf16_be}, {"utf_16be", charset::utf16_be},
         {"utf-16le", charset::utf16_le}, {"utf_16le", charset::utf16_le}};
  std::string lower;
  append_lower(lower, name);
  for (const auto& [text, set] : names)
    if (text == lower)
      return set;
  return std::nullopt;
}

void append_encoded(std::string& to, std::string_view text, charset to_set) {
  if (to_set == charset::utf8) {
    to += text;
    return;
  }
  if (to_set == charset::utf16 && !text.empty())
    append_unit(to, 0xfeff, to_set);
  auto limit = to_set == charset::ascii ? 0x80u : 0x100u;
  while (!text.empty()) {
    std::size_t size = 1;
    auto c = decode_character(text, size);
    text.remove_prefix(size);
    if (to_set >= charset::utf16)
      append_units_of(to, c, to_set);
    else
      to += c < limit ? static_cast<char>(c) : '?';
  }
}

void append_decoded(std::string& to, std::string_view bytes, charset from) {
  switch (from) {
  case charset::utf8:
    append_utf8(to, bytes);
    return;
  case charset::ascii:
  case charset::latin1:
    for (unsigned char c : bytes)
      append_character(to, from == charset::ascii && c >= 0x80 ? replacement
                                                               : char32_t{c});
    return;
  case charset::utf16: {
    auto little = bytes.starts_with("\xff\xfe");
    if (little || bytes.starts_with("\xfe\xff"))
      bytes.remove_prefix(2);
    append_utf16_decoded(to, bytes, little);
    return;
  }
  case charset::utf16_be:
  case charset::utf16_le:
    append_utf16_decoded(to, bytes, from == charset::utf16_le);
  }
}

} // namespace herald
