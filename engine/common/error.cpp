#include "engine/common/error.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <numeric>

#include <absl/strings/cord.h>
#include <fmt/format.h>

namespace herald {

namespace {

constexpr const char* position_url = "herald/position";
constexpr const char* hint_url = "herald/hint";

/// Names further apart than this are no help as a suggestion.
constexpr std::size_t suggestion_distance_max = 3;

/// Letters more, less or other, or neighbours swapped (optimal string alignment
/// of Damerau and Levenshtein); capitals do not count. O(|a| · |b|).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x))
           == std::tolower(static_cast<unsigned char>(y));
  };
  std::vector<std::size_t> older(b.size() + 1);
  std::vector<std::size_t> old(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    older.swap(old);
    old.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({old[j] + 1, row[j - 1] + 1,
                         old[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1)});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2])
          && same(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], older[j - 2] + 1);
    }
  }
  return row[b.size()];
}

/// What is as wide as the first `count` characters of `line`.
std::string space_before(std::string_view line, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < line.size() && result.size() < count; ++i)
    if ((static_cast<unsigned char>(line[i]) & 0xc0) != 0x80)
      result.push_back(line[i] == '\t' ? '\t' : ' ');
  result.resize(std::max(result.size(), count), ' ');
  return result;
}

} // namespace

absl::Status user_error(text_position where, std::string_view message,
                        std::string_view hint) {
  std::string text;
  if (where.line != 0)
    text = fmt::format("line {}, column {}: ", where.line, where.column);
  text += message;
  if (!hint.empty())
    text += fmt::format(" ({})", hint);
  return placed_error(absl::StatusCode::kInvalidArgument, text, where, hint);
}

absl::Status placed_error(absl::StatusCode code, std::string_view message,
                          text_position where, std::string_view hint) {
  absl::Status status(code, {message.data(), message.size()});
  if (where.line != 0)
    status.SetPayload(position_url, absl::Cord(fmt::format(
                                        "{}:{}:{}:{}", where.line, where.column,
                                        where.offset, where.length)));
  if (!hint.empty())
    status.SetPayload(hint_url,
                      absl::Cord(absl::string_view(hint.data(), hint.size())));
  return status;
}

std::string hint_of(const absl::Status& status) {
  auto payload = status.GetPayload(hint_url);
  return payload ? std::string(*payload) : std::string();
}

absl::Status user_error(std::string_view message, std::string_view hint) {
  return user_error(text_position{}, message, hint);
}

text_position position_of(const absl::Status& status) {
  auto payload = status.GetPayload(position_url);
  if (!payload)
    return {};
  auto text = std::string(*payload);
  text_position result;
  const auto* next = text.data();
  const auto* end = next + text.size();
  for (auto* field :
       {&result.line, &result.column, &result.offset, &result.length}) {
    auto parsed = std::from_chars(next, end, *field);
    if (parsed.ec != std::errc{})
      return {};
    next = parsed.ptr == end ? end : parsed.ptr + 1;
  }
  return result;
}

std::string_view message_of(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

absl::Status annotate(const absl::Status& status, std::string_view context) {
  if (status.ok())
    return status;
  absl::Status result(status.code(),
                      fmt::format("{}: {}", context, message_of(status)));
  status.ForEachPayload([&result](absl::string_view url, const absl::Cord& x) {
    result.SetPayload(url, x);
  });
  return result;
}

std::string render_error(std::string_view source, const absl::Status& status) {
  auto text = std::string(message_of(status));
  auto where = position_of(status);
  if (where.line == 0)
    return text;
  std::size_t start = 0;
  for (auto n = where.line; n > 1; --n) {
    start = source.find('\n', start);
    if (start == std::string_view::npos)
      return text;
    ++start;
  }
  auto line = source.substr(start, source.find('\n', start) - start);
  auto indent = std::min<std::size_t>(where.column - 1, line.size());
  auto carets
      = std::clamp<std::size_t>(where.length, 1, line.size() - indent + 1);
  return fmt::format("{}\n  {}\n  {}{:^>{}}", text, line,
                     space_before(line, indent), "", carets);
}

std::string nearest_name(std::string_view name,
                         const std::vector<std::string>& names) {
  std::string best;
  auto best_distance = suggestion_distance_max + 1;
  for (const auto& candidate : names) {
    auto distance = edit_distance(name, candidate);
    if (distance < best_distance && distance * 2 <= candidate.size() + 1) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

} // namespace herald
