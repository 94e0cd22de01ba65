#include "engine/expr/base64.hpp"

#include <cstdint>

namespace herald {

namespace {

constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

void append_base64(std::string& to, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8
             | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j])
                                     : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      to += i + j <= bytes.size() ? digits[bits >> (18 - 6 * j) & 63] : '=';
  }
}

bool append_from_base64(std::string& to, std::string_view text) {
  std::uint32_t bits = 0;
  auto count = 0;
  // Padding is as long as it has to be, or left out.
  const auto length = text.size();
  while (text.ends_with('='))
    text.remove_suffix(1);
  const auto padding = length - text.size();
  if (padding > 2 || (padding > 0 && length % 4 != 0) || text.size() % 4 == 1)
    return false;
  for (auto c : text) {
    auto digit = digits.find(c);
    if (digit == digits.npos)
      return false;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      to += static_cast<char>(bits >> count & 255);
    }
  }
  return true;
}

} // namespace herald
