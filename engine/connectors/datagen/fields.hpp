#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/connectors/nexmark/random.hpp"
#include "engine/plan/table.hpp"

#include <limits>
#include <memory>
#include <string>
#include <vector>

// The columns of a 'datagen' table: each value is a function of the seed, the
// column and the row's number, so that parallelism and batches never change
// it; only types of date and time depend on the clock. Used by one reader.

namespace herald {

constexpr std::int64_t datagen_text_max = 1 << 20;

class datagen_field {
public:
  /// Reads the options "fields.NAME.…" of a column. Errors name the option.
  static absl::StatusOr<datagen_field>
  make(const field& column, const option_map& options, std::uint64_t seed);

  /// Appends the values of rows `first`, `first + step`, … (`count` of them),
  /// NULL where the column's rate of NULLs says so.
  void append(column_builder& to, std::int64_t first, std::int64_t step,
              std::int64_t count, std::int64_t now_ms) const;

  /// How many rows there are values for: a sequence ends.
  std::int64_t rows() const {
    return sequence_ ? end_ - start_ + 1
                     : std::numeric_limits<std::int64_t>::max();
  }

private:
  absl::Status read_shape(const option_map& options);
  void append_values(column_builder& to, std::int64_t first, std::int64_t step,
                     std::int64_t count, std::int64_t now_ms) const;
  bool is_null(std::int64_t row) const;
  std::int64_t integer(std::int64_t row) const;
  double fraction(std::int64_t row) const;
  int128 decimal(std::int64_t row) const;
  void text(std::int64_t row, std::string& out) const;
  std::int64_t moment(std::int64_t row, std::int64_t now_ms) const;

  field column_;
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
};

/// The options that a table of these columns may have.
std::vector<std::string> datagen_options(const std::vector<field>& columns);

} // namespace herald
