#include "engine/sql/lexer.hpp"

#include <array>

#include <absl/strings/ascii.h>
#include <fmt/format.h>

namespace herald::sql {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Spaces that text editors and web pages put where a blank is meant.
constexpr std::array<std::string_view, 3> wide_spaces
    = {"\xC2\xA0", "\xE3\x80\x80", byte_order_mark};

/// Quotes that word processors put where ' or ` is meant.
constexpr std::array<std::string_view, 4> typographic_quotes
    = {"\xE2\x80\x98", "\xE2\x80\x99", "\xE2\x80\x9C", "\xE2\x80\x9D"};

/// The longest word of the table; longer ones need no look-up.
constexpr std::size_t keyword_length_max = 32;

/// Returns the length of the entry that `text` starts with, or 0.
template <std::size_t Count>
std::size_t length_of_one(std::string_view text,
                          const std::array<std::string_view, Count>& entries) {
  for (auto entry : entries) {
    if (text.starts_with(entry))
      return entry.size();
  }
  return 0;
}

bool is_word_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

bool is_word_part(char c) {
  return is_word_start(c) || absl::ascii_isdigit(c) || c == '$';
}

bool is_character_set(std::string_view name) {
  constexpr std::array<std::string_view, 6> known
      = {"_UTF8", "_UTF-8", "_UTF16", "_UTF-16LE", "_UTF32", "_LATIN1"};
  for (auto entry : known) {
    if (entry.size() == name.size()
        && std::equal(entry.begin(), entry.end(), name.begin(),
                      [](char a, char b) {
                        return a == b || (b >= 'a' && a == b - 'a' + 'A');
                      }))
      return true;
  }
  return false;
}

} // namespace

