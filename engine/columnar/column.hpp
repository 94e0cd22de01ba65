#pragma once

#include "engine/columnar/type.hpp"

#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <arrow/buffer.h>

// A column: one immutable vector of values in Arrow's memory format (validity
// bitmap, least significant bit first; no offset: row i lies at slot i), so
// that Arrow, Parquet and DuckDB take it without copying. Columns are shared
// between actors and never written once they are reachable from a
// `column_ptr`. A column holds at most `rows_max` rows.

namespace herald {

using int128 = __int128;
using buffer_ptr = std::shared_ptr<arrow::Buffer>;

/// A string of a column: Arrow's binary view. Up to 12 bytes lie inside the
/// view, padded with zeros; longer ones keep 4 here and the rest in a heap.
struct string_ref {
  static constexpr std::int32_t inline_max = 12;

  std::int32_t size;

  union {
    char inlined[inline_max];

    struct {
      char prefix[4];
      std::int32_t heap;   ///< index into the column's heap buffers
      std::int32_t offset; ///< bytes from the start of that heap
    } far;
  };

  bool is_inline() const {
    return size <= inline_max;
  }
};

static_assert(sizeof(string_ref) == 16);

namespace detail {

template <class T>
T load(const char* from) {
  T result;
  std::memcpy(&result, from, sizeof result);
  return result;
}

/// The 16 bytes of a view of at most 12 bytes of text, from loads that
/// overlap: putting it together in memory would stall whoever copies it.
inline string_ref make_inline_ref(const char* text, std::size_t size) {
  std::uint64_t low = 0;  // bytes 0 … 7
  std::uint64_t high = 0; // bytes 8 … 11
  if (size >= 8) {
    low = load<std::uint64_t>(text);
    high = std::uint64_t{load<std::uint32_t>(text + size - 4)}
           >> 8 * (12 - size);
  } else if (size >= 4) {
    low = std::uint64_t{load<std::uint32_t>(text + size - 4)} >> 8 * (8 - size)
                                                                     << 32
          | load<std::uint32_t>(text);
  } else if (size > 0) {
    auto at = [text](std::size_t i) {
      return std::uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
    };
    low = at(0) | at(size / 2) | at(size - 1);
  }
  std::uint64_t words[]{low << 32 | size, high << 32 | low >> 32};
  string_ref result;
  std::memcpy(static_cast<void*>(&result), words, sizeof result);
  return result;
}

} // namespace detail

/// Makes a view; `heap` and `offset` say where a long text lies. Memory is
/// little-endian, as Arrow's is.
inline string_ref make_ref(std::string_view text, std::int32_t heap,
                           std::int32_t offset) {
  if (text.size() <= static_cast<std::size_t>(string_ref::inline_max))
    return detail::make_inline_ref(text.data(), text.size());
  string_ref result;
  result.size = static_cast<std::int32_t>(text.size());
  std::memcpy(result.far.prefix, text.data(), 4);
  result.far.heap = heap;
  result.far.offset = offset;
  return result;
}

struct column;
using column_ptr = std::shared_ptr<const column>;

struct column {
  static constexpr std::int64_t rows_max = 1 << 24;

  data_type type;
  std::int64_t length = 0;       ///< rows
  std::int64_t null_count = 0;   ///< exact
  buffer_ptr validity;           ///< null when null_count is 0
  buffer_ptr values;             ///< per `storage_kind`; null for none, fields
  std::vector<buffer_ptr> heaps; ///< text only
  std::vector<column_ptr> children; ///< list: 1; fields: one a field

  bool is_null(std::int64_t row) const {
    return validity != nullptr
           && (validity->data()[row >> 3] >> (row & 7) & 1) == 0;
  }

  /// The values as `T`, which must be the storage's type; `length` of them
  /// (list: see `offsets`). Slots of NULLs hold anything.
  template <class T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(values ? values->data() : nullptr),
            static_cast<std::size_t>(length)};
  }

  /// Lists only: the elements of row i are the child's rows
  /// [offsets()[i], offsets()[i + 1]). The first need not be 0: a slice
  /// shares the child.
  std::span<const std::int32_t> offsets() const {
    return {reinterpret_cast<const std::int32_t*>(values->data()),
            static_cast<std::size_t>(length + 1)};
  }

  /// BOOLEAN only: the value at `row`; anything for a NULL.
  bool bit(std::int64_t row) const {
    return values->data()[row >> 3] >> (row & 7) & 1;
  }

  /// Text and bytes only: the value at `row`, valid as long as the column.
  std::string_view text(std::int64_t row) const {
    return resolve(reinterpret_cast<const string_ref*>(values->data())[row]);
  }

  std::string_view resolve(const string_ref& ref) const {
    if (ref.is_inline())
      return {ref.inlined, static_cast<std::size_t>(ref.size)};
    const auto* heap = heaps[static_cast<std::size_t>(ref.far.heap)]->data();
    return {reinterpret_cast<const char*>(heap) + ref.far.offset,
            static_cast<std::size_t>(ref.size)};
  }
};

/// Allocates `bytes` (>= 0) of writable memory, 64-byte aligned and padded to
/// 64 bytes, contents undefined. Aborts when memory runs out.
std::shared_ptr<arrow::MutableBuffer> allocate_buffer(std::int64_t bytes);

/// As `allocate_buffer`, all zero.
std::shared_ptr<arrow::MutableBuffer> allocate_zeros(std::int64_t bytes);

/// Bytes of all buffers of the column and its children, shared heaps counted
/// whole.
std::int64_t memory_bytes(const column& x);

/// Number of rows whose bit in `bits` (may be null: all set) is 0.
std::int64_t count_nulls(const arrow::Buffer* bits, std::int64_t length);

} // namespace herald
