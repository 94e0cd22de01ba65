#include "engine/expr/utf8.hpp"

#include <algorithm>
#include <clocale>
#include <cwctype>

namespace herald {

namespace {

bool continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Length of the well-formed character at the front of `x`, or minus the
/// bytes of its longest well-formed beginning (at least 1).
int character_bytes(std::string_view x) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(x[i]); };
  auto lead = byte(0);
  if (lead < 0x80)
    return 1;
  auto size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4)
    return -1;
  for (int i = 1; i < size; ++i) {
    auto at = static_cast<std::size_t>(i);
    if (at >= x.size() || !continues(x[at]))
      return -i;
    if (i == 1
        && ((lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f)
            || (lead == 0xf0 && byte(1) < 0x90)
            || (lead == 0xf4 && byte(1) > 0x8f)))
      return -1;
  }
  return size;
}

/// A locale that knows all letters, whatever the process runs under.
locale_t all_letters() {
  static const auto result = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return result;
}

template <class Map>
void append_mapped(std::string& to, std::string_view x, char first, char last,
                   int shift, Map map) {
  while (!x.empty()) {
    auto c = x.front();
    if (static_cast<unsigned char>(c) < 0x80) {
      to += c >= first && c <= last ? static_cast<char>(c + shift) : c;
      x.remove_prefix(1);
      continue;
    }
    std::size_t size = 0;
    auto letter = decode_character(x, size);
    if (letter == 0xfffd)
      to += x.substr(0, size);
    else
      map(letter);
    x.remove_prefix(size);
  }
}

} // namespace

std::size_t prefix_bytes(std::string_view x, std::int64_t count) {
  std::size_t at = 0;
  while (at < x.size() && count > 0) {
    ++at;
    while (at < x.size() && continues(x[at]))
      ++at;
    --count;
  }
  return at;
}

std::size_t suffix_bytes(std::string_view x, std::int64_t count) {
  auto at = x.size();
  while (at > 0 && count > 0) {
    --at;
    while (at > 0 && continues(x[at]))
      --at;
    --count;
  }
  return x.size() - at;
}

std::int64_t count_characters(std::string_view x) {
  std::int64_t result = 0;
  for (auto c : x)
    result += !continues(c);
  return result;
}

char32_t decode_character(std::string_view x, std::size_t& size) {
  auto bytes = character_bytes(x);
  if (bytes < 0) {
    size = 1;
    return 0xfffd;
  }
  size = static_cast<std::size_t>(bytes);
  auto lead = static_cast<unsigned char>(x[0]);
  if (size == 1)
    return lead;
  char32_t result = lead & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i)
    result = result << 6 | (static_cast<unsigned char>(x[i]) & 0x3fu);
  return result;
}

void append_character(std::string& to, char32_t x) {
  auto put = [&](char32_t byte) { to += static_cast<char>(byte); };
  if (x < 0x80) {
    put(x);
  } else if (x < 0x800) {
    put(0xc0 | x >> 6);
    put(0x80 | (x & 0x3f));
  } else if (x < 0x10000) {
    put(0xe0 | x >> 12);
    put(0x80 | (x >> 6 & 0x3f));
    put(0x80 | (x & 0x3f));
  } else {
    put(0xf0 | x >> 18);
    put(0x80 | (x >> 12 & 0x3f));
    put(0x80 | (x >> 6 & 0x3f));
    put(0x80 | (x & 0x3f));
  }
}

void append_utf8(std::string& to, std::string_view x) {
  while (!x.empty()) {
    auto size = character_bytes(x);
    auto bytes = static_cast<std::size_t>(size < 0 ? -size : size);
    if (size > 0)
      to += x.substr(0, bytes);
    else
      to += "\xef\xbf\xbd";
    x.remove_prefix(bytes);
  }
}

std::int64_t count_units(std::string_view x) {
  std::int64_t result = 0;
  for (auto c : x)
    result += !continues(c) + (static_cast<unsigned char>(c) >= 0xf0);
  return result;
}

void append_units(std::string& to, std::string_view x, std::int64_t count) {
  while (!x.empty() && count > 0) {
    auto size = prefix_bytes(x, 1);
    auto units = static_cast<unsigned char>(x[0]) >= 0xf0 ? 2 : 1;
    if (units > count)
      to += '?';
    else
      to += x.substr(0, size);
    count -= units;
    x.remove_prefix(size);
  }
}

namespace {

/// Letters whose upper case is several; towupper knows none of them.
std::string_view long_upper(char32_t letter) {
  switch (letter) {
  case U'ß':
    return "SS";
  case U'ŉ':
    return "ʼN";
  case U'ﬀ':
    return "FF";
  case U'ﬁ':
    return "FI";
  case U'ﬂ':
    return "FL";
  case U'ﬃ':
    return "FFI";
  case U'ﬄ':
    return "FFL";
  case U'ﬅ':
  case U'ﬆ':
    return "ST";
  default:
    return {};
  }
}

} // namespace

void append_upper(std::string& to, std::string_view x) {
  append_mapped(to, x, 'a', 'z', 'A' - 'a', [&](char32_t letter) {
    if (auto several = long_upper(letter); !several.empty())
      to += several;
    else
      append_character(
          to, static_cast<char32_t>(
                  towupper_l(static_cast<std::wint_t>(letter), all_letters())));
  });
}

void append_lower(std::string& to, std::string_view x) {
  append_mapped(to, x, 'A', 'Z', 'a' - 'A', [&](char32_t letter) {
    if (letter == U'İ') {
      to += "i\u0307";
      return;
    }
    append_character(to, static_cast<char32_t>(towlower_l(
                             static_cast<std::wint_t>(letter), all_letters())));
  });
}

} // namespace herald
