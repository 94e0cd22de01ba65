#include "engine/expr/charset.hpp"

#include "engine/expr/utf8.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include <iconv.h>

namespace herald {

namespace {

using kind_type = charset::kind_type;

constexpr char32_t replacement = 0xfffd;
const std::string utf8 = "UTF-8";
constexpr std::string_view shift_jis = "SHIFT_JIS";
constexpr std::string_view iso_2022_jp = "ISO-2022-JP";
constexpr std::string_view euc_jp = "EUC-JP";

void append_unit(std::string& to, unsigned unit, kind_type set) {
  auto high = static_cast<char>(unit >> 8);
  auto low = static_cast<char>(unit & 0xff);
  auto little = set == kind_type::utf16_le;
  to += little ? low : high;
  to += little ? high : low;
}

void append_units_of(std::string& to, char32_t c, kind_type set) {
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

// -- the system's tables ------------------------------------------------------

/// One of Java's sets that are not in every Java, by its name in lower case.
std::optional<std::string> system_name_of(std::string_view name) {
  static constexpr std::string_view codepage = "windows-";
  static constexpr std::pair<std::string_view, std::string_view> names[]
      = {{"utf-32", "UTF-32BE"},
         {"utf-32be", "UTF-32BE"},
         {"utf-32le", "UTF-32LE"},
         {"gbk", "GBK"},
         {"gb2312", "GB2312"},
         {"gb18030", "GB18030"},
         {"big5", "BIG5"},
         {"big5-hkscs", "BIG5-HKSCS"},
         {"shift_jis", "SHIFT_JIS"},
         {"sjis", "SHIFT_JIS"},
         {"windows-31j", "CP932"},
         {"euc-jp", "EUC-JP"},
         {"euc-kr", "EUC-KR"},
         {"koi8-r", "KOI8-R"},
         {"koi8-u", "KOI8-U"},
         {"tis-620", "TIS-620"},
         {"iso-2022-jp", "ISO-2022-JP"}};
  for (const auto& [from, to] : names)
    if (name == from)
      return std::string(to);
  for (std::string_view prefix : {"iso-8859-", "iso8859-", "iso8859_"})
    for (std::string_view part :
         {"2", "3", "4", "5", "6", "7", "8", "9", "13", "15"})
      if (name.starts_with(prefix) && name.substr(prefix.size()) == part)
        return "ISO-8859-" + std::string(part);
  for (std::string_view prefix : {codepage, std::string_view("cp")})
    if (name.starts_with(prefix) && name.size() == prefix.size() + 4
        && name.substr(prefix.size(), 3) == "125" && name.back() >= '0'
        && name.back() <= '8')
      return "CP" + std::string(name.substr(prefix.size()));
  return std::nullopt;
}

/// A conversion of the system; the thread keeps the last one of each
/// direction, to UTF-8 and from it. Null if the system lacks the set.
iconv_t system_converter(const std::string& to, const std::string& from) {
  const auto none = reinterpret_cast<iconv_t>(-1);

  struct closer {
    void operator()(void* x) const {
      ::iconv_close(x);
    }
  };

  struct slot {
    std::unique_ptr<void, closer> code;
    std::string set;
  };

  thread_local std::array<slot, 2> slots;
  const auto decodes = to == utf8;
  const auto& set = decodes ? from : to;
  auto& last = slots[decodes ? 1 : 0];
  if (last.code == nullptr || set != last.set) {
    const auto made = ::iconv_open(to.c_str(), from.c_str());
    if (made == none)
      return nullptr;
    last.code.reset(made);
    last.set = set;
  }
  ::iconv(last.code.get(), nullptr, nullptr, nullptr, nullptr);
  return last.code.get();
}

/// Appends `x` converted by `code`. Where that cannot be, `replace` takes a
/// part off its front and gives what to convert in place of it, and else
/// appends a replacement itself.
template <class Replace>
void append_converted(std::string& to, std::string_view x, iconv_t code,
                      Replace replace) {
  char buffer[1024];
  const auto convert = [&](std::string_view& from) {
    auto* in = const_cast<char*>(from.data()); // iconv only reads it
    auto left = from.size();
    auto* out = buffer;
    auto room = sizeof buffer;
    const auto result
        = ::iconv(code, left == 0 ? nullptr : &in, &left, &out, &room);
    const auto failed = result == static_cast<std::size_t>(-1) ? errno : 0;
    to.append(buffer, sizeof buffer - room);
    from.remove_prefix(from.size() - left);
    return failed;
  };
  while (!x.empty()) {
    const auto failed = convert(x);
    if (failed == 0 || failed == E2BIG)
      continue;
    auto instead = replace(x, failed == EINVAL);
    if (!instead.empty()) // through `code`: a set with states shifts back
      convert(instead);
  }
  convert(x); // what a set with states ends with
}

using replacements = std::vector<std::pair<std::string_view, std::string_view>>;

/// What of the characters that the system reads in a set Java reads otherwise.
const replacements& java_reads(std::string_view set) {
  static const replacements none;
  static const replacements dash = {{"\u2015", "\u2014"}};
  static const replacements sjis
      = {{"\u00a5", "\\"}, {"\u203e", "~"}, {"\u2015", "\u2014"}};
  if (set == shift_jis)
    return sjis;
  return set == euc_jp || set == iso_2022_jp ? dash : none;
}

/// And what it writes: the other dash has no code there.
const replacements& java_writes(std::string_view set) {
  static const replacements none;
  static const replacements dash = {{"\u2014", "\u2015"}, {"\u2015", "\ufffd"}};
  return java_reads(set).empty() ? none : dash;
}

std::string replaced(std::string_view x, const replacements& by) {
  std::string result;
  while (!x.empty()) {
    const auto c = x.substr(0, prefix_bytes(x, 1));
    x.remove_prefix(c.size());
    const auto found = std::find_if(by.begin(), by.end(),
                                    [&](auto& y) { return y.first == c; });
    result += found == by.end() ? c : found->second;
  }
  return result;
}

void append_by_system(std::string& to, std::string_view text,
                      const std::string& set) {
  const auto code = system_converter(set, utf8);
  if (code == nullptr) { // the system only reads it
    to += '?';
    return;
  }
  const auto convert = [&](std::string_view from) {
    const std::string_view instead = set == iso_2022_jp ? "\uff1f" : "?";
    append_converted(to, from, code, [&](std::string_view& x, bool) {
      x.remove_prefix(prefix_bytes(x, 1));
      return instead;
    });
  };
  const auto& differ = java_writes(set);
  if (differ.empty())
    return convert(text);
  convert(replaced(text, differ));
}

void append_decoded_by_system(std::string& to, std::string_view bytes,
                              const std::string& set) {
  std::string text;
  append_converted(text, bytes, system_converter(utf8, set),
                   [&](std::string_view& x, bool is_cut) {
                     x.remove_prefix(is_cut ? x.size() : 1);
                     append_character(text, replacement);
                     return std::string_view();
                   });
  const auto& differ = java_reads(set);
  to += differ.empty() ? text : replaced(text, differ);
}

} // namespace

std::optional<charset> charset_named(std::string_view name) {
  static const std::pair<std::string_view, kind_type> names[]
      = {{"us-ascii", kind_type::ascii},    {"ascii", kind_type::ascii},
         {"iso646-us", kind_type::ascii},   {"iso-8859-1", kind_type::latin1},
         {"iso8859-1", kind_type::latin1},  {"iso8859_1", kind_type::latin1},
         {"iso_8859-1", kind_type::latin1}, {"latin1", kind_type::latin1},
         {"l1", kind_type::latin1},         {"utf-8", kind_type::utf8},
         {"utf8", kind_type::utf8},         {"utf-16", kind_type::utf16},
         {"utf16", kind_type::utf16},       {"utf_16", kind_type::utf16},
         {"utf-16be", kind_type::utf16_be}, {"utf_16be", kind_type::utf16_be},
         {"utf-16le", kind_type::utf16_le}, {"utf_16le", kind_type::utf16_le}};
  std::string lower;
  append_lower(lower, name);
  for (const auto& [text, kind] : names)
    if (text == lower)
      return charset{kind};
  auto system = system_name_of(lower);
  if (!system || system_converter(utf8, *system) == nullptr)
    return std::nullopt;
  return charset{kind_type::other, std::move(*system)};
}

void append_encoded(std::string& to, std::string_view text,
                    const charset& to_set) {
  const auto kind = to_set.kind;
  if (kind == kind_type::utf8) {
    to += text;
    return;
  }
  if (kind == kind_type::other) {
    append_by_system(to, text, to_set.system_name);
    return;
  }
  if (kind == kind_type::utf16 && !text.empty())
    append_unit(to, 0xfeff, kind);
  auto limit = kind == kind_type::ascii ? 0x80u : 0x100u;
  while (!text.empty()) {
    std::size_t size = 1;
    auto c = decode_character(text, size);
    text.remove_prefix(size);
    if (kind >= kind_type::utf16)
      append_units_of(to, c, kind);
    else
      to += c < limit ? static_cast<char>(c) : '?';
  }
}

void append_decoded(std::string& to, std::string_view bytes,
                    const charset& from) {
  switch (from.kind) {
  case kind_type::utf8:
    append_utf8(to, bytes);
    return;
  case kind_type::ascii:
  case kind_type::latin1:
    for (unsigned char c : bytes)
      append_character(to, from.kind == kind_type::ascii && c >= 0x80
                               ? replacement
                               : char32_t{c});
    return;
  case kind_type::utf16: {
    auto little = bytes.starts_with("\xff\xfe");
    if (little || bytes.starts_with("\xfe\xff"))
      bytes.remove_prefix(2);
    append_utf16_decoded(to, bytes, little);
    return;
  }
  case kind_type::utf16_be:
  case kind_type::utf16_le:
    append_utf16_decoded(to, bytes, from.kind == kind_type::utf16_le);
    return;
  case kind_type::other:
    append_decoded_by_system(to, bytes, from.system_name);
  }
}

} // namespace herald
