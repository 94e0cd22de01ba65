#pragma once

#include "engine/columnar/column.hpp"

#include <limits>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

// A batch: rows as columns under one schema, immutable and shared by pointer
// between actors. Its change column says for each row whether it inserts,
// retracts or deletes; without one every row inserts. A batch of a stream has
// at most a few thousand rows; one that crosses nodes at most 512 KiB.

namespace herald {

/// What a row does to the table that a changelog describes.
enum class change : std::int8_t {
  insert = 0,        ///< +I
  update_before = 1, ///< -U: takes back an earlier row
  update_after = 2,  ///< +U: the row that replaces it
  remove = 3,        ///< -D
};

/// True for -U and -D.
constexpr bool retracts(change x) {
  return x == change::update_before || x == change::remove;
}

/// "+I", "-U", "+U" or "-D".
std::string_view to_string(change x);

struct schema {
  std::vector<field> fields;

  /// Index of the field called `name` exactly, or nullopt. O(fields).
  std::optional<std::size_t> find(std::string_view name) const;

  friend bool operator==(const schema&, const schema&) = default;
};

using schema_ptr = std::shared_ptr<const schema>;

struct batch {
  schema_ptr layout;
  std::int64_t rows = 0;
  std::vector<column_ptr> columns; ///< one a field, each of `rows` rows
  buffer_ptr changes;              ///< one `change` a row, or null: all +I

  change change_of(std::int64_t row) const {
    return changes ? static_cast<change>(changes->data()[row]) : change::insert;
  }
};

using batch_ptr = std::shared_ptr<const batch>;

/// Makes a batch and checks that lengths and number of columns agree.
batch_ptr make_batch(schema_ptr layout, std::vector<column_ptr> columns,
                     std::int64_t rows, buffer_ptr changes = nullptr);

/// Bytes held by the batch, shared heaps counted whole.
std::int64_t memory_bytes(const batch& x);

/// Row numbers within a batch; any order, repeats allowed.
using row_list = std::vector<std::int32_t>;

/// Returns the rows `rows` of `x`, in that order. Texts keep sharing the heaps
/// of `x`. O(rows · columns).
column_ptr take(const column& x, std::span<const std::int32_t> rows);
batch_ptr take(const batch& x, std::span<const std::int32_t> rows);

/// Returns rows [begin, begin + count).
batch_ptr slice(const batch& x, std::int64_t begin, std::int64_t count);

/// Joins columns (batches) of equal type (schema), in order; at least one.
column_ptr concat(std::span<const column_ptr> parts);
batch_ptr concat(std::span<const batch_ptr> parts);

/// Copies the texts that the rows refer to into one heap of their own, so
/// that the column no longer keeps large foreign heaps alive.
column_ptr compact(const column_ptr& x);
batch_ptr compact(const batch_ptr& x);

/// A column of `rows` times NULL.
column_ptr null_column(const data_type& type, std::int64_t rows);

} // namespace herald
