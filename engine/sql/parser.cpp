#include "engine/sql/parser.hpp"

#include "engine/sql/grammar.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald::sql {

namespace {

absl::Status check_text(std::string_view text) {
  if (text.size() > script_bytes_max)
    return user_error(fmt::format("this text has {} bytes, more than {}",
                                  text.size(), script_bytes_max),
                      "split it into several scripts");
  auto bad = find_invalid_utf8(text);
  if (bad == std::string_view::npos)
    return absl::OkStatus();
  auto before = text.substr(0, bad);
  text_position where;
  where.line = static_cast<std::uint32_t>(
      1 + std::count(before.begin(), before.end(), '\n'));
  auto line = before.substr(before.rfind('\n') + 1);
  where.column = static_cast<std::uint32_t>(
      1 + std::count_if(line.begin(), line.end(), [](char c) {
        return (c & 0xC0) != 0x80;
      }));
  where.offset = static_cast<std::uint32_t>(bad);
  where.length = 1;
  return user_error(where, "this is not UTF-8");
}

/// Fails unless everything was read.
void expect_end(cursor& in) {
  if (!in.at_end())
    in.fail_expected("the end");
}

} // namespace

absl::StatusOr<std::vector<statement>> parse_script(std::string_view text) {
  HERALD_TRY(check_text(text));
  cursor in(text);
  std::vector<statement> result;
  for (;;) {
    while (in.accept(";")) {
      // an empty statement
    }
    if (in.at_end())
      break;
    result.push_back(read_statement(in));
    if (!in.at_statement_end())
      in.fail_expected("; or the end");
  }
  HERALD_TRY(in.status());
  return result;
}

absl::StatusOr<statement> parse_statement(std::string_view text) {
  HERALD_TRY(check_text(text));
  cursor in(text);
  auto result = read_statement(in);
  while (in.accept(";")) {
    // behind the statement
  }
  expect_end(in);
  HERALD_TRY(in.status());
  return result;
}

absl::StatusOr<expression_ptr> parse_expression(std::string_view text) {
  HERALD_TRY(check_text(text));
  cursor in(text);
  auto result = read_expression(in);
  expect_end(in);
  HERALD_TRY(in.status());
  return result;
}

absl::StatusOr<type_name> parse_type(std::string_view text) {
  HERALD_TRY(check_text(text));
  cursor in(text);
  auto result = read_type(in, true);
  expect_end(in);
  HERALD_TRY(in.status());
  return result;
}

bool is_reserved(std::string_view word) {
  return find_term(word).kind() != word_class::other;
}

} // namespace herald::sql
