#pragma once

#include "engine/columnar/builder.hpp"

#include <memory>
#include <vector>

// Builders of ARRAY, MAP and ROW. A value is written by appending to the
// children and then closing the row; NULLs keep the children in step. One
// thread at a time, like every builder.

namespace herald {

/// ARRAY and MAP. The child of a MAP is a `row_builder` of its entries.
class list_builder final : public column_builder {
public:
  explicit list_builder(data_type type);

  /// Takes the elements of the next row; `close` ends it.
  column_builder& elements() {
    return *elements_;
  }

  /// Makes a row of the elements that were appended since the last one.
  void close();
  void append_null() override;
  void append(const scalar& x) override;
  void append_from(const column& source, std::int64_t row) override;
  column_ptr finish() override;

private:
  void end_row(bool valid);

  std::unique_ptr<column_builder> elements_;
  std::vector<std::int32_t> offsets_{0};
};

class row_builder final : public column_builder {
public:
  explicit row_builder(data_type type);

  /// Takes the value of field `index` of the next row.
  column_builder& child(std::size_t index) {
    return *children_[index];
  }

  /// Makes a row; every child must have got exactly one more value.
  void close() {
    mark(true);
  }

  void append_null() override;
  void append(const scalar& x) override;
  void append_from(const column& source, std::int64_t row) override;
  column_ptr finish() override;

private:
  std::vector<std::unique_ptr<column_builder>> children_;
};

} // namespace herald
