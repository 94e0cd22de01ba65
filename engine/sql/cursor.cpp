#include "engine/sql/cursor.hpp"

#include "engine/sql/parser.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace herald::sql {

namespace {

/// How much of a token an error shows.
constexpr std::size_t shown_bytes_max = 40;

/// Shorter words are near to too many others, unless they have their letters.
constexpr std::size_t suggestion_length_min = 3;

struct misplaced_word {
  term word;
  std::string_view hint;
};

constexpr std::string_view clause_order
    = "clauses come in this order: WHERE, GROUP BY, HAVING, WINDOW, QUALIFY, "
      "ORDER BY, LIMIT";

/// Operators of other dialects, which no rule asks for, and words that often
/// stand where they do not belong.
constexpr std::array<misplaced_word, 14> misplaced_words = {{
    {":", "a cast is written CAST(x AS type)"},
    {"=", "equality is written with one ="},
    {"^", "write POWER(a, b)"},
    {"DIV", "write a / b"},
    {"MOD", "write MOD(a, b) or a % b"},
    {"XOR", "write a <> b"},
    {"RLIKE", "write REGEXP(text, pattern)"},
    {"ILIKE", "write LOWER(x) LIKE 'a%'"},
    {"INTO", "INSERT INTO t SELECT …"},
    {"COLUMN", "ADD and DROP go without it: ADD x INT"},
    {"PARTITION", "OVER (PARTITION BY … ORDER BY …)"},
    {"WHERE", clause_order},
    {"GROUP", clause_order},
    {"HAVING", clause_order},
}};

/// Words that are seldom meant as names: what should stand before is missing.
constexpr std::array<term, 6> clause_words
    = {"FROM", "WHERE", "HAVING", "SELECT", "ON", "THEN"};

/// Returns `text` in capitals.
std::string to_capitals(std::string_view text) {
  std::string result(text);
  for (auto& c : result)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

/// True if both have the same letters, in another order.
bool is_shuffled(std::string a, std::string b) {
  if (a == b)
    return false;
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  return a == b;
}

/// True if one letter more, less or other makes `a` of `b`, or another order of
/// its letters.
bool is_near(std::string_view a, std::string_view b) {
  if (is_shuffled(std::string(a), std::string(b)))
    return true;
  if (std::min(a.size(), b.size()) < suggestion_length_min)
    return false;
  if (a.size() < b.size())
    std::swap(a, b);
  if (a.size() > b.size() + 1)
    return false;
  auto [x, y] = std::mismatch(b.begin(), b.end(), a.begin());
  auto rest_b = b.substr(static_cast<std::size_t>(x - b.begin()));
  auto rest_a = a.substr(static_cast<std::size_t>(y - a.begin()));
  if (a.size() > b.size())
    return rest_a.substr(1) == rest_b;
  if (rest_a.empty())
    return false; // the same word, which stands in the wrong place
  return rest_a.substr(1) == rest_b.substr(1);
}

std::string describe(const token& found) {
  if (found.kind == token_kind::end)
    return "the end of the text";
  auto length = std::min(found.text.size(), shown_bytes_max);
  while (length < found.text.size() && (found.text[length] & 0xC0) == 0x80)
    --length;
  auto cut = length < found.text.size() ? "…" : "";
  return fmt::format("{}{}", found.text.substr(0, length), cut);
}

std::string hint_of(term word) {
  for (const auto& entry : misplaced_words)
    if (entry.word == word)
      return std::string(entry.hint);
  return {};
}

} // namespace

cursor::cursor(std::string_view text) : text_(text), lexer_(text) {
  heights_.push_back(0);
  end_.where.offset = static_cast<std::uint32_t>(text.size());
}

void cursor::read_token() {
  auto read = lexer_.next();
  if (!read.ok()) {
    fail(read.status());
    return;
  }
  if (starts_statement_) {
    starts_statement_ = false;
    statement_start_ = read->where.offset;
    statement_tokens_ = 0;
  }
  ++statement_tokens_;
  auto bytes = read->where.offset + read->where.length - statement_start_;
  auto hint = "keep data in a file and read it as a table";
  if (read->what == term(";"))
    starts_statement_ = true;
  else if (read->kind == token_kind::end)
    --statement_tokens_;
  else if (bytes > statement_bytes_max)
    fail(read->where,
         fmt::format("this statement has more than {} bytes",
                     statement_bytes_max),
         hint);
  else if (statement_tokens_ > statement_tokens_max)
    fail(read->where,
         fmt::format("this statement has more than {} words and symbols",
                     statement_tokens_max),
         hint);
  tokens_.push_back(*read);
}

const token& cursor::peek(std::size_t ahead) {
  while (status_.ok() && tokens_.size() - next_ <= ahead)
    read_token();
  return status_.ok() ? tokens_[next_ + ahead] : end_;
}

bool cursor::is_at(std::size_t ahead, term what) {
  if (ahead == 0)
    tried_.push_back(what);
  return peek(ahead).what == what;
}

void cursor::skip(std::size_t count) {
  for (; count > 0 && !at_end(); --count) {
    last_ = peek();
    if (++next_ == tokens_.size()) {
      tokens_.clear();
      next_ = 0;
    }
  }
  if (last_.kind == token_kind::word && last_.what.is_none())
    last_tried_.swap(tried_);
  else
    last_tried_.clear();
  tried_.clear();
}

bool cursor::at(term first, term second, term third, term fourth) {
  return is_at(0, first) && (second.is_none() || is_at(1, second))
         && (third.is_none() || is_at(2, third))
         && (fourth.is_none() || is_at(3, fourth));
}

bool cursor::at_any(term a, term b, term c, term d, term e) {
  for (auto what : {a, b, c, d, e}) {
    if (!what.is_none() && is_at(0, what))
      return true;
  }
  return false;
}

bool cursor::accept(term first, term second, term third, term fourth) {
  if (!at(first, second, third, fourth))
    return false;
  skip(second.is_none() ? 1 : third.is_none() ? 2 : fourth.is_none() ? 3 : 4);
  return true;
}

void cursor::expect(term first, term second, term third, term fourth) {
  for (auto what : {first, second, third, fourth}) {
    if (!what.is_none() && !accept(what))
      fail_expected(what.text());
  }
}

void cursor::fail(absl::Status status) {
  if (status_.ok())
    status_ = std::move(status);
}

void cursor::fail(text_position where, std::string_view message,
                  std::string_view hint) {
  if (status_.ok())
    status_ = user_error(where, message, hint);
}

std::string cursor::suggest() const {
  auto find = [](const token& word, const std::vector<term>& terms) {
    if (word.kind != token_kind::word || !word.what.is_none())
      return std::string();
    auto capitals = to_capitals(word.text);
    for (auto what : terms) {
      if (what.kind() != word_class::symbol && is_near(capitals, what.text()))
        return fmt::format("did you mean {} instead of {}?", what.text(),
                           word.text);
    }
    return std::string();
  };
  // a misspelt word may have been taken for a name
  auto result = find(tokens_[next_], tried_);
  if (result.empty())
    result = find(last_, tried_);
  return result.empty() ? find(last_, last_tried_) : result;
}

void cursor::fail_expected(std::string_view what) {
  if (!status_.ok() || (peek(), !status_.ok()))
    return;
  const auto& found = peek();
  auto hint = suggest();
  if (hint.empty())
    hint = hint_of(found.what);
  fail(found.where,
       fmt::format("expected {} instead of {}", what, describe(found)), hint);
}

identifier cursor::read_name(std::string_view what) {
  auto next = peek();
  if (!next.is_name()) {
    const bool is_clause
        = std::find(clause_words.begin(), clause_words.end(), next.what)
          != clause_words.end();
    if (is_clause && suggest().empty())
      fail(next.where,
           fmt::format("expected {} instead of {}", what, next.text),
           fmt::format("is something missing before {}, or a comma too much?",
                       next.text));
    else if (next.kind == token_kind::word && suggest().empty()
             && next.what != term("PARTITION") && next.what != term("COLUMN"))
      fail(next.where,
           fmt::format("expected {} instead of {}, which is a reserved word",
                       what, next.text),
           fmt::format("as a name it goes in backquotes: `{}`", next.text));
    fail_expected(what);
    return {};
  }
  skip();
  return {next.kind == token_kind::quoted_name ? decode_quoted(next)
                                               : std::string(next.text),
          next.where};
}

qualified_name cursor::read_qualified_name(std::string_view what) {
  qualified_name result;
  do {
    result.push_back(read_name(what));
  } while (accept("."));
  return result;
}

std::vector<identifier> cursor::read_names_in_brackets(std::string_view what) {
  std::vector<identifier> result;
  expect("(");
  do {
    result.push_back(read_name(what));
  } while (accept(","));
  expect(")");
  return result;
}

std::string cursor::read_string(std::string_view what) {
  std::string result;
  if (!at_string())
    fail_expected(what);
  for (auto first = true; at_string(); first = false) {
    auto next = peek();
    if (!first && next.where.line == last_.where.line)
      break; // two on one line are a mistake
    skip();
    if (next.kind == token_kind::string) {
      result += decode_quoted(next);
      continue;
    }
    auto escape = '\\';
    if (accept("UESCAPE")) {
      auto sign = peek();
      auto text = sign.kind == token_kind::string ? decode_quoted(sign) : "";
      if (text.size() != 1 || std::isxdigit(static_cast<unsigned char>(text[0]))
          || text == "+" || text == "'")
        fail_expected("a character between single quotes");
      else
        escape = text[0];
      skip();
    }
    auto decoded = decode_unicode(next, escape);
    if (!decoded.ok())
      fail(decoded.status());
    else
      result += *decoded;
  }
  return result;
}

std::uint32_t cursor::read_number(std::string_view what) {
  auto next = peek();
  std::uint32_t result = 0;
  if (next.kind != token_kind::integer) {
    fail_expected(what);
    return result;
  }
  auto end = next.text.data() + next.text.size();
  auto [stop, error] = std::from_chars(next.text.data(), end, result);
  if (error != std::errc{} || result > unlimited_length)
    fail(next.where, fmt::format("{} is too large", next.text));
  skip();
  return result;
}

text_position cursor::since(text_position start) const {
  auto end = last_.where.offset + last_.where.length;
  start.length = end > start.offset ? end - start.offset : 0;
  return start;
}

void cursor::enter() {
  heights_.push_back(0);
  if (heights_.size() > max_nesting)
    fail(here(), fmt::format("nested more than {} levels deep", max_nesting),
         "split it into views");
}

void cursor::leave() {
  auto height = heights_.back() + 1;
  heights_.pop_back();
  heights_.back() = std::max(heights_.back(), height);
}

void cursor::grow(std::size_t levels) {
  heights_.back() += levels;
  if (heights_.size() + heights_.back() > max_nesting)
    fail(here(), fmt::format("nested more than {} levels deep", max_nesting),
         "split it into views");
}

} // namespace herald::sql
