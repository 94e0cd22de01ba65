#include "engine/expr/roaring.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::uint32_t cookie_plain = 12346;
constexpr std::uint32_t cookie_runs = 12347;
/// From so many containers on, a format with runs has offsets too.
constexpr std::uint32_t offsets_from = 4;
constexpr std::uint32_t containers_max = 65536;
/// A container of more values is a bitmap of 2^16 bits.
constexpr std::size_t array_max = 4096;
constexpr std::size_t bitmap_bytes = 8192;

template <class T>
void append_number(std::string& to, T x) {
  char bytes[sizeof x];
  std::memcpy(bytes, &x, sizeof x);
  to.append(bytes, sizeof x);
}

/// Reads little-endian numbers off the front.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

  template <class T>
  bool read(T& to) {
    if (rest_.size() < sizeof to)
      return false;
    std::memcpy(&to, rest_.data(), sizeof to);
    rest_.remove_prefix(sizeof to);
    return true;
  }

  std::optional<std::string_view> take(std::size_t bytes) {
    if (rest_.size() < bytes)
      return std::nullopt;
    auto result = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return result;
  }

private:
  std::string_view rest_;
};

struct container {
  std::uint16_t key = 0; ///< the upper half of its values
  std::uint32_t count = 0;
  bool runs = false;
};

/// The containers that the header lists; nullopt if it is malformed.
std::optional<std::vector<container>> read_header(byte_reader& from) {
  std::uint32_t cookie = 0;
  std::uint32_t size = 0;
  if (!from.read(cookie))
    return std::nullopt;
  auto has_runs = (cookie & 0xffff) == cookie_runs;
  if (has_runs)
    size = (cookie >> 16) + 1;
  else if (cookie != cookie_plain || !from.read(size) || size > containers_max)
    return std::nullopt;
  auto flags = from.take(has_runs ? (size + 7) / 8 : 0);
  if (!flags)
    return std::nullopt;
  std::vector<container> result;
  for (std::uint32_t i = 0; i < size; ++i) {
    container next;
    std::uint16_t last = 0;
    if (!from.read(next.key) || !from.read(last))
      return std::nullopt;
    if (!result.empty() && result.back().key >= next.key)
      return std::nullopt;
    next.count = last + 1u;
    next.runs = has_runs && ((*flags)[i / 8] >> (i % 8) & 1) != 0;
    result.push_back(next);
  }
  if ((!has_runs || size >= offsets_from) && !from.take(std::size_t{4} * size))
    return std::nullopt;
  return result;
}

bool read_runs(byte_reader& from, std::uint32_t base, value_set& to) {
  std::uint16_t runs = 0;
  if (!from.read(runs))
    return false;
  std::uint32_t next = 0;
  for (; runs > 0; --runs) {
    std::uint16_t start = 0;
    std::uint16_t more = 0;
    if (!from.read(start) || !from.read(more) || start < next
        || std::uint32_t{start} + more > 0xffff)
      return false;
    for (std::uint32_t i = 0; i <= more; ++i)
      to.push_back(base | (start + i));
    next = std::uint32_t{start} + more + 1;
  }
  return true;
}

bool read_bits(byte_reader& from, std::uint32_t base, value_set& to) {
  auto bytes = from.take(bitmap_bytes);
  if (!bytes)
    return false;
  for (std::uint32_t i = 0; i < bitmap_bytes / 8; ++i) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes->data() + i * 8, 8);
    for (; word != 0; word &= word - 1)
      to.push_back(
          base | (i * 64 + static_cast<std::uint32_t>(std::countr_zero(word))));
  }
  return true;
}

bool read_array(byte_reader& from, const container& x, std::uint32_t base,
                value_set& to) {
  std::int64_t last = -1;
  for (std::uint32_t i = 0; i < x.count; ++i) {
    std::uint16_t low = 0;
    if (!from.read(low) || low <= last)
      return false;
    to.push_back(base | low);
    last = low;
  }
  return true;
}

/// The values with one upper half: [begin, end) of `values`.
void append_container(std::string& to, std::span<const std::uint32_t> values) {
  if (values.size() <= array_max) {
    for (auto x : values)
      append_number(to, static_cast<std::uint16_t>(x));
    return;
  }
  std::string bits(bitmap_bytes, '\0');
  for (auto x : values) {
    auto& byte = bits[(x & 0xffff) >> 3];
    byte = static_cast<char>(byte | 1 << (x & 7));
  }
  to += bits;
}

} // namespace

void append_roaring(std::string& to, std::span<const std::uint32_t> values) {
  std::vector<std::span<const std::uint32_t>> parts;
  while (!values.empty()) {
    auto key = values[0] >> 16;
    auto end = std::partition_point(values.begin(), values.end(),
                                    [&](auto x) { return x >> 16 == key; });
    auto size = static_cast<std::size_t>(end - values.begin());
    parts.push_back(values.first(size));
    values = values.subspan(size);
  }
  append_number(to, cookie_plain);
  append_number(to, static_cast<std::uint32_t>(parts.size()));
  for (auto part : parts) {
    append_number(to, static_cast<std::uint16_t>(part[0] >> 16));
    append_number(to, static_cast<std::uint16_t>(part.size() - 1));
  }
  auto offset = static_cast<std::uint32_t>(8 + parts.size() * 8);
  for (auto part : parts) {
    append_number(to, offset);
    offset += static_cast<std::uint32_t>(
        part.size() <= array_max ? part.size() * 2 : bitmap_bytes);
  }
  for (auto part : parts)
    append_container(to, part);
}

std::optional<value_set> read_roaring(std::string_view bytes) {
  byte_reader from(bytes);
  auto header = read_header(from);
  if (!header)
    return std::nullopt;
  value_set result;
  for (const auto& x : *header) {
    auto base = std::uint32_t{x.key} << 16;
    auto before = result.size();
    auto good = x.runs                ? read_runs(from, base, result)
                : x.count > array_max ? read_bits(from, base, result)
                                      : read_array(from, x, base, result);
    if (!good || result.size() - before != x.count)
      return std::nullopt;
  }
  return result;
}

std::optional<std::int64_t> roaring_cardinality(std::string_view bytes) {
  byte_reader from(bytes);
  auto header = read_header(from);
  if (!header)
    return std::nullopt;
  std::int64_t result = 0;
  for (const auto& x : *header)
    result += x.count;
  return result;
}

void append_set_text(std::string& to, std::span<const std::uint32_t> values) {
  to += '{';
  for (std::size_t i = 0; i < values.size(); ++i)
    fmt::format_to(std::back_inserter(to), "{}{}", i == 0 ? "" : ",",
                   values[i]);
  to += '}';
}

} // namespace herald
