#include "engine/columnar/civil.hpp"

#include <limits>

namespace herald {

namespace {

/// Reads texts of fixed shape: wrong characters only set a flag, which is
/// looked at once, so that the common case has few branches.
class reader {
public:
  explicit reader(std::string_view text)
      : at_(text.data()), left_(text.size()) {}

  bool ok() const {
    return !bad_;
  }

  bool done() const {
    return left_ == 0;
  }

  bool at(char x) const {
    return left_ > 0 && *at_ == x;
  }

  bool at_digit() const {
    return left_ > 0 && static_cast<unsigned>(*at_ - '0') <= 9;
  }

  /// Whether `bytes` more can be read without further checks.
  bool has(std::size_t bytes) {
    bad_ = bad_ || left_ < bytes;
    return !bad_;
  }

  // The rest need `has` first.

  int two_digits() {
    auto high = digit(0);
    auto low = digit(1);
    skip(2);
    return static_cast<int>(high * 10 + low);
  }

  int next_digit() {
    auto result = digit(0);
    skip(1);
    return static_cast<int>(result);
  }

  void expect(char x) {
    bad_ |= *at_ != x;
    skip(1);
  }

  void skip(std::size_t bytes) {
    at_ += bytes;
    left_ -= bytes;
  }

  void fail() {
    bad_ = true;
  }

private:
  unsigned digit(int index) {
    auto result = static_cast<unsigned>(at_[index] - '0');
    bad_ |= result > 9;
    return result;
  }

  const char* at_;
  std::size_t left_;
  bool bad_ = false;
};

std::int64_t read_year(reader& from) {
  constexpr int digits_max = 7;
  auto negative = from.at('-');
  if (negative)
    from.skip(1);
  if (!from.has(4))
    return 0;
  std::int64_t result = from.two_digits() * 100;
  result += from.two_digits();
  for (auto digits = 4; from.at_digit(); ++digits) {
    result = result * 10 + from.next_digit();
    if (digits == digits_max)
      from.fail();
    if (!from.ok())
      return 0;
  }
  return negative ? -result : result;
}

std::int64_t read_date(reader& from) {
  auto year = read_year(from);
  if (!from.has(6))
    return 0;
  from.expect('-');
  auto month = from.two_digits();
  from.expect('-');
  auto day = from.two_digits();
  if (!from.ok() || month < 1 || month > 12 || day < 1
      || day > days_in_month(year, month)) {
    from.fail();
    return 0;
  }
  return days_from_civil(year, month, day);
}

/// Seconds of the day.
int read_clock(reader& from) {
  if (!from.has(8))
    return 0;
  auto hour = from.two_digits();
  from.expect(':');
  auto minute = from.two_digits();
  from.expect(':');
  auto second = from.two_digits();
  if (hour > 23 || minute > 59 || second > 59)
    from.fail();
  return (hour * 60 + minute) * 60 + second;
}

/// An optional fraction, in ticks; at least one digit after the point.
std::int64_t read_fraction(reader& from, std::int64_t ticks_per_second) {
  if (!from.at('.'))
    return 0;
  from.skip(1);
  if (!from.at_digit())
    from.fail();
  std::int64_t result = 0;
  for (auto unit = ticks_per_second / 10; from.at_digit(); unit /= 10)
    result += from.next_digit() * unit;
  return result;
}

void put_padded(std::string& to, std::int64_t x, int digits) {
  char buffer[20];
  auto* at = buffer + sizeof buffer;
  for (; x != 0 || digits > 0; x /= 10, --digits)
    *--at = static_cast<char>('0' + x % 10);
  to.append(at, buffer + sizeof buffer);
}

void put_two(char* to, int x) {
  to[0] = static_cast<char>('0' + x / 10);
  to[1] = static_cast<char>('0' + x % 10);
}

void append_clock(std::string& to, int seconds) {
  char text[] = "00:00:00";
  put_two(text, seconds / 3600);
  put_two(text + 3, seconds / 60 % 60);
  put_two(text + 6, seconds % 60);
  to.append(text, 8);
}

/// Appends the first `digits` of a fraction of a second.
void append_fraction(std::string& to, std::int64_t ticks,
                     std::int64_t ticks_per_second, int digits) {
  if (digits == 0)
    return;
  to += '.';
  for (auto unit = ticks_per_second / 10; digits > 0; --digits, unit /= 10)
    to += static_cast<char>('0' + (unit == 0 ? 0 : ticks / unit % 10));
}

} // namespace

std::optional<std::int32_t> parse_date(std::string_view text) {
  reader from{text};
  auto days = read_date(from);
  if (!from.ok() || !from.done()
      || days > std::numeric_limits<std::int32_t>::max()
      || days < std::numeric_limits<std::int32_t>::min())
    return std::nullopt;
  return static_cast<std::int32_t>(days);
}

std::optional<std::int32_t> parse_time(std::string_view text) {
  reader from{text};
  auto seconds = read_clock(from);
  auto fraction = from.ok() ? read_fraction(from, 1'000) : 0;
  if (!from.ok() || !from.done())
    return std::nullopt;
  return static_cast<std::int32_t>(seconds * 1'000 + fraction);
}

std::optional<std::int64_t> parse_timestamp(std::string_view text,
                                            std::int64_t ticks_per_second) {
  reader from{text};
  auto seconds = read_date(from) * seconds_per_day;
  std::int64_t fraction = 0;
  if (from.ok() && !from.done()) {
    if (!from.at(' ') && !from.at('T'))
      return std::nullopt;
    from.skip(1);
    seconds += read_clock(from);
    if (from.ok())
      fraction = read_fraction(from, ticks_per_second);
    if (from.at('Z'))
      from.skip(1);
  }
  std::int64_t result;
  if (!from.ok() || !from.done()
      || __builtin_mul_overflow(seconds, ticks_per_second, &result)
      || __builtin_add_overflow(result, fraction, &result))
    return std::nullopt;
  return result;
}

void append_date(std::string& to, std::int64_t days) {
  auto [year, month, day] = civil_from_days(days);
  if (year < 0)
    to += '-';
  put_padded(to, year < 0 ? -year : year, 4);
  char text[] = "-00-00";
  put_two(text + 1, month);
  put_two(text + 4, day);
  to.append(text, 6);
}

void append_time(std::string& to, std::int64_t milliseconds, int digits) {
  append_clock(to, static_cast<int>(milliseconds / 1'000));
  append_fraction(to, milliseconds % 1'000, 1'000, digits);
}

void append_timestamp(std::string& to, std::int64_t ticks,
                      std::int64_t ticks_per_second, int digits) {
  auto seconds = floor_div(ticks, ticks_per_second);
  append_date(to, floor_div(seconds, seconds_per_day));
  to += ' ';
  append_clock(to, static_cast<int>(floor_mod(seconds, seconds_per_day)));
  append_fraction(to, floor_mod(ticks, ticks_per_second), ticks_per_second,
                  digits);
}

} // namespace herald
