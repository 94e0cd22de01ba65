#pragma once

#include "engine/columnar/column.hpp"

#include <cstdint>
#include <span>

// Bitmaps: validity and BOOLEAN columns, least significant bit first. Pure
// functions, safe on any thread; each is linear in the bits it touches.

namespace herald {

inline bool get_bit(const std::uint8_t* bits, std::int64_t at) {
  return bits[at >> 3] >> (at & 7) & 1;
}

inline void set_bit(std::uint8_t* bits, std::int64_t at) {
  bits[at >> 3] |= static_cast<std::uint8_t>(1u << (at & 7));
}

/// Returns the bits at `rows` of `bits`, in that order.
buffer_ptr take_bits(const std::uint8_t* bits,
                     std::span<const std::int32_t> rows);

/// Returns bits [begin, begin + count) of `bits`, shared where they start at
/// a whole byte.
buffer_ptr slice_bits(const buffer_ptr& bits, std::int64_t begin,
                      std::int64_t count);

/// Writes `count` bits of `from` to `to` from bit `at` on; null `from` means
/// all set. The bits of `to` from there on must be zero.
void append_bits(std::uint8_t* to, std::int64_t at, const std::uint8_t* from,
                 std::int64_t count);

} // namespace herald
