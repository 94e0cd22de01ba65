#include "engine/formats/json_cursor.hpp"

#include "engine/formats/json_string.hpp"
#include "engine/formats/text_parse.hpp"

namespace herald {

namespace {

bool is_good_string(std::string_view token) {
  return is_closed_string(token)
         && has_good_escapes(token.substr(1, token.size() - 2));
}

} // namespace

bool json_cursor::skip_scalar(json_error& error) {
  if (peek() == '\0')
    return fail(error, "the document ends in the middle of a value");
  auto text = token();
  bool good = false;
  switch (text.front()) {
  case '"':
    good = is_good_string(text);
    break;
  case 't':
    good = text == "true";
    break;
  case 'f':
    good = text == "false";
    break;
  case 'n':
    good = text == "null";
    break;
  default:
    good = is_json_number(text);
  }
  if (!good)
    return fail(error, "not a JSON value");
  advance();
  return true;
}

bool json_cursor::skip_key(json_error& error) {
  if (peek() != '"' || !is_good_string(token()))
    return fail(error, "expected a field name in quotes");
  advance();
  if (peek() != ':')
    return fail(error, "expected ':'");
  advance();
  return true;
}

bool json_cursor::skip(json_error& error) {
  std::uint64_t objects = 0; // one bit a level: object (1) or array (0)
  int depth = 0;
  for (;;) {
    // At a value.
    char open = peek();
    if (open == '{' || open == '[') {
      if (depth == json_depth_max)
        return fail(error, "the document is nested too deeply");
      bool object = open == '{';
      advance();
      objects = objects << 1 | (object ? 1u : 0u);
      ++depth;
      if (peek() != (object ? '}' : ']')) {
        if (object && !skip_key(error))
          return false;
        continue;
      }
    } else if (!skip_scalar(error)) {
      return false;
    }
    // Behind a value, or before the bracket that closes an empty one.
    for (;;) {
      if (depth == 0)
        return true;
      bool object = (objects & 1) != 0;
      char next = peek();
      if (next == (object ? '}' : ']')) {
        advance();
        objects >>= 1;
        --depth;
        continue;
      }
      if (next != ',')
        return fail(error,
                    object ? "expected ',' or '}'" : "expected ',' or ']'");
      advance();
      if (object && !skip_key(error))
        return false;
      break;
    }
  }
}

} // namespace herald
