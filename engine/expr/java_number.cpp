#include "engine/expr/java_number.hpp"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace herald {

namespace {

using text = std::string_view;

/// Shortest digits "d1d2…" and the exponent of d1.
std::pair<std::string, int> shortest(double x) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, x,
                           std::chars_format::scientific)
                 .ptr;
  text all(buffer, static_cast<std::size_t>(end - buffer));
  auto e = all.find('e');
  std::string digits(1, all[0]);
  if (e > 2)
    digits += all.substr(2, e - 2);
  return {digits, std::atoi(std::string(all.substr(e + 1)).c_str())};
}

/// `digits` cut to `count` of them, halves rounded up; true if a digit came
/// to the front.
bool round_to(std::string& digits, std::int64_t count) {
  if (count < 0) {
    digits = "0";
    return false;
  }
  auto size = static_cast<std::size_t>(count);
  if (digits.size() <= size) {
    digits.append(size - digits.size(), '0');
    return false;
  }
  auto up = digits[size] >= '5';
  digits.resize(size);
  for (auto i = size; up && i > 0; --i) {
    up = digits[i - 1] == '9';
    digits[i - 1] = up ? '0' : static_cast<char>(digits[i - 1] + 1);
  }
  if (up)
    digits.insert(0, 1, '1');
  return up;
}

} // namespace

void append_rounded(std::string& to, double x, int digits) {
  auto [all, exponent] = x == 0 ? std::pair(std::string("0"), 0) : shortest(x);
  // Zeros in front, so that the first digit is one before the point.
  if (exponent < 0) {
    all.insert(0, static_cast<std::size_t>(-exponent), '0');
    exponent = 0;
  }
  auto whole = static_cast<std::size_t>(exponent) + 1;
  if (all.size() < whole)
    all.append(whole - all.size(), '0');
  if (round_to(all, static_cast<std::int64_t>(whole) + digits))
    ++whole;
  to.append(all, 0, whole);
  if (digits > 0) {
    to += '.';
    to.append(all, whole);
  }
}

void append_scientific(std::string& to, double x, int digits) {
  auto [all, exponent] = x == 0 ? std::pair(std::string("0"), 0) : shortest(x);
  if (round_to(all, digits + 1)) {
    all.pop_back();
    ++exponent;
  }
  to += all[0];
  if (digits > 0) {
    to += '.';
    to.append(all, 1);
  }
  to += fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
}

void append_general_number(std::string& to, double x, int digits) {
  digits = digits == 0 ? 1 : digits;
  std::string rounded;
  append_scientific(rounded, x, digits - 1);
  auto exponent = std::atoi(rounded.c_str() + rounded.find('e') + 1);
  if (x != 0 && (exponent < -4 || exponent >= digits))
    to += rounded;
  else
    append_rounded(to, x, digits - 1 - (x == 0 ? 0 : exponent));
}

} // namespace herald
