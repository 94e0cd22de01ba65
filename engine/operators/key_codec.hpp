#pragma once

#include "engine/columnar/batch.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Keys of several columns or of any type as bytes that are equal exactly when
// the keys are (NULL equals NULL, as GROUP BY wants), and a store for such
// byte strings by number. One thread at a time.

namespace herald {

/// The types of `columns` of `layout`, in that order.
std::vector<data_type> types_of(const schema& layout,
                                const std::vector<int>& columns);

class key_codec {
public:
  explicit key_codec(std::vector<data_type> types);

  /// Appends the keys (columns `keys` of `x`) of `rows` (null: all) to
  /// `bytes`; `ends` gets the end of each, counted from the start of `bytes`.
  void encode(const batch& x, std::span<const int> keys, const row_list* rows,
              std::string& bytes, std::vector<std::uint32_t>& ends) const;

  /// Makes the key columns again from encoded keys.
  std::vector<column_ptr>
  decode(const std::vector<std::string_view>& keys) const;

private:
  std::vector<data_type> types_;
};

/// Byte strings by number. Strings of equal slots are overwritten in place
/// when they fit, else appended; what is overwritten is reclaimed when half
/// of the store is waste.
class byte_store {
public:
  void put(std::size_t number, std::string_view bytes);

  std::string_view get(std::size_t number) const {
    const auto& x = spans_[number];
    return {bytes_.data() + x.begin, x.size};
  }

  std::int64_t memory_bytes() const {
    return static_cast<std::int64_t>(bytes_.capacity()
                                     + spans_.capacity() * sizeof(span));
  }

private:
  struct span {
    std::uint64_t begin = 0;
    std::uint32_t size = 0;
  };

  void reclaim();

  std::string bytes_;
  std::vector<span> spans_;
  std::size_t wasted_ = 0;
};

} // namespace herald
