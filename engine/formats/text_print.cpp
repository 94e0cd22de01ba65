#include "engine/formats/text_print.hpp"

#include "engine/columnar/civil.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace herald {

namespace {

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

} // namespace

void print_integer(std::int64_t x, std::string& out) {
  char text[24];
  auto end = std::to_chars(text, text + sizeof text, x).ptr;
  out.append(text, static_cast<std::size_t>(end - text));
}

void print_double(double x, std::string& out) {
  print_floating(x, out);
}

void print_float(float x, std::string& out) {
  print_floating(x, out);
}

void print_moment(int128 ticks, std::int64_t ticks_per_second, int digits,
                  timestamp_standard standard, bool zoned, std::string& out) {
  auto from = out.size();
  append_timestamp(out, ticks, ticks_per_second, digits);
  if (standard == timestamp_standard::iso)
    out[out.find(' ', from)] = 'T';
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
