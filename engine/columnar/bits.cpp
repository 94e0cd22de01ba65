#include "engine/columnar/bits.hpp"

namespace herald {

namespace {

/// Byte `index` of the bits that start at bit `shift` (0 … 7) of `from`;
/// `bytes` of `from` may be read.
std::uint8_t shifted_byte(const std::uint8_t* from, std::int64_t index,
                          int shift, std::int64_t bytes) {
  unsigned word = from[index];
  if (index + 1 < bytes)
    word |= static_cast<unsigned>(from[index + 1]) << 8;
  return static_cast<std::uint8_t>(word >> shift);
}

} // namespace

buffer_ptr take_bits(const std::uint8_t* bits,
                     std::span<const std::int32_t> rows) {
  auto n = static_cast<std::int64_t>(rows.size());
  auto result = allocate_buffer((n + 7) / 8);
  auto* out = result->mutable_data();
  std::int64_t row = 0;
  for (; row + 8 <= n; row += 8) {
    unsigned byte = 0;
    for (int i = 0; i < 8; ++i)
      byte |= static_cast<unsigned>(
                  get_bit(bits, rows[static_cast<std::size_t>(row + i)]))
              << i;
    out[row >> 3] = static_cast<std::uint8_t>(byte);
  }
  if (row < n) {
    out[row >> 3] = 0;
    for (; row < n; ++row)
      if (get_bit(bits, rows[static_cast<std::size_t>(row)]))
        set_bit(out, row);
  }
  return result;
}

buffer_ptr slice_bits(const buffer_ptr& bits, std::int64_t begin,
                      std::int64_t count) {
  auto bytes = (count + 7) / 8;
  if (begin % 8 == 0)
    return arrow::SliceBuffer(bits, begin / 8, bytes);
  auto result = allocate_zeros(bytes);
  auto shift = static_cast<int>(begin % 8);
  const auto* from = bits->data() + begin / 8;
  auto readable = (shift + count + 7) / 8;
  for (std::int64_t i = 0; i < bytes; ++i)
    result->mutable_data()[i] = shifted_byte(from, i, shift, readable);
  return result;
}

void append_bits(std::uint8_t* to, std::int64_t at, const std::uint8_t* from,
                 std::int64_t count) {
  auto shift = static_cast<int>(at % 8);
  auto* out = to + at / 8;
  for (std::int64_t i = 0; i < count; i += 8) {
    unsigned byte = from ? from[i / 8] : 0xffu;
    if (count - i < 8)
      byte &= (1u << (count - i)) - 1;
    byte <<= shift;
    out[i / 8] |= static_cast<std::uint8_t>(byte);
    if (byte > 0xff)
      out[i / 8 + 1] |= static_cast<std::uint8_t>(byte >> 8);
  }
}

} // namespace herald
