#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/time_pattern.hpp"
#include "engine/expr/time_pattern_fields.hpp"

#include <algorithm>

#include <absl/strings/ascii.h>

namespace herald {

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes `word` off the front of `x`, in any case if `any_case`.
bool take_word(std::string_view& x, std::string_view word,
               bool any_case = true) {
  if (x.size() < word.size())
    return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (any_case ? lower(x[i]) != lower(word[i]) : x[i] != word[i])
      return false;
  x.remove_prefix(word.size());
  return true;
}

/// Takes one of `names`, whole or its first three letters; -1 if none.
template <std::size_t N>
int take_name(std::string_view& x, const std::array<std::string_view, N>& names,
              bool any_case) {
  for (auto whole : {true, false})
    for (std::size_t i = 0; i < N; ++i)
      if (take_word(x, whole ? names[i] : names[i].substr(0, 3), any_case))
        return static_cast<int>(i);
  return -1;
}

struct digits {
  std::int64_t value = 0;
  int count = 0;
};

/// Takes `least` … `most` digits.
std::optional<digits> take_digits(std::string_view& x, int least, int most) {
  digits result;
  while (result.count < most && !x.empty() && absl::ascii_isdigit(x.front())) {
    result.value = result.value * 10 + (x.front() - '0');
    ++result.count;
    x.remove_prefix(1);
  }
  if (result.count < least)
    return std::nullopt;
  return result;
}

/// "Z", "+08", "+0800", "+08:00".
std::optional<std::int64_t> take_offset(std::string_view& x) {
  if (take_word(x, "Z"))
    return 0;
  if (x.empty() || (x.front() != '+' && x.front() != '-'))
    return std::nullopt;
  auto sign = x.front() == '-' ? -1 : 1;
  x.remove_prefix(1);
  auto hours = take_digits(x, 2, 2);
  if (!hours)
    return std::nullopt;
  if (x.starts_with(':'))
    x.remove_prefix(1);
  auto minutes = take_digits(x, 0, 2);
  return sign * (hours->value * 3600 + minutes->value * 60);
}

} // namespace

/// Whether texts can be read that have `x`. Of what says a day by its week the
/// number is only compared with the date.
bool time_pattern::is_read(const token& x) const {
  const std::string_view letters = dialect_ == pattern_dialect::simple
                                       ? "yMLdDhHkKmsSEaGXZzu"
                                       : "yuMLdDhHkKmsnSEaGXxZzV[]";
  return x.letter == 0 || letters.find(x.letter) != std::string_view::npos
         || (std::string_view("ecQq").find(x.letter) != std::string_view::npos
             && x.count <= 2);
}

/// Where the section that begins at `[` ends: its `]`, or the pattern's end.
std::size_t time_pattern::section_end(std::size_t begin) const {
  auto depth = 0;
  for (auto i = begin; i < items_.size(); ++i) {
    depth += items_[i].letter == '[' ? 1 : items_[i].letter == ']' ? -1 : 0;
    if (depth == 0)
      return i;
  }
  return items_.size();
}

bool time_pattern::read_number_item(std::string_view& x, const token& item,
                                    fields& out) const {
  auto lenient = dialect_ == pattern_dialect::simple;
  while (lenient && x.starts_with(' '))
    x.remove_prefix(1);
  const auto negative
      = (item.letter == 'u' || item.letter == 'y') && x.starts_with('-');
  if (negative)
    x.remove_prefix(1);
  auto least = lenient || item.letter == 'S' ? 1 : item.count;
  // A longer number is read whole unless another follows at once.
  auto most = item.packed || (!lenient && item.count == 2) ? item.count
              : item.letter == 'S'                         ? 9
                                                           : 10;
  auto number = take_digits(x, least, most);
  if (!number)
    return false;
  auto value = negative ? -number->value : number->value;
  switch (item.letter) {
  case 'y':
  case 'u':
    if (lenient && item.letter == 'u')
      return true; // a day of the week
    out.has_year = true;
    out.date.year
        = item.count == 2 && number->count == 2 ? 2000 + value : value;
    return true;
  case 'M':
  case 'L':
    out.has_month = true;
    out.date.month = static_cast<int>(value);
    return lenient || (value >= 1 && value <= 12);
  case 'd':
    out.has_day = true;
    out.date.day = static_cast<int>(value);
    return lenient || (value >= 1 && value <= 31);
  case 'D':
    out.day_of_year = value;
    out.has_day_of_year = true;
    return lenient || (value >= 1 && value <= 366);
  case 'h':
  case 'K':
    out.twelve_hours = true;
    out.hour = value % 12;
    return lenient || value <= 12;
  case 'H':
  case 'k':
    out.hour = item.letter == 'k' ? value % 24 : value;
    return lenient || value <= 24;
  case 'm':
    out.minute = value;
    return lenient || value <= 59;
  case 's':
    out.second = value;
    return lenient || value <= 59;
  case 'n':
    out.nanos = value;
    return true;
  case 'S':
    if (lenient) {
      out.nanos = value * 1'000'000;
      return true;
    }
    for (int i = number->count; i < 9; ++i)
      value *= 10;
    out.nanos = value;
    return true;
  default:
    return read_of_date(value, item, out);
  }
}

