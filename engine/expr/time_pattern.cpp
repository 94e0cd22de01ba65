#include "engine/expr/time_pattern.hpp"

#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/time_pattern_fields.hpp"
#include "engine/expr/zone.hpp"

#include <span>

#include <fmt/format.h>

namespace herald {

namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// How often a letter may be repeated; 0 for one without meaning.
int repeats_max(char letter, pattern_dialect dialect) {
  struct entry {
    std::string_view letters;
    int most;
  };

  static constexpr entry simple[]
      = {{"GyYMLwWDdFEuaHkKhmsSzZ", 1'000}, {"X", 3}};
  static constexpr entry formatter[] = {
      {"yuYnNAg", 19}, {"S", 9}, {"MLEeGQqXxZ", 5}, {"Bz", 5},  {"c", 5},
      {"O", 4},        {"D", 3}, {"dhHkKmswV", 2},  {"aFW", 1}, {"p", 1'000}};
  for (const auto& x : dialect == pattern_dialect::simple
                           ? std::span<const entry>(simple)
                           : std::span<const entry>(formatter))
    if (x.letters.find(letter) != std::string_view::npos)
      return x.most;
  return 0;
}

bool is_number(char letter, int count) {
  if (std::string_view("MLecQq").find(letter) != std::string_view::npos)
    return count <= 2;
  return std::string_view("yuYdDFwWHhKkmsSnANg").find(letter)
         != std::string_view::npos;
}

/// Appends `n` with `width` digits at least.
void append_padded(std::string& to, std::int64_t n, int width) {
  char digits[20];
  auto count = 0;
  auto rest = n < 0 ? 0 - static_cast<std::uint64_t>(n)
                    : static_cast<std::uint64_t>(n);
  for (; rest != 0 || count == 0; rest /= 10)
    digits[count++] = static_cast<char>('0' + rest % 10);
  if (n < 0)
    to += '-';
  for (auto i = count; i < width; ++i)
    to += '0';
  while (count > 0)
    to += digits[--count];
}

/// "+08:00", "+0800", "+08" of an offset in seconds.
std::string offset_text(std::int64_t seconds, std::string_view between,
                        bool minutes) {
  auto size = seconds < 0 ? -seconds : seconds;
  auto result = fmt::format("{}{:02}", seconds < 0 ? '-' : '+', size / 3600);
  if (minutes)
    result += fmt::format("{}{:02}", between, size / 60 % 60);
  return result;
}

/// "GMT+8", "GMT+08:00", "GMT".
std::string gmt_text(std::int64_t seconds, bool is_long) {
  if (seconds == 0)
    return "GMT";
  if (is_long)
    return "GMT" + offset_text(seconds, ":", true);
  const auto size = seconds < 0 ? -seconds : seconds;
  auto result = fmt::format("GMT{}{}", seconds < 0 ? '-' : '+', size / 3600);
  if (size % 3600 != 0)
    result += fmt::format(":{:02}", size / 60 % 60);
  return result;
}

/// "1", "01", "Q1", "1st quarter", "1".
void append_quarter(std::string& to, int quarter, int count) {
  static constexpr std::string_view names[]
      = {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"};
  if (count == 4) {
    to += names[quarter - 1];
    return;
  }
  to += count == 2 ? "0" : count == 3 ? "Q" : "";
  to += static_cast<char>('0' + quarter);
}

/// The part of the day as English has it.
std::string_view day_period(std::int64_t hour, std::int64_t minute) {
  if (minute == 0 && hour % 12 == 0)
    return hour == 0 ? "midnight" : "noon";
  return hour < 6    ? "at night"
         : hour < 12 ? "in the morning"
         : hour < 18 ? "in the afternoon"
         : hour < 21 ? "in the evening"
                     : "at night";
}

} // namespace

/// What letters stand for that are plain numbers in any dialect. Weeks begin
/// on Sunday, and the one with January 1st is the first. `weekday`: 0 is
/// Monday.
std::optional<std::int64_t>
time_pattern::plain_number(char letter, const fields& value,
                           std::int64_t weekday) const {
  auto since_sunday = (weekday + 1) % 7;
  auto week_of = [&](std::int64_t day) { // day: of the month or year
    return (day - 1 + floor_mod(since_sunday - day + 1, 7)) / 7 + 1;
  };
  auto year = value.date.year;
  auto next_year = days_from_civil(year + 1, 1, 1);
  auto of_next = value.days - since_sunday + 6 >= next_year;
  switch (letter) {
  case 'w':
    return of_next ? 1 : week_of(value.day_of_year);
  case 'W':
    return week_of(value.date.day);
  case 'Y':
    return year + (of_next ? 1 : 0);
  case 'F':
    return dialect_ == pattern_dialect::simple ? (value.date.day - 1) / 7 + 1
                                               : (value.date.day - 1) % 7 + 1;
  case 'd':
    return value.date.day;
  case 'D':
    return value.day_of_year;
  case 'H':
    return value.hour;
  case 'k':
    return value.hour == 0 ? 24 : value.hour;
  case 'K':
    return value.hour % 12;
  case 'h':
    return value.hour % 12 == 0 ? 12 : value.hour % 12;
  case 'm':
    return value.minute;
  case 's':
    return value.second;
  case 'n':
    return value.nanos;
  case 'A':
    return value.source.nanos / 1'000'000;
  case 'N':
    return value.source.nanos;
  case 'g':
    return value.days + 40'587; // since 1858-11-17
  default:
    return std::nullopt;
  }
}

time_pattern::time_pattern(std::string_view pattern, pattern_dialect dialect)
    : dialect_(dialect) {
  auto add_text = [&](std::string_view text) {
    if (items_.empty() || items_.back().letter != 0)
      items_.push_back({});
    items_.back().text += text;
  };
  auto open = 0; // sections
  auto add_symbol = [&](char c) {
    const auto known
        = dialect == pattern_dialect::simple
          || (std::string_view("{}#").find(c) == std::string_view::npos
              && (c != ']' || open > 0));
    if (!known && bad_ == 0)
      bad_ = c;
    if (dialect == pattern_dialect::simple || (c != '[' && c != ']'))
      return add_text({&c, 1});
    open += c == '[' ? 1 : -1;
    items_.push_back({});
    items_.back().letter = c;
  };
  for (std::size_t i = 0; i < pattern.size();) {
    auto c = pattern[i];
    if (c == '\'') {
      auto end = i + 1;
      if (end < pattern.size() && pattern[end] == '\'') {
        add_text("'");
        i += 2;
        continue;
      }
      for (; end < pattern.size(); ++end) {
        if (pattern[end] != '\'')
          add_text(pattern.substr(end, 1));
        else if (end + 1 < pattern.size() && pattern[end + 1] == '\'')
          add_text(pattern.substr(++end, 1));
        else
          break;
      }
      if (end >= pattern.size() && bad_ == 0)
        bad_ = '\'';
      i = end + 1;
      continue;
    }
    if (!is_letter(c)) {
      add_symbol(c);
      ++i;
      continue;
    }
    auto end = i;
    while (end < pattern.size() && pattern[end] == c)
      ++end;
    add_letters(c, static_cast<int>(end - i));
    i = end;
  }
  for (const auto& item : items_) {
    if (item.letter == 'p' && bad_ == 0) // of which letter is it the padding?
      bad_ = 'p';
    if (unread_ == 0 && !is_read(item))
      unread_ = item.letter;
  }
}

/// Adds a letter of so many repetitions; behind "ppp" it is the one that is
/// padded to three characters.
void time_pattern::add_letters(char letter, int count) {
  auto wrong = count > repeats_max(letter, dialect_)
               || (letter == 'V' && count != 2) || (letter == 'c' && count == 2)
               || (letter == 'O' && count != 1 && count != 4);
  if (wrong && bad_ == 0)
    bad_ = letter;
  token next;
  next.letter = letter;
  next.count = count;
  if (!items_.empty() && items_.back().letter == 'p') {
    next.pad = items_.back().count;
    items_.pop_back();
  }
  if (!items_.empty() && is_number(letter, count)
      && is_number(items_.back().letter, items_.back().count))
    items_.back().packed = true;
  items_.push_back(std::move(next));
}

bool time_pattern::format(std::string& to, const local_time& x) const {
  fields value;
  value.source = x;
  value.days = x.days;
  value.date = dialect_ == pattern_dialect::simple ? hybrid_from_days(x.days)
                                                   : civil_from_days(x.days);
  value.day_of_year = x.days - days_from_civil(value.date.year, 1, 1) + 1;
  auto seconds = x.nanos / nanos_per_second;
  value.hour = seconds / 3600;
  value.minute = seconds / 60 % 60;
  value.second = seconds % 60;
  value.nanos = x.nanos % nanos_per_second;
  return format_items(to, value, 0, items_.size());
}

/// Items [begin, end). A section that asks for what the time lacks is left
/// out.
bool time_pattern::format_items(std::string& to, const fields& value,
                                std::size_t begin, std::size_t end) const {
  for (auto i = begin; i < end; ++i) {
    const auto& item = items_[i];
    const auto before = to.size();
    if (item.letter == '[') {
      const auto last = section_end(i);
      if (!format_items(to, value, i + 1, last))
        to.resize(before);
      i = last;
      continue;
    }
    if (item.letter == 0)
      to += item.text;
    else if (!format_item(to, item, value))
      return false;
    const auto width = to.size() - before;
    if (const auto pad = static_cast<std::size_t>(item.pad); width < pad)
      to.insert(before, pad - width, ' ');
  }
  return true;
}

bool time_pattern::format_item(std::string& to, const token& x,
                               const fields& value) const {
  const auto simple = dialect_ == pattern_dialect::simple;
  auto number = [&](std::int64_t n) {
    append_padded(to, n, x.count);
    return true;
  };
  auto year = [&](std::int64_t n) {
    if (x.count == 2)
      return number(floor_mod(n, 100));
    if (!simple && x.count >= 4 && n >= 10'000 && x.count < 19
        && std::to_string(n).size() > static_cast<std::size_t>(x.count))
      to += '+';
    return number(n);
  };
  auto name = [&](std::string_view full) {
    to += x.count == 4 || (simple && x.count > 4)
              ? full
              : full.substr(0, x.count == 5 ? 1 : 3);
    return true;
  };
  auto weekday = floor_mod(value.days + 3, 7); // 0 is Monday
  auto plain = plain_number(x.letter, value, weekday);
  if (plain)
    return x.letter == 'Y' ? year(*plain) : number(*plain);
  switch (x.letter) {
  case 'y':
  case 'u':
    if (x.letter == 'u' && simple)
      return number(weekday + 1);
    return year(x.letter == 'y' && value.date.year <= 0 ? 1 - value.date.year
                                                        : value.date.year);
  case 'M':
  case 'L':
    if (x.count <= 2)
      return number(value.date.month);
    return name(month_names[static_cast<std::size_t>(value.date.month - 1)]);
  case 'E':
    return name(day_names[static_cast<std::size_t>(weekday)]);
  case 'e':
  case 'c':
    return x.count > 2 ? name(day_names[static_cast<std::size_t>(weekday)])
                       : number((weekday + 1) % 7 + 1);
  case 'Q':
  case 'q':
    append_quarter(to, (value.date.month - 1) / 3 + 1, x.count);
    return true;
  case 'B':
    to += day_period(value.hour, value.minute);
    return true;
  case 'S':
    if (simple)
      return number(value.nanos / 1'000'000);
    to += fmt::format("{:09}", value.nanos)
              .substr(0, static_cast<std::size_t>(std::min(x.count, 9)));
    return true;
  case 'a':
    to += value.hour < 12 ? "AM" : "PM";
    return true;
  case 'G':
    to += era_name(value.date.year > 0, simple ? 1 : x.count);
    return true;
  default:
    return format_zone(to, x, value.source);
  }
}

bool time_pattern::format_zone(std::string& to, const token& x,
                               const local_time& value) {
  if (!value.offset)
    return false;
  auto seconds = *value.offset;
  switch (x.letter) {
  case 'z': {
    const auto local
        = value.days * seconds_per_day + value.nanos / nanos_per_second;
    to += zone(std::string(value.zone_name)).abbreviation_at(local - seconds);
    return true;
  }
  case 'V':
    to += value.zone_name;
    return true;
  case 'O':
    to += gmt_text(seconds, x.count == 4);
    return true;
  case 'X':
    if (seconds == 0) {
      to += 'Z';
      return true;
    }
    [[fallthrough]];
  case 'x':
    to += offset_text(seconds, x.count == 3 || x.count == 5 ? ":" : "",
                      x.count > 1 || seconds % 3600 != 0);
    return true;
  default: // Z
    to += offset_text(seconds, "", true);
    return true;
  }
}

const time_pattern& compiled_time_pattern(std::string_view pattern,
                                          pattern_dialect dialect) {
  thread_local std::string key;
  thread_local auto key_dialect = pattern_dialect::formatter;
  thread_local std::optional<time_pattern> last;
  if (!last || key != pattern || key_dialect != dialect) {
    key = pattern;
    key_dialect = dialect;
    last.emplace(pattern, dialect);
  }
  return *last;
}

} // namespace herald
