#pragma once

#include "engine/columnar/scalar.hpp"

#include <cstdint>
#include <memory>
#include <vector>

// The values of a group in order of arrival, any of which can be taken back:
// the state of ARRAY_AGG, LAST_VALUE and their kind. Long lists find a value by
// its hash, in constant time; short ones look through. Bounded by the rows of
// the group. One thread at a time.

namespace herald {

/// True if `a` and `b`, of one type, are equal as GROUP BY has it: every NaN is
/// the same, and a map is in whatever order. What their types say besides the
/// kind does not matter.
bool same_value(const scalar& a, const scalar& b);

/// The same for all that are the same value.
std::uint64_t hash_of(const scalar& x);

class kept_values {
public:
  kept_values();
  kept_values(kept_values&&) noexcept;
  kept_values& operator=(kept_values&&) noexcept;
  ~kept_values();

  void add(scalar x);

  /// Takes back the first that equals `x`, if there is one.
  void remove(const scalar& x);

  bool empty() const {
    return size_ == 0;
  }

  std::size_t size() const {
    return size_;
  }

  /// The one that came first, or last; there is one.
  const scalar& front() const;
  const scalar& back() const;

  /// All, in order of arrival. O(size).
  std::vector<scalar> all() const;

  /// O(size).
  std::int64_t memory_bytes() const;

private:
  struct index;

  void make_index();
  void link(std::size_t at);
  void trim();

  std::vector<scalar> values_; ///< with an index there are gaps
  std::size_t size_ = 0;
  std::unique_ptr<index> index_; ///< of a long list
};

} // namespace herald
