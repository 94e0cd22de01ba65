#include "cluster/identity.hpp"

#include "engine/common/error.hpp"

#include <random>

#include <fmt/format.h>

namespace herald::cluster {

namespace {

constexpr std::size_t hex_digits = 32;

// Returns the value of a hexadecimal digit, or -1.
int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return -1;
}

} // namespace

bits128 random_bits() {
  std::random_device source;
  auto word = [&source] {
    auto upper = std::uint64_t{source()};
    return upper << 32 | source();
  };
  auto high = word();
  return {high, word()};
}

std::string to_string(const bits128& bits) {
  return fmt::format("{:016x}{:016x}", bits.high, bits.low);
}

absl::StatusOr<bits128> parse_bits(std::string_view text) {
  bits128 result;
  if (text.size() != hex_digits)
    return user_error("a uuid has 32 hexadecimal digits");
  for (char c : text) {
    auto value = digit_value(c);
    if (value < 0)
      return user_error("a uuid has only the digits 0-9 and a-f");
    result.high = result.high << 4 | result.low >> 60;
    result.low = result.low << 4 | static_cast<std::uint64_t>(value);
  }
  return result;
}

std::string short_name(const node_uuid& uuid) {
  return to_string(uuid.bits).substr(0, 8);
}

std::string to_string(const node_id& id) {
  return fmt::format("{}#{}", short_name(id.uuid), id.life.value);
}

} // namespace herald::cluster
