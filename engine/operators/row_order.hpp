#pragma once

#include "engine/operators/row_store.hpp"
#include "engine/plan/order_spec.hpp"

// The order of rows in a store: by the keys of an ORDER BY first; what is
// equal there (peers) by further keys, then by content or by arrival. Most
// comparisons are decided by a prefix of 64 bits that is computed a batch at
// a time. Immutable; used on its operator's thread.

namespace herald {

class row_order {
public:
  enum class last_word : std::uint8_t {
    content, ///< all other columns, ascending: the same whatever came first
    arrival, ///< row numbers
  };

  row_order(const schema& layout, std::vector<sort_key> keys,
            const std::vector<sort_key>& ties, last_word last);

  /// Writes a number for every row of `x` that is lower only where the row
  /// comes earlier.
  void prefixes(const batch& x, std::vector<std::uint64_t>& out) const;

  /// Below 0, 0 or above 0 as row `a` comes before, with or after `b`.
  int compare(const row_store& rows, std::int32_t a, std::int32_t b) const;

  /// True if both are equal in the keys.
  bool peers(const row_store& rows, std::int32_t a, std::int32_t b) const;

private:
  std::vector<sort_key> keys_; ///< of ORDER BY, then ties, then content
  std::size_t peer_keys_;      ///< those of ORDER BY
  last_word last_;
};

/// Below 0, 0 or above 0 as row `a` of `rows` comes before, with or after `b`
/// in the order of `keys`.
int compare_rows(const batch& rows, const std::vector<sort_key>& keys,
                 std::int32_t a, std::int32_t b);

/// The number of `row_order::prefixes` for one column.
void sort_prefixes(const column& x, const sort_key& key,
                   std::vector<std::uint64_t>& out);

} // namespace herald
