#include "engine/formats/text_parse.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <string>

#include <absl/strings/ascii.h>
#include <strings.h>

namespace herald {

namespace {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

/// Reads exactly `count` digits at `at`.
std::optional<int> digits_at(std::string_view text, std::size_t at,
                             std::size_t count) {
  if (at + count > text.size())
    return std::nullopt;
  int result = 0;
  for (std::size_t i = at; i < at + count; ++i) {
    if (!absl::ascii_isdigit(text[i]))
      return std::nullopt;
    result = result * 10 + (text[i] - '0');
  }
  return result;
}

/// Seconds that a zone suffix ("Z", "+01:00", "-0530") lies ahead of UTC.
std::optional<std::int64_t> zone_seconds(std::string_view text) {
  if (text == "Z" || text == "z")
    return 0;
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-'))
    return std::nullopt;
  bool colon = text[3] == ':';
  if (text.size() != (colon ? 6u : 5u))
    return std::nullopt;
  auto hours = digits_at(text, 1, 2);
  auto minutes = digits_at(text, colon ? 4 : 3, 2);
  if (!hours || !minutes || *hours > 18 || *minutes > 59)
    return std::nullopt;
  std::int64_t seconds = *hours * 3600 + *minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

} // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text[0] == '-')
      return std::nullopt;
  }
  std::int64_t result = 0;
  auto [end, error]
      = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

std::optional<double> parse_double(std::string_view text) {
  if (!text.empty() && text[0] == '+')
    text.remove_prefix(1);
  double result = 0;
  auto [end, error]
      = std::from_chars(text.data(), text.data() + text.size(), result);
  if (end != text.data() + text.size() || text.empty())
    return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Tiny values are zero, huge ones do not fit: long double tells.
    auto wide = std::strtold(std::string(text).c_str(), nullptr);
    if (std::fabs(wide) > 1)
      return std::nullopt;
    return std::signbit(wide) ? -0.0 : 0.0;
  }
  if (error != std::errc{})
    return std::nullopt;
  return result;
}

std::optional<bool> parse_boolean(std::string_view text) {
  if (equals_ignoring_case(text, "true"))
    return true;
  if (equals_ignoring_case(text, "false"))
    return false;
  return std::nullopt;
}

std::optional<std::int64_t> parse_clock(std::string_view text) {
  constexpr std::int64_t second = 1'000'000'000;
  auto hours = digits_at(text, 0, 2);
  auto minutes = digits_at(text, 3, 2);
  if (!hours || !minutes || text[2] != ':' || *hours > 23 || *minutes > 59)
    return std::nullopt;
  std::int64_t result = (*hours * 60 + *minutes) * 60 * second;
  if (text.size() == 5)
    return result;
  auto seconds = digits_at(text, 6, 2);
  if (!seconds || text[5] != ':' || *seconds > 59)
    return std::nullopt;
  result += *seconds * second;
  if (text.size() == 8)
    return result;
  if (text[8] != '.' || text.size() == 9)
    return std::nullopt;
  std::int64_t unit = second;
  for (std::size_t i = 9; i < text.size(); ++i) {
    if (!absl::ascii_isdigit(text[i]))
      return std::nullopt;
    unit /= 10; // 0 from the tenth digit on: cut off
    result += unit * (text[i] - '0');
  }
  return result;
}

std::optional<int128> parse_moment(std::string_view text,
                                   timestamp_standard standard, bool zoned,
                                   int digits, std::int64_t ticks_per_second) {
  char separator = standard == timestamp_standard::sql ? ' ' : 'T';
  if (text.size() < 16 || text[10] != separator)
    return std::nullopt;
  auto days = parse_date(text.substr(0, 10));
  auto clock = text.substr(11);
  std::int64_t shift = 0;
  if (auto at = clock.find_first_of("Zz+-"); at != std::string_view::npos) {
    auto zone = zone_seconds(clock.substr(at));
    if (!zoned || !zone)
      return std::nullopt;
    shift = *zone;
    clock = clock.substr(0, at);
  }
  auto nanoseconds = parse_clock(clock);
  if (!days || !nanoseconds)
    return std::nullopt;
  std::int64_t unit = 1'000'000'000;
  for (int i = 0; i < digits; ++i)
    unit /= 10;
  auto of_day = *nanoseconds / unit * unit;
  auto seconds = std::int64_t{*days} * seconds_per_day - shift;
  return int128{seconds} * ticks_per_second
         + of_day / (1'000'000'000 / ticks_per_second);
}

bool parse_base64(std::string_view text, std::string& out) {
  auto value_of = [](char c) -> int {
    if (c >= 'A' && c <= 'Z')
      return c - 'A';
    if (c >= 'a' && c <= 'z')
      return c - 'a' + 26;
    if (absl::ascii_isdigit(c))
      return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  if (text.size() % 4 != 0)
    return false;
  std::size_t pad = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool filler = i + pad >= text.size();
    int value = filler ? 0 : value_of(text[i]);
    if (value < 0)
      return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (i % 4 != 3)
      continue;
    std::size_t bytes = i + 1 == text.size() ? 3 - pad : 3;
    for (std::size_t k = 0; k < bytes; ++k)
      out.push_back(static_cast<char>(bits >> (16 - 8 * k) & 0xff));
    bits = 0;
  }
  return true;
}

bool is_json_number(std::string_view text) {
  std::size_t at = 0;
  auto digits = [&] {
    auto from = at;
    while (at < text.size() && absl::ascii_isdigit(text[at]))
      ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '-')
    ++at;
  auto first = at;
  if (!digits() || (text[first] == '0' && at > first + 1))
    return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits())
      return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+'))
      ++at;
    if (!digits())
      return false;
  }
  return at == text.size();
}

} // namespace herald
