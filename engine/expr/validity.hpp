#pragma once

#include "engine/expr/expr.hpp"

#include <cstdint>
#include <cstring>
#include <vector>

// Bitmaps of results: which rows are NULL, and the values of BOOLEAN columns.
// All work a machine word at a time. Pure functions, safe on any thread.

namespace herald {

/// Which rows of a result are not NULL.
struct validity {
  buffer_ptr bits; ///< null when `null_count` is 0
  std::int64_t null_count = 0;

  bool at(std::int64_t row) const {
    return bits == nullptr || (bits->data()[row >> 3] >> (row & 7) & 1) != 0;
  }
};

/// The rows where no argument is NULL. Shares the bitmap when one argument
/// alone has NULLs.
validity intersect(const std::vector<vec>& args, std::int64_t rows);

/// Makes a column of `type` from its parts.
column_ptr make_column_of(const data_type& type, std::int64_t rows,
                          buffer_ptr values, validity valid);

/// A bitmap of `rows` bits, all 0, that may be written a word at a time.
std::shared_ptr<arrow::MutableBuffer> allocate_bits(std::int64_t rows);

/// The validity whose bits are `bits`, counted.
validity count_validity(buffer_ptr bits, std::int64_t rows);

/// Word `index` (64 rows) of a bitmap; all ones for null.
inline std::uint64_t bit_word(const arrow::Buffer* bits, std::int64_t index,
                              std::int64_t rows) {
  if (bits == nullptr)
    return ~std::uint64_t{0};
  std::uint64_t word = 0;
  auto bytes = (rows - index * 64 + 7) / 8;
  std::memcpy(&word, bits->data() + index * 8,
              static_cast<std::size_t>(bytes < 8 ? bytes : 8));
  return word;
}

/// Packs 8 bytes that are 0 or 1 into 8 bits, the first the lowest.
inline std::uint8_t pack_byte(const std::uint8_t* flags) {
  std::uint64_t word;
  std::memcpy(&word, flags, 8);
  return static_cast<std::uint8_t>((word * 0x0102040810204080ull) >> 56);
}

/// Fills a bitmap of `rows` bits from `get(row)`. The inner loop writes bytes,
/// which compilers vectorise, and packs them afterwards.
template <class Get>
buffer_ptr fill_bits(std::int64_t rows, Get get) {
  auto result = allocate_bits(rows);
  auto* out = result->mutable_data();
  std::uint8_t flags[64];
  std::int64_t row = 0;
  for (; row + 64 <= rows; row += 64) {
    for (std::int64_t i = 0; i < 64; ++i)
      flags[i] = get(row + i);
    for (std::int64_t i = 0; i < 8; ++i)
      out[row / 8 + i] = pack_byte(flags + i * 8);
  }
  for (; row < rows; ++row)
    if (get(row))
      out[row >> 3] |= static_cast<std::uint8_t>(1u << (row & 7));
  return result;
}

/// Calls `f(row)` for the rows whose bit is set in `bits`, in order.
template <class F>
void for_each_bit(const arrow::Buffer* bits, std::int64_t rows, F f) {
  if (bits == nullptr) {
    for (std::int64_t row = 0; row < rows; ++row)
      f(row);
    return;
  }
  for (std::int64_t word = 0; word * 64 < rows; ++word) {
    auto left = bit_word(bits, word, rows);
    auto count = rows - word * 64;
    if (count < 64)
      left &= (std::uint64_t{1} << count) - 1;
    for (; left != 0; left &= left - 1)
      f(word * 64 + __builtin_ctzll(left));
  }
}

} // namespace herald
