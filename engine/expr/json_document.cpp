#include "engine/expr/json_document.hpp"

#include "engine/expr/utf8.hpp"

#include <map>

#include <absl/strings/ascii.h>

namespace herald {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// What may follow a word such as `true` directly.
bool continues_word(char c) {
  auto is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || absl::ascii_isdigit(c) || c == '_' || c == '$'
         || static_cast<unsigned char>(c) >= 0x80;
}

int hex_digit(char c) {
  if (absl::ascii_isdigit(c))
    return c - '0';
  auto lower = c | 0x20;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The four hex digits at the front of `x`.
unsigned read_unit(std::string_view x) {
  unsigned result = 0;
  for (std::size_t i = 0; i < 4; ++i)
    result = result * 16 + static_cast<unsigned>(hex_digit(x[i]));
  return result;
}

/// Appends the character of the escape that begins behind the backslash at
/// the front of `x`; gives the bytes it took.
std::size_t append_escaped(std::string& to, std::string_view x) {
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view meant = "\b\f\n\r\t";
  if (x[1] != 'u') {
    auto at = letters.find(x[1]);
    to += at == letters.npos ? x[1] : meant[at];
    return 2;
  }
  auto unit = read_unit(x.substr(2));
  if (unit < 0xd800 || unit > 0xdfff) {
    append_character(to, unit);
    return 6;
  }
  auto has_second
      = unit < 0xdc00 && x.size() >= 12 && x[6] == '\\' && x[7] == 'u';
  auto second = has_second ? read_unit(x.substr(8)) : 0;
  if (second < 0xdc00 || second > 0xdfff) {
    to += '?';
    return 6;
  }
  append_character(to, 0x10000 + (unit - 0xd800) * 0x400 + (second - 0xdc00));
  return 12;
}

} // namespace

// -- parsing ------------------------------------------------------------------

bool json_document::parse(std::string_view text) {
  text_ = text;
  at_ = 0;
  nodes_.clear();
  skip_blanks();
  return read_value(0);
}

void json_document::skip_blanks() {
  while (at_ < text_.size() && is_blank(text_[at_]))
    ++at_;
}

bool json_document::read_value(int depth) {
  if (at_ >= text_.size() || depth > json_depth_max)
    return false;
  switch (text_[at_]) {
  case '{':
    return read_object(depth);
  case '[':
    return read_array(depth);
  case '"':
    return read_string();
  case 't':
    return read_word("true", json_kind::yes);
  case 'f':
    return read_word("false", json_kind::no);
  case 'n':
    return read_word("null", json_kind::null);
  default:
    return read_number();
  }
}

bool json_document::read_object(int depth) {
  auto self = add(json_kind::object, at_++, 0);
  skip_blanks();
  if (!accept('}')) {
    do {
      skip_blanks();
      if (at_ >= text_.size() || text_[at_] != '"' || !read_string())
        return false;
      skip_blanks();
      if (!accept(':'))
        return false;
      skip_blanks();
      if (!read_value(depth + 1))
        return false;
      skip_blanks();
    } while (accept(','));
    if (!accept('}'))
      return false;
  }
  nodes_[self].next = static_cast<std::uint32_t>(nodes_.size());
  return true;
}

bool json_document::read_array(int depth) {
  auto self = add(json_kind::array, at_++, 0);
  skip_blanks();
  if (!accept(']')) {
    do {
      skip_blanks();
      if (!read_value(depth + 1))
        return false;
      skip_blanks();
    } while (accept(','));
    if (!accept(']'))
      return false;
  }
  nodes_[self].next = static_cast<std::uint32_t>(nodes_.size());
  return true;
}

bool json_document::read_escape() {
  constexpr std::string_view known = "\"\\/bfnrt";
  if (at_ + 1 >= text_.size())
    return false;
  if (text_[at_ + 1] != 'u') {
    at_ += 2;
    return known.find(text_[at_ - 1]) != known.npos;
  }
  if (at_ + 6 > text_.size())
    return false;
  for (std::size_t i = 2; i < 6; ++i)
    if (hex_digit(text_[at_ + i]) < 0)
      return false;
  at_ += 6;
  return true;
}

bool json_document::read_string() {
  auto begin = ++at_;
  auto escaped = false;
  while (at_ < text_.size() && text_[at_] != '"') {
    if (text_[at_] == '\\') {
      escaped = true;
      if (!read_escape())
        return false;
    } else if (static_cast<unsigned char>(text_[at_]) < ' ') {
      return false;
    } else {
      ++at_;
    }
  }
  if (at_ >= text_.size())
    return false;
  auto index = add(json_kind::string, begin, at_ - begin);
  nodes_[index].escaped = escaped;
  ++at_;
  return true;
}

/// A number or a word that is the whole document must end there.
bool json_document::ends_root(std::size_t at) const {
  return nodes_.size() > 1 || at >= text_.size() || is_blank(text_[at]);
}

bool json_document::read_number() {
  auto begin = at_;
  accept('-');
  auto digits = [&] {
    auto from = at_;
    while (at_ < text_.size() && absl::ascii_isdigit(text_[at_]))
      ++at_;
    return at_ - from;
  };
  auto is_zero = at_ < text_.size() && text_[at_] == '0';
  auto whole = digits();
  if (whole == 0 || (is_zero && whole > 1))
    return false;
  auto kind = json_kind::integer;
  if (accept('.')) {
    kind = json_kind::decimal;
    if (digits() == 0)
      return false;
  }
  if (accept('e') || accept('E')) {
    kind = json_kind::decimal;
    if (!accept('+'))
      accept('-');
    auto size = digits();
    // Java's exponents have 32 bits.
    if (size == 0 || size > 9)
      return false;
  }
  add(kind, begin, at_ - begin);
  return ends_root(at_);
}

bool json_document::read_word(std::string_view word, json_kind kind) {
  if (!text_.substr(at_).starts_with(word))
    return false;
  add(kind, at_, word.size());
  at_ += word.size();
  return at_ >= text_.size() || !continues_word(text_[at_]);
}

// -- looking ------------------------------------------------------------------

void json_document::append_string(std::string& to,
                                  const json_value_node& x) const {
  auto rest = raw(x);
  if (!x.escaped) {
    to += rest;
    return;
  }
  while (!rest.empty()) {
    auto plain = rest.substr(0, rest.find('\\'));
    to += plain;
    rest.remove_prefix(plain.size());
    if (!rest.empty())
      rest.remove_prefix(append_escaped(to, rest));
  }
}

bool json_document::is_string(const json_value_node& x,
                              std::string_view value) const {
  if (!x.escaped)
    return raw(x) == value;
  std::string text;
  append_string(text, x);
  return text == value;
}

std::uint32_t json_document::find(std::uint32_t object,
                                  std::string_view name) const {
  std::uint32_t result = 0;
  for (auto key = object + 1; key < nodes_[object].next;
       key = nodes_[key + 1].next)
    if (is_string(nodes_[key], name))
      result = key + 1;
  return result;
}

json_document::member_list json_document::members(std::uint32_t object) const {
  member_list result;
  std::map<std::string, std::size_t, std::less<>> places;
  std::string name;
  for (auto key = object + 1; key < nodes_[object].next;
       key = nodes_[key + 1].next) {
    name.clear();
    append_string(name, nodes_[key]);
    auto [at, is_new] = places.emplace(name, result.size());
    if (is_new)
      result.emplace_back(key, key + 1);
    else
      result[at->second].second = key + 1;
  }
  return result;
}

} // namespace herald
