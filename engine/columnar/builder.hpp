#pragma once

#include "engine/columnar/batch.hpp"
#include "engine/columnar/scalar.hpp"

#include <memory>
#include <string_view>

// Builders write columns row by row: decoders, operators' output, tests. One
// thread at a time. `finish` hands the column over and leaves the builder
// empty and ready for the next one. The typed ones have no virtual call a
// row; `column_builder` is the untyped face that decoders keep per field.

namespace herald {

class column_builder {
public:
  explicit column_builder(data_type type) : type_(std::move(type)) {}

  virtual ~column_builder() = default;

  const data_type& type() const {
    return type_;
  }

  std::int64_t length() const {
    return length_;
  }

  virtual void append_null() = 0;

  /// Appends a value of exactly this type (or NULL).
  virtual void append(const scalar& x) = 0;

  /// Appends row `row` of `source`, a column of the same kind of type.
  virtual void append_from(const column& source, std::int64_t row) = 0;

  virtual column_ptr finish() = 0;

protected:
  /// Writes the validity bit of the next row and counts it.
  void mark(bool valid) {
    if ((length_ & 7) == 0)
      validity_.push_back(0);
    if (valid)
      validity_.back() |= static_cast<std::uint8_t>(1u << (length_ & 7));
    else
      ++null_count_;
    ++length_;
  }

  /// Moves length, nulls and validity into `x` and starts anew.
  void finish_validity(column& x);

  data_type type_;
  std::int64_t length_ = 0;
  std::int64_t null_count_ = 0;
  std::vector<std::uint8_t> validity_;
};

/// Storages i8 … i128, f32, f64.
template <class T>
class fixed_builder final : public column_builder {
public:
  using column_builder::column_builder;

  void push(T x) {
    values_.push_back(x);
    mark(true);
  }

  void append_null() override {
    values_.push_back(T{});
    mark(false);
  }

  void append(const scalar& x) override;
  void append_from(const column& source, std::int64_t row) override;
  column_ptr finish() override;

private:
  std::vector<T> values_;
};

class bool_builder final : public column_builder {
public:
  using column_builder::column_builder;

  void push(bool x);
  void append_null() override;
  void append(const scalar& x) override;
  void append_from(const column& source, std::int64_t row) override;
  column_ptr finish() override;

private:
  std::vector<std::uint8_t> bits_;
};

/// Texts and bytes. Long ones are copied into heaps of at most 1 MiB each
/// (or one text's size), which start small and grow.
class text_builder final : public column_builder {
public:
  using column_builder::column_builder;

  void push(std::string_view x) {
    if (x.size() <= static_cast<std::size_t>(string_ref::inline_max))
      refs_.push_back(make_ref(x, 0, 0));
    else
      push_far(x);
    mark(true);
  }

  void append_null() override {
    refs_.push_back(make_ref({}, 0, 0));
    mark(false);
  }

  void append(const scalar& x) override;
  void append_from(const column& source, std::int64_t row) override;
  column_ptr finish() override;

private:
  void push_far(std::string_view x);

  /// Makes room for `bytes` more in `heap_`, or begins another.
  void reserve(std::int64_t bytes);

  std::vector<string_ref> refs_;
  std::vector<buffer_ptr> full_;               ///< heaps that are complete
  std::shared_ptr<arrow::MutableBuffer> heap_; ///< the one being filled
  std::int64_t used_ = 0;                      ///< bytes of `heap_`
};

/// Makes the builder for any type, nested ones included.
std::unique_ptr<column_builder> make_builder(const data_type& type);

/// Builds whole batches from scalars; for tests, VALUES and small results.
class batch_builder {
public:
  explicit batch_builder(schema_ptr layout);

  /// Appends one row; `values` has one entry a field.
  void append(const std::vector<scalar>& values, change kind = change::insert);

  /// Appends row `row` of a batch with the same schema, its change included.
  void append_from(const batch& source, std::int64_t row);

  std::int64_t rows() const {
    return rows_;
  }

  batch_ptr finish();

private:
  schema_ptr layout_;
  std::vector<std::unique_ptr<column_builder>> builders_;
  std::vector<std::int8_t> changes_;
  bool all_inserts_ = true;
  std::int64_t rows_ = 0;
};

} // namespace herald
