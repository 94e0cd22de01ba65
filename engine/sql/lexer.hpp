#pragma once

#include "engine/common/error.hpp"
#include "engine/sql/words.hpp"

#include <string>
#include <string_view>

#include <absl/status/statusor.h>

// Cuts SQL text into tokens, one at a time, and resolves the escapes of
// literals. Tokens point into the text, which must outlive them. Linear in the
// text, no allocation per token. Internal to engine/sql.

namespace herald::sql {

enum class token_kind : std::uint8_t {
  end, // of the text
  word,
  quoted_name, // `name`
  integer,     // 12
  decimal,     // 1.5
  approximate, // 1.5e3
  string,      // 'text', N'text', _UTF8'text'
  unicode,     // U&'text'
  binary,      // X'1F'
  symbol,
};

struct token {
  token_kind kind = token_kind::end;
  term what;             // of a symbol, and of a word that is in the table
  std::string_view text; // all of it, quotes included
  text_position where;

  /// True if it can name something: a word that is not reserved, or quoted.
  bool is_name() const {
    return kind == token_kind::quoted_name
           || (kind == token_kind::word && what.kind() == word_class::other);
  }
};

class lexer {
public:
  explicit lexer(std::string_view text);

  /// Returns the next token; at the end, again and again, one of kind `end`.
  /// Fails on text that is no token, such as an open quote.
  absl::StatusOr<token> next();

private:
  absl::Status skip_space();
  absl::Status skip_comment();
  absl::StatusOr<token> read_quoted(token_kind kind, std::size_t prefix);
  absl::StatusOr<token> read_number();
  absl::StatusOr<token> read_word();
  absl::StatusOr<token> read_symbol();
  absl::Status unknown_character() const;

  /// Returns the byte `ahead` of here, or 0 behind the end.
  char look(std::size_t ahead = 0) const {
    return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0';
  }

  text_position here(std::size_t length = 1) const;

  /// Moves `count` bytes on, counting lines and columns.
  void advance(std::size_t count);

  /// Makes a token of the next `length` bytes and moves behind them.
  token take(token_kind kind, std::size_t length);

  std::string_view text_;
  std::size_t offset_ = 0;
  std::uint32_t line_ = 1;
  std::uint32_t column_ = 1;
  bool in_hint_ = false; // between /*+ and */
};

/// Returns the word of the grammar that `word` is, in any case.
term find_term(std::string_view word);

/// Returns where `text` stops being UTF-8, or npos. O(n).
std::size_t find_invalid_utf8(std::string_view text);

/// Returns what a `string` or `quoted_name` token stands for.
std::string decode_quoted(const token& from);

/// Returns what a `unicode` token stands for: \XXXX and \+XXXXXX with
/// `escape` for the backslash. Fails on a bad escape.
absl::StatusOr<std::string> decode_unicode(const token& from, char escape);

/// Returns the digits of a `binary` token in lower case. Fails on an odd
/// number of them or on other characters.
absl::StatusOr<std::string> decode_binary(const token& from);

} // namespace herald::sql
