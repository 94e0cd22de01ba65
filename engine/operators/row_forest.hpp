#pragma once

#include "engine/operators/row_order.hpp"

// Sorted sets of stored rows, one a group: treaps over the row numbers of one
// store, so that a set costs no more than its rows' nodes (16 bytes each),
// large or small, and a row goes in or out in O(log n) (Seidel and Aragon,
// "Randomized Search Trees", 1996). A set is its root, which the caller keeps;
// -1 is the empty set. One thread at a time.

namespace herald {

class row_forest {
public:
  static constexpr std::int32_t none = -1;

  explicit row_forest(row_order order) : order_(std::move(order)) {}

  const row_order& order() const {
    return order_;
  }

  /// Makes nodes for the rows up to `rows.size()`; the last ones have
  /// `prefixes`.
  void grow(const row_store& rows, std::span<const std::uint64_t> prefixes);

  void insert(const row_store& rows, std::int32_t& root, std::int32_t row);

  /// Takes a row out that is equal to `row`, which has a node but is in no
  /// set; gives its number, or `none`.
  std::int32_t erase(const row_store& rows, std::int32_t& root,
                     std::int32_t row);

  /// Takes the last row out; the set must not be empty.
  std::int32_t erase_last(std::int32_t& root);

  /// The last row of a set that is not empty.
  std::int32_t last(std::int32_t root) const;

  std::uint64_t prefix(std::int32_t row) const {
    return nodes_[static_cast<std::size_t>(row)].prefix;
  }

  /// Calls `visit(row)` for the rows of a set in order, as long as it gives
  /// true.
  template <class F>
  void walk(std::int32_t root, F visit) const {
    std::vector<std::int32_t> above;
    while (root != none || !above.empty()) {
      for (; root != none; root = at(root).left)
        above.push_back(root);
      root = above.back();
      above.pop_back();
      if (!visit(root))
        return;
      root = at(root).right;
    }
  }

  /// Makes a set of rows that are in no set, in order. O(n).
  std::int32_t build(std::span<const std::int32_t> sorted);

  /// Forgets all nodes; new ones with the same prefixes as `kept` had come in
  /// that order.
  void renumber(std::span<const std::int32_t> kept);

  std::int64_t memory_bytes() const {
    return static_cast<std::int64_t>(nodes_.capacity() * sizeof(node));
  }

private:
  struct node {
    std::uint64_t prefix = 0;
    std::int32_t left = none;
    std::int32_t right = none;
  };

  node& at(std::int32_t row) {
    return nodes_[static_cast<std::size_t>(row)];
  }

  const node& at(std::int32_t row) const {
    return nodes_[static_cast<std::size_t>(row)];
  }

  bool before(const row_store& rows, std::int32_t a, std::int32_t b) const {
    return at(a).prefix != at(b).prefix ? at(a).prefix < at(b).prefix
                                        : order_.compare(rows, a, b) < 0;
  }

  std::int32_t merge(std::int32_t left, std::int32_t right);

  row_order order_;
  std::vector<node> nodes_; ///< by row
};

} // namespace herald