term find_term(std::string_view word) {
  std::array<char, keyword_length_max> capitals;
  if (word.size() > capitals.size())
    return {};
  for (std::size_t i = 0; i < word.size(); ++i) {
    auto c = word[i];
    capitals[i] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return term::of({capitals.data(), word.size()});
}

lexer::lexer(std::string_view text) : text_(text) {}

text_position lexer::here(std::size_t length) const {
  return {line_, column_, static_cast<std::uint32_t>(offset_),
          static_cast<std::uint32_t>(length)};
}

void lexer::advance(std::size_t count) {
  for (auto end = offset_ + count; offset_ < end; ++offset_) {
    auto c = text_[offset_];
    if (c == '\n') {
      ++line_;
      column_ = 1;
    } else if ((c & 0xC0) != 0x80) {
      ++column_;
    }
  }
}

token lexer::take(token_kind kind, std::size_t length) {
  token result{kind, {}, text_.substr(offset_, length), here(length)};
  advance(length);
  return result;
}

absl::Status lexer::skip_comment() {
  auto start = here(2);
  auto end = text_.find("*/", offset_ + 2);
  if (end == std::string_view::npos)
    return user_error(start, "this comment is not closed", "add */");
  advance(end + 2 - offset_);
  return absl::OkStatus();
}

absl::Status lexer::skip_space() {
  for (;;) {
    auto c = look();
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f') {
      advance(1);
    } else if (c == '-' && look(1) == '-') {
      advance(std::min(text_.find('\n', offset_), text_.size()) - offset_);
    } else if (c == '/' && look(1) == '*' && look(2) != '+') {
      HERALD_TRY(skip_comment());
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      auto length = length_of_one(text_.substr(offset_), wide_spaces);
      if (length == 0)
        return absl::OkStatus();
      advance(length);
    } else {
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<token> lexer::read_quoted(token_kind kind, std::size_t prefix) {
  auto quote = look(prefix);
  auto end = offset_ + prefix + 1;
  for (;;) {
    end = text_.find(quote, end);
    if (end == std::string_view::npos)
      return user_error(here(prefix + 1),
                        quote == '`' ? "this name is not closed"
                                     : "this text is not closed",
                        fmt::format("add {}", quote));
    ++end;
    if (end == text_.size() || text_[end] != quote)
      break;
    ++end;
  }
  if (kind == token_kind::quoted_name && end - offset_ == 2)
    return user_error(here(2), "this name is empty");
  return take(kind, end - offset_);
}

absl::StatusOr<token> lexer::read_number() {
  auto kind = token_kind::integer;
  std::size_t length = 0;
  auto digits = [&] {
    while (absl::ascii_isdigit(look(length)))
      ++length;
  };
  digits();
  if (look(length) == '.') {
    kind = token_kind::decimal;
    ++length;
    digits();
  }
  if (look(length) == 'e' || look(length) == 'E') {
    auto sign = look(length + 1) == '+' || look(length + 1) == '-' ? 1U : 0U;
    if (absl::ascii_isdigit(look(length + 1 + sign))) {
      kind = token_kind::approximate;
      length += 1 + sign;
      digits();
    }
  }
  if (is_word_part(look(length)))
    return user_error(here(length + 1), "this is neither a number nor a name",
                      "a name that starts with a digit goes in `backquotes`");
  return take(kind, length);
}

absl::StatusOr<token> lexer::read_word() {
  auto length = std::size_t{1};
  while (is_word_part(look(length))) {
    auto rest = text_.substr(offset_ + length);
    if (static_cast<unsigned char>(rest[0]) >= 0xC2
        && length_of_one(rest, wide_spaces) != 0)
      break;
    ++length;
  }
  auto word = text_.substr(offset_, length);
  if (look(length) == '\'') {
    if (word == "N" || word == "n")
      return read_quoted(token_kind::string, length);
    if (word == "X" || word == "x")
      return read_quoted(token_kind::binary, length);
    if (word[0] == '_') {
      if (!is_character_set(word))
        return user_error(
            here(length),
            fmt::format("unknown character set {}", word.substr(1)),
            "all text is UTF-8; leave it out");
      return read_quoted(token_kind::string, length);
    }
  }
  if ((word == "U" || word == "u") && look(1) == '&' && look(2) == '\'')
    return read_quoted(token_kind::unicode, 2);
  auto result = take(token_kind::word, length);
  result.what = find_term(word);
  return result;
}

absl::Status lexer::unknown_character() const {
  auto rest = text_.substr(offset_);
  auto length = std::size_t{1};
  while ((look(length) & 0xC0) == 0x80)
    ++length;
  std::string_view hint;
  if (rest.starts_with('"'))
    hint = "text goes in 'single quotes', names in `backquotes`";
  else if (rest.starts_with("&&"))
    hint = "write AND";
  else if (rest.starts_with('!'))
    hint = "write NOT, or <> for not equal";
  else if (rest.starts_with('&') || rest.starts_with('~'))
    hint = "there are no operators on bits";
  if (length_of_one(rest, typographic_quotes) != 0)
    hint = "write ' around text";
  auto c = static_cast<unsigned char>(rest[0]);
  auto what = c < 0x20 || c == 0x7F ? fmt::format("\\x{:02x}", c)
                                    : std::string(rest.substr(0, length));
  return user_error(here(length), fmt::format("unexpected character {}", what),
                    hint);
}

absl::StatusOr<token> lexer::read_symbol() {
  for (std::size_t length : {3, 2, 1}) {
    auto text = text_.substr(offset_, length);
    auto what = text.size() == length ? term::of(text) : term();
    if (what.is_none() || (what == term("*/") && !in_hint_))
      continue;
    if (what == term("/*+"))
      in_hint_ = true;
    else if (what == term("*/"))
      in_hint_ = false;
    auto result = take(token_kind::symbol, length);
    result.what = what == term("!=") ? term("<>") : what;
    return result;
  }
  return unknown_character();
}

absl::StatusOr<token> lexer::next() {
  HERALD_TRY(skip_space());
  if (offset_ == text_.size())
    return token{token_kind::end, {}, {}, here(0)};
  auto c = look();
  if (c == '\'')
    return read_quoted(token_kind::string, 0);
  if (c == '`')
    return read_quoted(token_kind::quoted_name, 0);
  if (absl::ascii_isdigit(c) || (c == '.' && absl::ascii_isdigit(look(1))))
    return read_number();
  if (length_of_one(text_.substr(offset_), typographic_quotes) != 0)
    return unknown_character();
  if (is_word_start(c) || (c == '$' && is_word_part(look(1))))
    return read_word();
  return read_symbol();
}

} // namespace herald::sql
