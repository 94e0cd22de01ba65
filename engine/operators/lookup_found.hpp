#pragma once

#include "engine/operators/row_store.hpp"

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

// What lookups found: the rows of each key in one store, shared by the input
// rows that wait and by the cache, and gone when neither needs them. One
// thread at a time; bounded by what waits and the cache's limit.

namespace herald {

/// The rows of one key, by number in the store.
struct lookup_found {
  std::vector<std::int32_t> rows;
};

using found_ptr = std::shared_ptr<const lookup_found>;

class found_store {
public:
  /// Row 0 is a row of NULLs.
  explicit found_store(schema_ptr layout);

  /// Appends rows; gives the number of the first.
  std::int32_t append(const batch& x);

  /// Keeps `count` rows of the store alive, `rows`, until it is forgotten.
  found_ptr keep(std::vector<std::int32_t> rows);

  const row_store& rows() const {
    return rows_;
  }

  /// Copies what lives once most of the store does not; changes the numbers
  /// in what is kept. O(rows), amortised O(1) a row.
  void tidy();

private:
  /// Below this a store is too small to be copied.
  static constexpr std::int32_t tidy_rows_min = 4096;

  row_store rows_;
  std::vector<std::weak_ptr<lookup_found>> kept_;
  std::int32_t tidy_at_ = tidy_rows_min;
};

/// The keys that were asked for last, with their rows. Counts rows, of a key
/// without any one.
class found_cache {
public:
  found_cache(std::int64_t rows_max, std::optional<std::int64_t> after_write_ms,
              std::optional<std::int64_t> after_access_ms)
      : rows_max_(rows_max), after_write_ms_(after_write_ms),
        after_access_ms_(after_access_ms) {}

  bool enabled() const {
    return rows_max_ > 0;
  }

  /// What is known of `key`, or null: nothing, or it is too old.
  found_ptr get(std::string_view key, std::int64_t now_ms);

  /// Remembers it and forgets those that were not asked for the longest.
  void put(std::string key, found_ptr found, std::int64_t now_ms);

  std::int64_t rows() const {
    return rows_;
  }

private:
  struct entry {
    std::string key;
    found_ptr found;
    std::int64_t written_ms = 0;
    std::int64_t accessed_ms = 0;
  };

  using list = std::list<entry>; ///< those asked for last in front

  void erase(list::iterator at);

  std::int64_t rows_max_;
  std::optional<std::int64_t> after_write_ms_;
  std::optional<std::int64_t> after_access_ms_;
  list entries_;
  std::unordered_map<std::string_view, list::iterator> by_key_;
  std::int64_t rows_ = 0;
};

} // namespace herald
