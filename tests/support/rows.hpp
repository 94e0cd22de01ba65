#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/columnar/scalar.hpp"

#include <concepts>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

// Tables as tests write and compare them. `make_rows` turns literals into a
// batch, `print_rows` turns batches into lines that tell every value apart
// (texts are quoted, NULL is not), and the assertions compare those lines.
// For tests only: a wrong literal aborts.

namespace herald::testing {

struct null_literal {};

inline constexpr null_literal null;

/// A literal of any type. Numbers and texts suit every column that can hold
/// them: "12.50" a DECIMAL, "2026-11-21 01:42:50.289" a TIMESTAMP, an integer
/// the raw number of a date, time or timestamp. `{…}` is an ARRAY, a ROW, or a
/// MAP as key, value, key, ….
class cell {
public:
  cell(null_literal) {}

  cell(bool x) : value_(x) {}

  template <std::integral T>
  cell(T x) : value_(static_cast<std::int64_t>(x)) {}

  cell(int128 x) : value_(x) {}

  cell(double x) : value_(x) {}

  cell(const char* x) : value_(std::string{x}) {}

  cell(std::string x) : value_(std::move(x)) {}

  cell(std::initializer_list<cell> elements)
      : value_(std::monostate{}), elements_(elements), nested_(true) {}

  /// The literal as a value of `type`; aborts when it cannot be one.
  scalar as(const data_type& type) const;

private:
  scalar::value_type value_;
  std::vector<cell> elements_;
  bool nested_ = false;
};

using literal_row = std::vector<cell>;

/// One row of a changelog: what it does and its values.
struct literal_change {
  change kind;
  literal_row values;
};

schema_ptr make_schema(std::vector<field> fields);

batch_ptr make_rows(const schema_ptr& layout,
                    const std::vector<literal_row>& rows);

batch_ptr make_changes(const schema_ptr& layout,
                       const std::vector<literal_change>& rows);

/// The values of every row.
std::vector<std::vector<scalar>> rows_of(const batch& x);

/// The value with texts in quotes and bytes in hexadecimal: 'a', x'00ff'.
std::string describe(const scalar& x);

/// One line a row, "(1, 'a', NULL)", with "+I " … before it if the batch has
/// a change column.
std::vector<std::string> print_rows(const batch& x);
std::vector<std::string> print_rows(std::span<const batch_ptr> parts);

/// The lines of the table that a changelog leads to, sorted: every retraction
/// takes one equal row away. A retraction of a row that is not there is kept
/// as a line "missing: …".
std::vector<std::string> table_of(std::span<const batch_ptr> changelog);

/// Success if both hold the same lines in any order; else says which lines
/// are missing and which are too many.
::testing::AssertionResult same_bag(std::vector<std::string> expected,
                                    std::vector<std::string> actual);

/// Success if both have equal rows (and changes), in any order or in order.
::testing::AssertionResult same_bag(const batch& expected, const batch& actual);
::testing::AssertionResult same_rows(const batch& expected,
                                     const batch& actual);

} // namespace herald::testing
