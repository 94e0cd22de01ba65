#include "engine/serving/job.hpp"

#include "engine/common/error.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::size_t name_max = 64;
constexpr std::size_t id_digits = 16;
constexpr std::uint32_t capacity_max = 100'000;
constexpr std::uint32_t running_most = 10'000;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Returns where the comments at the start of `sql` end; npos if one is open
/// or holds another, which dialects read differently.
std::size_t skip_comments(std::string_view sql) {
  for (std::size_t at = 0;;) {
    at = sql.find_first_not_of(" \t\r\n", at);
    auto rest = sql.substr(std::min(at, sql.size()));
    if (rest.starts_with("--")) {
      at = sql.find('\n', at);
    } else if (rest.starts_with("/*")) {
      auto end = sql.find("*/", at + 2);
      if (end == sql.npos
          || sql.substr(at + 2, end - at).find("/*") != sql.npos)
        return sql.npos;
      at = end + 2;
    } else {
      return at;
    }
  }
}

} // namespace

job_error to_error(const absl::Status& status) {
  if (status.ok())
    return {};
  auto where = position_of(status);
  return {static_cast<std::uint8_t>(status.code()),
          std::string(message_of(status)), where.line, where.column,
          hint_of(status)};
}

absl::Status to_status(const job_error& error) {
  if (error.code == 0)
    return absl::OkStatus();
  return placed_error(static_cast<absl::StatusCode>(error.code), error.message,
                      {error.line, error.column, 0, 0}, error.hint);
}

std::string queue_of(const std::string& id) {
  auto dot = id.find('.');
  if (dot == id.npos || dot == 0 || id.size() != dot + 1 + id_digits)
    return {};
  return id.substr(0, dot);
}

bool is_repeatable(const std::string& sql) {
  // Words that begin a statement that only reads, and words that make any
  // statement one that may not: a WITH can lead to an INSERT, a function can
  // count on. Quoted text and comments count too; that errs on the safe side.
  constexpr std::string_view readers[]
      = {"select",   "with", "values",    "from",   "table",
         "describe", "show", "summarize", "explain"};
  constexpr std::string_view writers[]
      = {"insert", "update", "delete", "merge",   "copy",    "create",
         "drop",   "alter",  "into",   "nextval", "truncate"};
  auto among = [](std::string_view word, const auto& list) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
  };
  auto first = true;
  std::string word;
  for (auto i = skip_comments(sql); i <= sql.size(); ++i) {
    auto c = i < sql.size() ? sql[i] : ' ';
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    if (is_name_char(c) && c != '-') {
      word += c;
    } else if (!word.empty()) {
      if (first ? !among(word, readers) : among(word, writers))
        return false;
      first = false;
      word.clear();
    }
  }
  return !first;
}

absl::Status check(const queue_settings& x) {
  if (x.name.empty() || x.name.size() > name_max
      || !std::all_of(x.name.begin(), x.name.end(), is_name_char))
    return user_error(
        fmt::format("'{}' is no name of a queue", x.name),
        fmt::format("1 to {} letters, digits, '_' and '-'", name_max));
  if (x.weight_milli < 1 || x.weight_milli > weight_milli_max)
    return user_error("the weight of a queue is from 0.001 to 1000");
  if (x.capacity < 1 || x.capacity > capacity_max)
    return user_error(
        fmt::format("the capacity of a queue is from 1 to {}", capacity_max));
  if (x.running_max < 1 || x.running_max > running_most)
    return user_error(
        fmt::format("a queue runs from 1 to {} jobs at a time", running_most));
  return absl::OkStatus();
}

} // namespace herald
