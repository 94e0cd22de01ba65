#include "engine/columnar/civil.hpp"

#include <cstring>
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

/// Eight characters as numbers: byte i of the result, where `digits` has 0x0f,
/// is ten times digit i plus digit i + 1. nullopt unless the characters are
/// digits there and equal to those of `shape` elsewhere.
std::optional<std::uint64_t> read_pairs(const char* text, const char* shape,
                                        std::uint64_t digits) {
  constexpr std::uint64_t every = 0x0101010101010101;
  std::uint64_t x;
  std::uint64_t wanted;
  std::memcpy(&x, text, sizeof x);
  std::memcpy(&wanted, shape, sizeof wanted);
  x ^= wanted; // digits, or 0 where a separator is the right one
  auto above_nine = (x + 0x76 * every) & 0x80 * every;
  if ((x & ~digits) != 0 || above_nine != 0)
    return std::nullopt;
  return x * 10 + (x >> 8);
}

/// Bytes of the usual form, "yyyy-MM-dd HH:mm:ss", with ' ' or 'T' between.
constexpr std::size_t usual_size = 19;

/// Reads the usual form, eight bytes at a time. nullopt does not mean that the
/// text is wrong.
std::optional<std::int64_t> read_usual(const char* text) {
  constexpr std::uint64_t year_month = 0x000f0f000f0f0f0f;
  constexpr std::uint64_t pairs = 0x0f0f000f0f000f0f;
  auto date = read_pairs(text, "0000-00-", year_month);
  auto clock = read_pairs(text + 11, "00:00:00", pairs);
  auto byte = [](std::uint64_t x, int i) {
    return static_cast<int>(x >> 8 * i & 0xff);
  };
  auto high = static_cast<unsigned>(text[8] - '0');
  auto low = static_cast<unsigned>(text[9] - '0');
  auto between = text[10] == ' ' || text[10] == 'T';
  if (!date || !clock || !between || high > 3 || low > 9)
    return std::nullopt;
  auto year = byte(*date, 0) * 100 + byte(*date, 2);
  auto month = byte(*date, 5);
  auto day = static_cast<int>(high * 10 + low);
  auto hour = byte(*clock, 0);
  auto minute = byte(*clock, 3);
  auto second = byte(*clock, 6);
  if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)
      || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  return days_from_civil(year, month, day) * seconds_per_day
         + (hour * 60 + minute) * 60 + second;
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

/// Seconds of a date with a clock behind ' ' or 'T', or of a date alone.
std::int64_t read_instant(reader& from) {
  auto result = read_date(from) * seconds_per_day;
  if (!from.ok() || from.done())
    return result;
  if (!from.at(' ') && !from.at('T')) {
    from.fail();
    return 0;
  }
  from.skip(1);
  return result + read_clock(from);
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

/// Longest text: "-292275055-05-16 16:47:04.123456789" and then some.
constexpr std::size_t text_max = 48;

/// Writes a text piece by piece into a place of its own, so that the string
/// that it goes to grows once.
class writer {
public:
  void put(char x) {
    *end_++ = x;
  }

  void two_digits(int x) {
    end_[0] = static_cast<char>('0' + x / 10);
    end_[1] = static_cast<char>('0' + x % 10);
    end_ += 2;
  }

  /// At least four digits.
  void year(std::int64_t x) {
    if (x < 0) {
      put('-');
      x = -x;
    }
    if (x > 9'999) {
      char digits[20];
      auto count = 0;
      for (auto rest = x / 10'000; rest != 0; rest /= 10)
        digits[count++] = static_cast<char>('0' + rest % 10);
      while (count > 0)
        put(digits[--count]);
    }
    two_digits(static_cast<int>(x / 100 % 100));
    two_digits(static_cast<int>(x % 100));
  }

  void date(std::int64_t days) {
    auto [y, month, day] = civil_from_days(days);
    year(y);
    put('-');
    two_digits(month);
    put('-');
    two_digits(day);
  }

  void clock(int seconds) {
    two_digits(seconds / 3600);
    put(':');
    two_digits(seconds / 60 % 60);
    put(':');
    two_digits(seconds % 60);
  }

  /// The first `digits` of a fraction of a second, behind a point.
  void fraction(std::int64_t ticks, std::int64_t ticks_per_second, int digits) {
    if (digits == 0)
      return;
    put('.');
    auto available = 0;
    for (auto unit = ticks_per_second; unit > 1; unit /= 10)
      ++available;
    for (; available > digits; --available)
      ticks /= 10;
    for (; available < digits; ++available)
      ticks *= 10;
    for (auto i = digits; i-- > 0; ticks /= 10)
      end_[i] = static_cast<char>('0' + ticks % 10);
    end_ += digits;
  }

  void append_to(std::string& to) const {
    to.append(text_, static_cast<std::size_t>(end_ - text_));
  }

private:
  char text_[text_max];
  char* end_ = text_;
};

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

std::optional<int128> parse_timestamp(std::string_view text,
                                      std::int64_t ticks_per_second) {
  reader from{text};
  std::optional<std::int64_t> seconds;
  if (text.size() >= usual_size)
    seconds = read_usual(text.data());
  if (seconds)
    from.skip(usual_size);
  else
    seconds = read_instant(from);
  std::int64_t fraction = 0;
  if (from.ok())
    fraction = read_fraction(from, ticks_per_second);
  if (from.at('Z'))
    from.skip(1);
  if (!from.ok() || !from.done())
    return std::nullopt;
  auto result = int128{*seconds} * ticks_per_second + fraction;
  const bool is_wide = ticks_per_second == 1'000'000'000;
  if (!is_wide && result != static_cast<std::int64_t>(result))
    return std::nullopt;
  return result;
}

void append_date(std::string& to, std::int64_t days) {
  writer out;
  out.date(days);
  out.append_to(to);
}

void append_time(std::string& to, std::int64_t milliseconds, int digits) {
  writer out;
  out.clock(static_cast<int>(milliseconds / 1'000));
  out.fraction(milliseconds % 1'000, 1'000, digits);
  out.append_to(to);
}

void append_timestamp(std::string& to, int128 ticks,
                      std::int64_t ticks_per_second, int digits) {
  // Most ticks fit into 64 bits, whose division is far cheaper.
  const auto narrow = static_cast<std::int64_t>(ticks);
  const auto seconds
      = narrow == ticks
            ? floor_div(narrow, ticks_per_second)
            : static_cast<std::int64_t>(floor_div(ticks, ticks_per_second));
  const auto rest = ticks - int128{seconds} * ticks_per_second;
  const auto days = floor_div(seconds, seconds_per_day);
  writer out;
  out.date(days);
  out.put(' ');
  out.clock(static_cast<int>(seconds - days * seconds_per_day));
  out.fraction(static_cast<std::int64_t>(rest), ticks_per_second, digits);
  out.append_to(to);
}

} // namespace herald
