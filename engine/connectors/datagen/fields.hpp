#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/connectors/nexmark/random.hpp"
#include "engine/plan/table.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

// The columns of a 'datagen' table: each value is a function of the seed, the
// column and the row's number, so that parallelism and batches never change
// it; only types of date and time depend on the clock. Elements of an array or
// a map are numbered on: those of row n from n times its length. Used by one
// reader.

namespace herald {

/// Characters of a text, bytes, or values inside of one value, that a row has
/// at most of a column.
constexpr std::int64_t datagen_length_max = 1 << 20;

/// Values inside of nested ones that are made at once, of one column.
constexpr std::int64_t datagen_values_max = 1 << 20;

class datagen_field {
public:
  /// Reads the options "fields.NAME.…" of a column. Errors name the option.
  static absl::StatusOr<datagen_field>
  make(const field& column, const option_map& options, std::uint64_t seed);

  /// The values of the rows of these numbers, NULL where the rate of NULLs says
  /// so.
  column_ptr values(std::span<const std::int64_t> rows,
                    std::int64_t now_ms) const;

  /// How many rows there are values for: a sequence ends.
  std::int64_t rows() const {
    return sequence_ ? end_ - start_ + 1
                     : std::numeric_limits<std::int64_t>::max();
  }

  /// Rows that may be made at once, at least 1.
  std::int64_t rows_at_once() const {
    return std::max<std::int64_t>(datagen_values_max / inner_, 1);
  }

private:
  absl::Status read_shape(const option_map& options);
  absl::Status read_parts(const option_map& options, std::uint64_t seed);
  absl::Status read_range(const option_map& options);
  absl::Status read_sequence(const option_map& options);
  std::string key(std::string_view what) const;

  void append(column_builder& to, std::span<const std::int64_t> rows,
              std::int64_t now_ms) const;
  void append_values(column_builder& to, std::span<const std::int64_t> rows,
                     std::int64_t now_ms) const;
  std::shared_ptr<column> lists(std::span<const std::int64_t> rows,
                                std::int64_t now_ms) const;
  column_ptr entry_values(std::span<const std::int64_t> numbers,
                          const row_list& kept, std::int64_t now_ms) const;
  bool is_null(std::int64_t row) const;
  std::int64_t integer(std::int64_t row) const;
  double fraction(std::int64_t row) const;
  int128 decimal(std::int64_t row) const;
  void text(std::int64_t row, std::string& out) const;
  std::int64_t moment(std::int64_t row, std::int64_t now_ms) const;

  field column_; ///< or a part of one: "NAME.element", …
  nexmark::random_field random_;
  nexmark::random_field nulls_;
  bool sequence_ = false;
  std::int64_t start_ = 0; ///< sequence: first value; integers: lowest
  std::int64_t end_ = 0;   ///< sequence: last value; integers: highest
  double lowest_ = 0;      ///< fractions
  double highest_ = 1;
  std::int64_t length_ = 100;
  bool varies_ = false; ///< texts have up to `length_` characters
  double null_rate_ = 0;
  std::int64_t past_ms_ = 0;
  std::vector<datagen_field> parts_; ///< elements; key and value; fields
  std::int64_t inner_ = 1;           ///< values that one of it has inside
};

/// The parts of a nested type, each as a column: "NAME.element" of an array or
/// a multiset, "NAME.key" and "NAME.value" of a map, the fields of a row.
std::vector<field> datagen_parts(const field& x);

/// The options that a table of these columns may have.
std::vector<std::string> datagen_options(const std::vector<field>& columns);

} // namespace herald
