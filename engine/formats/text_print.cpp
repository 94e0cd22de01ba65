#include "engine/formats/text_print.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace herald {

namespace {

/// Writes `value` (>= 0) with exactly `digits` digits at `to`.
void put_digits(char* to, std::int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

template <class T>
void print_floating(T x, std::string& out) {
  if (std::isnan(x)) {
    out += "NaN";
    return;
  }
  if (std::isinf(x)) {
    out += x < 0 ? "-Infinity" : "Infinity";
    return;
  }
  char text[64];
  auto end = std::to_chars(text, text + sizeof text, x).ptr;
  std::string_view shown(text, static_cast<std::size_t>(end - text));
  out += shown;
  if (shown.find_first_of(".e") == std::string_view::npos)
    out += ".0"; // as Java prints it
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0);
}

} // namespace

void print_integer(std::int64_t x, std::string& out) {
  char text[24];
  auto end = std::to_chars(text, text + sizeof text, x).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

void print_decimal(int128 x, int scale, std::string& out) {
  auto magnitude = x < 0 ? -static_cast<unsigned __int128>(x)
                         : static_cast<unsigned __int128>(x);
  char text[48]; // 39 digits, point, sign
  char* at = text + sizeof text;
  for (int digits = 0; magnitude != 0 || digits <= scale; ++digits) {
    if (digits == scale && scale > 0)
      *--at = '.';
    *--at = static_cast<char>('0' + static_cast<int>(magnitude % 10));
    magnitude /= 10;
  }
  if (x < 0)
    *--at = '-';
  out.append(at, static_cast<std::size_t>(text + sizeof text - at));
}

void print_double(double x, std::string& out) {
  print_floating(x, out);
}

void print_float(float x, std::string& out) {
  print_floating(x, out);
}

void print_date(std::int32_t days, std::string& out) {
  // Howard Hinnant's `civil_from_days`.
  std::int64_t z = std::int64_t{days} + 719468;
  std::int64_t era = floor_divide(z, 146097);
  std::int64_t of_era = z - era * 146097;
  std::int64_t year_of_era
      = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  std::int64_t of_year
      = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  std::int64_t shifted = (5 * of_year + 2) / 153;
  std::int64_t day = of_year - (153 * shifted + 2) / 5 + 1;
  std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  std::int64_t year = year_of_era + era * 400 + (month <= 2);
  if (year < 0 || year > 9999) {
    out.push_back(year < 0 ? '-' : '+');
    print_integer(std::abs(year), out);
  } else {
    char text[4];
    put_digits(text, year, 4);
    out.append(text, 4);
  }
  char rest[6] = {'-', 0, 0, '-', 0, 0};
  put_digits(rest + 1, month, 2);
  put_digits(rest + 4, day, 2);
  out.append(rest, sizeof rest);
}

void print_time(std::int64_t nanoseconds, int digits, std::string& out) {
  char text[18] = "00:00:00.";
  auto seconds = nanoseconds / 1'000'000'000;
  put_digits(text, seconds / 3600, 2);
  put_digits(text + 3, seconds / 60 % 60, 2);
  put_digits(text + 6, seconds % 60, 2);
  put_digits(text + 9, nanoseconds % 1'000'000'000, 9);
  out.append(text, digits == 0 ? 8u : 9u + static_cast<std::size_t>(digits));
}

void print_timestamp(std::int64_t ticks, std::int64_t ticks_per_second,
                     int digits, timestamp_standard standard, bool zoned,
                     std::string& out) {
  auto day_ticks = 86'400 * ticks_per_second;
  auto days = floor_divide(ticks, day_ticks);
  auto of_day = ticks - days * day_ticks;
  print_date(static_cast<std::int32_t>(days), out);
  out.push_back(standard == timestamp_standard::sql ? ' ' : 'T');
  print_time(of_day * (1'000'000'000 / ticks_per_second), digits, out);
  if (zoned)
    out.push_back('Z');
}

void print_base64(std::string_view bytes, std::string& out) {
  constexpr char letters[]
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    auto size = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i)
      bits = bits << 8
             | (i < size ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (std::size_t i = 0; i < 4; ++i)
      out.push_back(i <= size ? letters[bits >> (18 - 6 * i) & 63] : '=');
  }
}

} // namespace herald
