#pragma once

#include "engine/sql/ast_type.hpp"
#include "engine/sql/lexer.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <absl/status/status.h>

// What the grammar reads from: the token at hand, a few ahead, and the first
// error. After an error the rest of the text counts as read: every `at` and
// `accept` is false, so that all loops of the grammar end, and what they built
// is thrown away. So grammar functions need no error paths of their own.
// Bounded by the limits of parser.hpp. Internal to engine/sql.

namespace herald::sql {

class cursor {
public:
  /// `text` must outlive the cursor.
  explicit cursor(std::string_view text);

  /// Returns the token `ahead` of the one at hand.
  const token& peek(std::size_t ahead = 0);

  /// True if this term is at hand, or these, one after another.
  bool at(term first, term second = {}, term third = {}, term fourth = {});

  /// True if one of these terms is at hand.
  bool at_any(term a, term b, term c = {}, term d = {}, term e = {});

  /// Reads these terms if they are at hand, or none of them.
  bool accept(term first, term second = {}, term third = {}, term fourth = {});

  /// Reads these terms; fails where one is missing.
  void expect(term first, term second = {}, term third = {}, term fourth = {});

  /// True at the end of the text, and after an error.
  bool at_end() {
    return peek().kind == token_kind::end;
  }

  /// True if a name is at hand: no reserved word.
  bool at_name() {
    return peek().is_name();
  }

  /// Reads `count` tokens, whatever they are.
  void skip(std::size_t count = 1);

  /// Reads a name; `what` says of what, for the error.
  identifier read_name(std::string_view what);

  /// Reads `a`, `a.b`, `a.b.c`.
  qualified_name read_qualified_name(std::string_view what);

  /// Reads `(a, b)`.
  std::vector<identifier> read_names_in_brackets(std::string_view what);

  /// Reads text between single quotes, or what continues it on other lines.
  std::string read_string(std::string_view what);

  /// Reads a whole number below 2^31.
  std::uint32_t read_number(std::string_view what);

  bool at_string() {
    return peek().kind == token_kind::string
           || peek().kind == token_kind::unicode;
  }

  /// Fails at the token at hand, with "expected `what` instead of …".
  void fail_expected(std::string_view what);

  void fail(text_position where, std::string_view message,
            std::string_view hint = {});

  /// Keeps the first error.
  void fail(absl::Status status);

  const absl::Status& status() const {
    return status_;
  }

  /// Returns where the token at hand starts.
  text_position here() {
    return peek().where;
  }

  /// Returns the stretch from `start` to the end of what was read last.
  text_position since(text_position start) const;

  /// Returns the text of a stretch.
  std::string_view text_of(text_position where) const {
    return text_.substr(where.offset, where.length);
  }

  /// True at `;` and at the end.
  bool at_statement_end() {
    return at_end() || at(";");
  }

  /// Keeps trees low. `enter` and `leave` bracket a level of the grammar;
  /// `grow` says that what was read so far went one level down in the tree.
  void enter();
  void leave();
  void grow(std::size_t levels = 1);

private:
  bool is_at(std::size_t ahead, term what);
  void read_token();
  std::string suggest() const;

  std::string_view text_;
  lexer lexer_;
  std::vector<token> tokens_; // from `next_` on not yet read by the grammar
  std::size_t next_ = 0;
  token end_;  // what `peek` gives after an error
  token last_; // what was read last
  absl::Status status_;
  std::vector<term> tried_;      // asked for at this token, for suggestions
  std::vector<term> last_tried_; // and at `last_`, if it is an unknown word
  bool starts_statement_ = true;
  std::uint32_t statement_start_ = 0;
  std::size_t statement_tokens_ = 0;
  std::vector<std::size_t> heights_; // of what was read, per open level
};

/// Brackets a level of the grammar.
class nesting_level {
public:
  explicit nesting_level(cursor& in) : in_(in) {
    in_.enter();
  }

  ~nesting_level() {
    in_.leave();
  }

  nesting_level(const nesting_level&) = delete;
  nesting_level& operator=(const nesting_level&) = delete;

private:
  cursor& in_;
};

} // namespace herald::sql
