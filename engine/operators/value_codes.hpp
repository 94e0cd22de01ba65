#pragma once

#include "engine/operators/group_index.hpp"

#include <optional>

// Values of one type as 64-bit codes that are equal exactly when the values
// are: those of at most 64 bits are their own code, longer ones get numbers
// from a dictionary, which counts their uses. One thread at a time; bounded
// by the values in use.

namespace herald {

class value_codes {
public:
  explicit value_codes(data_type type);

  /// The codes of `rows`, which are not NULL; new values join the dictionary.
  std::vector<std::int64_t> codes_of(const column_ptr& values,
                                     const row_list& rows);

  /// The values again.
  column_ptr column_of(const std::vector<std::int64_t>& codes) const;

  /// A code stays known until it was released as often as used.
  void use(std::int64_t code);
  void release(std::int64_t code);

  std::int64_t memory_bytes() const;

private:
  data_type type_;
  std::optional<group_index> dictionary_;
  std::vector<std::int32_t> uses_; ///< by number in the dictionary
};

} // namespace herald