/// The number of the day of the week or of the quarter.
bool time_pattern::read_of_date(std::int64_t number, const token& item,
                                fields& out) {
  if (item.letter == 'e' || item.letter == 'c') {
    out.weekday = static_cast<int>((number + 5) % 7); // 1 is Sunday
    return number >= 1 && number <= 7;
  }
  out.quarter = static_cast<int>(number - 1);
  return number >= 1 && number <= 4;
}

bool time_pattern::read_item(std::string_view& x, const token& item,
                             fields& out) const {
  const auto simple = dialect_ == pattern_dialect::simple;
  switch (item.letter) {
  case 0:
    if (!x.starts_with(item.text))
      return false;
    x.remove_prefix(item.text.size());
    return true;
  case 'M':
  case 'L':
    if (item.count > 2) {
      auto index = take_name(x, month_names, simple);
      out.has_month = true;
      out.date.month = index + 1;
      return index >= 0;
    }
    return read_number_item(x, item, out);
  case 'E':
    out.weekday = take_name(x, day_names, simple);
    return out.weekday >= 0;
  case 'a':
    out.afternoon = take_word(x, "PM", simple);
    return out.afternoon || take_word(x, "AM", simple);
  case 'G':
    return take_word(x, "AD", simple);
  case 'X':
  case 'x':
  case 'Z':
    out.offset = take_offset(x);
    return out.offset.has_value();
  case 'z':
  case 'V': {
    for (std::string_view name : {"UTC", "GMT"})
      if (take_word(x, name)) {
        out.offset = 0;
        return true;
      }
    out.offset = take_offset(x);
    return out.offset.has_value();
  }
  default:
    return read_number_item(x, item, out);
  }
}

/// Blanks and the item, as long together as the padding says.
bool time_pattern::read_padded(std::string_view& x, const token& item,
                               fields& out) const {
  const auto width = static_cast<std::size_t>(item.pad);
  if (width == 0)
    return read_item(x, item, out);
  if (x.size() < width)
    return false;
  auto part = x.substr(0, width);
  part.remove_prefix(std::min(part.find_first_not_of(' '), width));
  x.remove_prefix(width);
  return read_item(part, item, out) && part.empty();
}

/// Items [begin, end). A section that does not fit is passed over.
bool time_pattern::read_items(std::string_view& x, fields& out,
                              std::size_t begin, std::size_t end) const {
  for (auto i = begin; i < end; ++i) {
    if (items_[i].letter != '[') {
      if (!read_padded(x, items_[i], out))
        return false;
      continue;
    }
    const auto last = section_end(i);
    auto rest = x;
    auto parts = out;
    if (read_items(rest, parts, i + 1, last)) {
      x = rest;
      out = parts;
    }
    i = last;
  }
  return true;
}

/// Whether the day of the week and the quarter that were read are those of the
/// date, if it was read whole.
bool time_pattern::fits_date(const fields& x, std::int64_t days) {
  if (!x.has_year || !(x.has_day_of_year || (x.has_month && x.has_day)))
    return true;
  return (x.weekday < 0 || x.weekday == floor_mod(days + 3, 7))
         && (x.quarter < 0
             || x.quarter == (civil_from_days(days).month - 1) / 3);
}

std::optional<local_time> time_pattern::resolve(const fields& x) const {
  local_time result;
  result.offset = x.offset;
  auto hour = x.hour + (x.twelve_hours && x.afternoon ? 12 : 0);
  auto seconds = (hour * 60 + x.minute) * 60 + x.second;
  if (x.has_day_of_year) {
    result.days = days_from_civil(x.date.year, 1, 1) + x.day_of_year - 1;
  } else if (dialect_ == pattern_dialect::simple) {
    auto months = x.date.year * 12 + x.date.month - 1;
    result.days = days_from_hybrid(floor_div(months, 12),
                                   static_cast<int>(floor_mod(months, 12)) + 1,
                                   x.date.day - 1);
  } else {
    auto last = days_in_month(x.date.year, x.date.month);
    result.days = days_from_civil(x.date.year, x.date.month,
                                  std::min(x.date.day, last));
    if (hour == 24 && (x.minute | x.second | x.nanos) != 0)
      return std::nullopt;
  }
  if (dialect_ == pattern_dialect::formatter && !fits_date(x, result.days))
    return std::nullopt;
  result.days += floor_div(seconds, seconds_per_day);
  result.nanos
      = floor_mod(seconds, seconds_per_day) * nanos_per_second + x.nanos;
  return result;
}

std::optional<local_time> time_pattern::read(std::string_view x) const {
  fields parts;
  if (unread_ != 0 || !read_items(x, parts, 0, items_.size()))
    return std::nullopt;
  if (!x.empty() && dialect_ == pattern_dialect::formatter)
    return std::nullopt;
  return resolve(parts);
}

} // namespace herald
