#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/time_pattern.hpp"
#include "engine/expr/time_pattern_fields.hpp"

#include <algorithm>

namespace herald {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes `word` off the front of `x`, in any case.
bool take_word(std::string_view& x, std::string_view word) {
  if (x.size() < word.size())
    return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (lower(x[i]) != lower(word[i]))
      return false;
  x.remove_prefix(word.size());
  return true;
}

/// Takes one of `names`, whole or its first three letters; -1 if none.
template <std::size_t N>
int take_name(std::string_view& x,
              const std::array<std::string_view, N>& names) {
  for (auto whole : {true, false})
    for (std::size_t i = 0; i < N; ++i)
      if (take_word(x, whole ? names[i] : names[i].substr(0, 3)))
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
  while (result.count < most && !x.empty() && is_digit(x.front())) {
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

bool time_pattern::read_number_item(std::string_view& x, const token& item,
                                    fields& out) const {
  auto lenient = dialect_ == pattern_dialect::simple;
  while (lenient && x.starts_with(' '))
    x.remove_prefix(1);
  auto negative = false;
  if ((item.letter == 'u' || item.letter == 'y') && x.starts_with('-')) {
    negative = true;
    x.remove_prefix(1);
  }
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
    out.date.year
        = item.count == 2 && number->count == 2 ? 2000 + value : value;
    return true;
  case 'M':
  case 'L':
    out.date.month = static_cast<int>(value);
    return lenient || (value >= 1 && value <= 12);
  case 'd':
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
    return true; // e, Q: follow from the date
  }
}

bool time_pattern::read_item(std::string_view& x, const token& item,
                             fields& out) const {
  switch (item.letter) {
  case 0:
    if (!x.starts_with(item.text))
      return false;
    x.remove_prefix(item.text.size());
    return true;
  case 'M':
  case 'L':
    if (item.count > 2) {
      auto index = take_name(x, month_names);
      out.date.month = index + 1;
      return index >= 0;
    }
    return read_number_item(x, item, out);
  case 'E':
    return take_name(x, day_names) >= 0;
  case 'a':
    out.afternoon = take_word(x, "PM");
    return out.afternoon || take_word(x, "AM");
  case 'G':
    return take_word(x, "AD");
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
  result.days += floor_div(seconds, seconds_per_day);
  result.nanos
      = floor_mod(seconds, seconds_per_day) * nanos_per_second + x.nanos;
  return result;
}

std::optional<local_time> time_pattern::read(std::string_view x) const {
  fields parts;
  for (const auto& item : items_)
    if (!read_item(x, item, parts))
      return std::nullopt;
  if (!x.empty() && dialect_ == pattern_dialect::formatter)
    return std::nullopt;
  return resolve(parts);
}

} // namespace herald
