#include "engine/sql/complete.hpp"

#include "engine/sql/lexer.hpp"
#include "engine/sql/parser.hpp"

namespace herald::sql {

namespace {

bool ends_in_semicolon(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return end != std::string_view::npos && text[end] == ';';
}

} // namespace

bool is_complete(std::string_view text) {
  lexer tokens(text);
  std::string_view last;
  for (;;) {
    const auto found = tokens.next();
    if (!found.ok())
      return ends_in_semicolon(text);
    if (found->kind == token_kind::end) {
      if (last != ";")
        return false;
      // What is missing behind the last ';' may still come.
      const auto parsed = parse_script(text);
      return parsed.ok()
             || position_of(parsed.status()).offset < found->where.offset;
    }
    last = found->text;
  }
}

} // namespace herald::sql
