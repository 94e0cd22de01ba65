#include "cep/duration.hpp"

#include <charconv>
#include <utility>

namespace herald {

std::optional<std::int64_t> parse_duration(std::string_view text) {
  constexpr std::pair<std::string_view, std::int64_t> units[]{
      {"ms", 1},        {"s", 1'000},      {"min", 60'000},
      {"h", 3'600'000}, {"d", 86'400'000},
  };
  std::int64_t count = 0;
  const auto* end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, count);
  if (parsed.ec != std::errc{})
    return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.data()));
  while (text.starts_with(' '))
    text.remove_prefix(1);
  for (auto [name, factor] : units) {
    std::int64_t result = 0;
    if (text == name && !__builtin_mul_overflow(count, factor, &result))
      return result;
  }
  return std::nullopt;
}

} // namespace herald
