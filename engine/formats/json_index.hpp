#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

// Finds where the tokens of JSON text start: simdjson's first stage, which
// runs over many documents at once at several GB/s, checks UTF-8 and finds
// the ends of strings. What the tokens mean is the business of
// `json_cursor`. One thread at a time; memory grows to 4 bytes for each byte
// of the largest text.

namespace herald {

enum class json_index_error : std::uint8_t {
  none,
  utf8,            ///< not valid UTF-8
  open_string,     ///< a string without its closing quote
  control_in_text, ///< an unescaped control character in a string
  empty,           ///< nothing but white space
  other,
};

class json_index {
public:
  json_index();
  ~json_index();

  /// Indexes `text` (below 4 GB). On success `tokens` holds the offset of
  /// each of {}[]:, and of the start of each string and scalar, ascending,
  /// followed by one more that equals `text.size()`. O(bytes).
  json_index_error run(std::string_view text);

  std::span<const std::uint32_t> tokens() const {
    return tokens_;
  }

private:
  struct parser;
  std::unique_ptr<parser> parser_;
  std::span<const std::uint32_t> tokens_;
};

/// Where `text` has the error that `run` found. O(bytes), and slow.
std::size_t locate(json_index_error error, std::string_view text);

bool is_utf8(std::string_view text);

/// "the text is not valid UTF-8", …
std::string_view to_string(json_index_error x);

} // namespace herald
