#pragma once

#include "engine/columnar/builder.hpp"

#include <memory>
#include <span>
#include <vector>

// Rows kept as growing columns: join state. Rows are numbered from 0 in order
// of arrival; numbers of erased rows are not given again, the store goes as a
// whole when its time has passed, or is made anew from the rows that live.
// Fixed-width values and text views lie in plain vectors, so a gather is one
// loop a column; nested values in batches. One thread at a time; at most 2^31 -
// 1 rows.

namespace herald {

/// One growing column.
class column_store {
public:
  virtual ~column_store() = default;
  virtual void append(const column& x, const row_list* rows) = 0;
  virtual column_ptr gather(std::span<const std::int32_t> rows) const = 0;
  virtual bool same(std::int32_t row, const column& x,
                    std::int64_t at) const = 0;
  /// As `compare_value`, of two rows of the store.
  virtual int compare(std::int32_t a, std::int32_t b) const = 0;
  virtual bool is_null(std::int32_t row) const = 0;
  virtual std::int64_t memory_bytes() const = 0;
};

std::unique_ptr<column_store> make_column_store(const data_type& type);

/// True if so many of a store's rows are forgotten that it should be made anew:
/// half of them, so that a row is copied once on average, and not a few.
constexpr bool worth_reclaiming(std::int64_t forgotten, std::int64_t all) {
  constexpr std::int64_t few = 1024;
  return forgotten >= few && forgotten >= all / 2;
}

class row_store {
public:
  explicit row_store(schema_ptr layout);

  /// Appends `rows` of `x` (null: all); the first gets number `size()`.
  void append(const batch& x, const row_list* rows);

  std::int32_t size() const {
    return size_;
  }

  column_ptr gather(std::size_t column,
                    std::span<const std::int32_t> rows) const {
    return columns_[column]->gather(rows);
  }

  /// True if the stored row equals row `at` of `x` in every column.
  bool same(std::int32_t row, const batch& x, std::int64_t at) const;

  /// A store of just these rows, in that order. Texts are copied, so that
  /// those of other rows can go. O(rows).
  row_store only(std::span<const std::int32_t> rows) const;

  /// As `compare_value`, of two stored rows.
  int compare(std::size_t column, std::int32_t a, std::int32_t b) const {
    return columns_[column]->compare(a, b);
  }

  bool is_null(std::size_t column, std::int32_t row) const {
    return columns_[column]->is_null(row);
  }

  /// The rows `rows`, in that order.
  batch_ptr gather(std::span<const std::int32_t> rows) const;

  const schema_ptr& layout() const {
    return layout_;
  }

  std::int64_t memory_bytes() const;

private:
  schema_ptr layout_;
  std::vector<std::unique_ptr<column_store>> columns_;
  std::int32_t size_ = 0;
};

} // namespace herald
