#pragma once

#include <cstdint>
#include <string_view>

// Walks over the tokens of one JSON document, as `json_index` found them. It
// never moves past the document's end, whatever the text holds. A small value
// used by one thread; nothing is allocated.

namespace herald {

/// How deep a document may nest; deeper ones are malformed. One bit a level
/// of a 64-bit word in `json_cursor::skip`.
constexpr int json_depth_max = 64;

/// What is wrong with a document, and where.
struct json_error {
  std::uint32_t offset = 0;      ///< from the start of the indexed text
  const char* message = nullptr; ///< null: nothing is wrong
};

class json_cursor {
public:
  json_cursor() = default;

  /// `at` points at the first token at or behind the document's start; a
  /// token at or behind `end` must follow it in the array.
  json_cursor(const char* text, const std::uint32_t* at, std::uint32_t end)
      : text_(text), at_(at), end_(end) {}

  /// The first character of the current token, '\0' at the end.
  char peek() const {
    return *at_ < end_ ? text_[*at_] : '\0';
  }

  /// Where the current token starts; the document's end if there is none.
  std::uint32_t offset() const {
    return *at_ < end_ ? *at_ : end_;
  }

  /// The indexed text, which offsets count in.
  const char* text() const {
    return text_;
  }

  /// The token array from the current one on.
  const std::uint32_t* at() const {
    return at_;
  }

  /// Goes to the next token. Not allowed at the end.
  void advance() {
    ++at_;
  }

  /// The current string (with its quotes, if it is closed) or scalar, without
  /// the blanks behind it. Not allowed at the end.
  std::string_view token() const {
    auto begin = *at_;
    auto stop = at_[1] < end_ ? at_[1] : end_;
    while (is_blank(text_[stop - 1]))
      --stop;
    return {text_ + begin, stop - begin};
  }

  /// Text between two offsets, without blanks at its end.
  std::string_view between(std::uint32_t begin, std::uint32_t stop) const {
    while (stop > begin && is_blank(text_[stop - 1]))
      --stop;
    return {text_ + begin, stop - begin};
  }

  /// Moves behind the current value and checks its grammar. False: `error`
  /// says why.
  bool skip(json_error& error);

  /// Records what is wrong at the current token; returns false.
  bool fail(json_error& error, const char* message) const {
    error = {offset(), message};
    return false;
  }

  static bool is_blank(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
  }

private:
  bool skip_scalar(json_error& error);
  bool skip_key(json_error& error);

  const char* text_ = nullptr;
  const std::uint32_t* at_ = nullptr;
  std::uint32_t end_ = 0;
};

/// True for a string with both quotes.
inline bool is_closed_string(std::string_view token) {
  return token.size() >= 2 && token.front() == '"' && token.back() == '"';
}

} // namespace herald
