#include "cep/pattern_parser.hpp"

#include "engine/expr/utf8.hpp"
#include "engine/sql/ast_table.hpp"
#include "engine/sql/parser.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace herald {

namespace {

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == y;
  });
}

/// Finds the words and signs of the pattern that lie outside of conditions'
/// texts, comments and quoted names.
class pattern_scanner {
public:
  explicit pattern_scanner(std::string_view text) : text_(text) {}

  bool at_end() {
    skip_space();
    return at_ >= text_.size();
  }

  std::size_t offset() {
    skip_space();
    return at_;
  }

  /// The word that begins here; empty if none does.
  std::string_view word() {
    skip_space();
    auto end = at_;
    while (end < text_.size() && is_word_character(text_[end]))
      ++end;
    return text_.substr(at_, end - at_);
  }

  bool accept(std::string_view expected) {
    auto found = word();
    if (!same_word(found, expected))
      return false;
    at_ += found.size();
    return true;
  }

  bool accept(char sign) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != sign)
      return false;
    ++at_;
    return true;
  }

  void skip(std::size_t bytes) {
    at_ += bytes;
  }

  /// Goes on to the next `then` that is none of a CASE, or to the end.
  void skip_condition() {
    int cases = 0;
    while (!at_end()) {
      auto found = word();
      if (found.empty()) {
        skip_sign();
        continue;
      }
      if (cases == 0 && same_word(found, "then"))
        return;
      cases += same_word(found, "case");
      cases -= cases > 0 && same_word(found, "end");
      at_ += found.size();
    }
  }

  text_position position(std::size_t offset, std::size_t length = 1) const {
    auto before = text_.substr(0, offset);
    auto line = before.substr(before.rfind('\n') + 1);
    text_position result;
    result.line = static_cast<std::uint32_t>(
        1 + std::count(before.begin(), before.end(), '\n'));
    result.column = static_cast<std::uint32_t>(1 + count_characters(line));
    result.length = static_cast<std::uint32_t>(length);
    return result;
  }

private:
  bool looks_at(std::string_view x) const {
    return text_.substr(at_).starts_with(x);
  }

  void skip_behind(std::string_view close, std::size_t from) {
    auto end = text_.find(close, from);
    at_ = end == std::string_view::npos ? text_.size() : end + close.size();
  }

  void skip_space() {
    for (;;) {
      while (at_ < text_.size()
             && std::isspace(static_cast<unsigned char>(text_[at_])))
        ++at_;
      if (looks_at("--"))
        skip_behind("\n", at_);
      else if (looks_at("/*"))
        skip_behind("*/", at_ + 2);
      else
        return;
    }
  }

  /// A doubled quote inside a text reads as two texts: the same end.
  void skip_sign() {
    auto sign = text_[at_];
    if (sign == '\'' || sign == '"' || sign == '`')
      skip_behind(text_.substr(at_, 1), at_ + 1);
    else
      ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

/// `text[begin, end)` at its place.
std::string placed_part(std::string_view text, std::size_t begin,
                        std::size_t end) {
  std::string result;
  for (auto c : text.substr(0, begin)) {
    if (c == '\n')
      result += '\n';
    else if ((c & 0xC0) != 0x80)
      result += ' ';
  }
  return result.append(text.substr(begin, end - begin));
}

absl::StatusOr<sql::identifier> read_name(pattern_scanner& in) {
  auto begin = in.offset();
  auto name = in.word();
  auto where = in.position(begin, std::max<std::size_t>(name.size(), 1));
  if (same_word(name, "not"))
    return user_error(where, "'then not' is not supported yet");
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])))
    return user_error(where, "a step begins with its name",
                      "as in 'small: amount < 10'");
  in.skip(name.size());
  if (!in.accept(':'))
    return user_error(
        in.position(in.offset()),
        fmt::format("a ':' must follow the name '{}' of a step", name),
        "as in 'small: amount < 10'");
  return sql::identifier{std::string(name), where};
}

absl::StatusOr<rule_step> read_step(pattern_scanner& in,
                                    std::string_view text) {
  rule_step result;
  HERALD_ASSIGN(result.name, read_name(in));
  auto begin = in.offset();
  in.skip_condition();
  auto end = in.offset();
  if (text.substr(begin, end - begin).empty())
    return user_error(
        in.position(begin),
        fmt::format("step '{}' has no condition", result.name.name),
        "TRUE takes every event");
  HERALD_ASSIGN(result.condition,
                parse_placed_expression(placed_part(text, begin, end),
                                        in.position(begin)));
  return result;
}

} // namespace

absl::StatusOr<std::shared_ptr<const sql::expression>>
parse_placed_expression(std::string_view text, text_position where) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return user_error(where, "there is no expression here");
  HERALD_ASSIGN(auto result, sql::parse_expression(text));
  return std::shared_ptr<const sql::expression>(std::move(result));
}

absl::StatusOr<std::vector<rule_step>> parse_pattern(std::string_view text,
                                                     text_position where) {
  pattern_scanner in(text);
  if (in.at_end())
    return user_error(where, "the pattern has no step");
  std::vector<rule_step> result;
  auto follows = contiguity::relaxed;
  for (;;) {
    if (result.size() == rule_steps_max)
      return user_error(
          in.position(in.offset()),
          fmt::format("a pattern has at most {} steps", rule_steps_max));
    HERALD_ASSIGN(auto step, read_step(in, text));
    step.follows = follows;
    for (const auto& other : result)
      if (other.name.name == step.name.name)
        return user_error(
            step.name.where,
            fmt::format("two steps are called '{}'", step.name.name));
    result.push_back(std::move(step));
    if (in.at_end())
      return result;
    in.skip(std::string_view("then").size());
    follows
        = in.accept("immediately") ? contiguity::strict : contiguity::relaxed;
    if (in.at_end())
      return user_error(in.position(in.offset()),
                        "a step must follow after 'then'");
  }
}

} // namespace herald
