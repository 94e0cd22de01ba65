#pragma once

#include "engine/expr/text_sink.hpp"

#include <optional>
#include <type_traits>
#include <utility>

// How kernels read arguments and write results, a type of storage each. See
// kernel.hpp. Readers and writers live for one call, on one thread.

namespace herald {

namespace detail {

template <class T>
struct reader {
  const T* data;
  std::int64_t mask; ///< 0 for a constant, else all ones

  explicit reader(const vec& x)
      : data(x.column->as<T>().data()), mask(x.constant ? 0 : -1) {}

  T operator[](std::int64_t row) const {
    return data[row & mask];
  }
};

template <>
struct reader<bool> {
  const std::uint8_t* data;
  std::int64_t mask;

  explicit reader(const vec& x)
      : data(x.column->values->data()), mask(x.constant ? 0 : -1) {}

  bool operator[](std::int64_t row) const {
    auto i = row & mask;
    return (data[i >> 3] >> (i & 7) & 1) != 0;
  }
};

template <>
struct reader<std::string_view> {
  const column* source;
  std::int64_t mask;

  explicit reader(const vec& x)
      : source(x.column.get()), mask(x.constant ? 0 : -1) {}

  std::string_view operator[](std::int64_t row) const {
    return source->text(row & mask);
  }
};

template <class T>
struct unwrap {
  using type = T;
  static constexpr bool optional = false;
};

template <class T>
struct unwrap<std::optional<T>> {
  using type = T;
  static constexpr bool optional = true;
};

/// Fills the values of `rows` rows from `get(row)`.
template <class R, class Get>
buffer_ptr fill_values(std::int64_t rows, Get get) {
  if constexpr (std::is_same_v<R, bool>) {
    return fill_bits(rows, get);
  } else {
    auto result = allocate_buffer(rows * static_cast<std::int64_t>(sizeof(R)));
    auto* out = reinterpret_cast<R*>(result->mutable_data());
    for (std::int64_t row = 0; row < rows; ++row)
      out[row] = static_cast<R>(get(row));
    return result;
  }
}

template <class R, class X, class G>
buffer_ptr fill_single(X x, std::int64_t rows, G g) {
  if constexpr (std::is_same_v<X, reader<bool>>) {
    return fill_values<R>(rows, [x, g](std::int64_t row) { return g(x[row]); });
  } else {
    const auto* data = x.data;
    return fill_values<R>(rows,
                          [data, g](std::int64_t row) { return g(data[row]); });
  }
}

/// Fills from `f(x, y)` of each row, a constant side held in a register.
template <class R, class X, class Y, class F>
buffer_ptr fill_pairs(X x, Y y, std::int64_t rows, F f) {
  if (y.mask == 0) {
    auto constant = y[0];
    return fill_single<R>(
        x, rows, [f, constant](auto value) { return f(value, constant); });
  }
  if (x.mask == 0) {
    auto constant = x[0];
    return fill_single<R>(
        y, rows, [f, constant](auto value) { return f(constant, value); });
  }
  x.mask = y.mask = -1;
  return fill_values<R>(
      rows, [x, y, f](std::int64_t row) { return f(x[row], y[row]); });
}

/// Where results go that come one by one, some of them NULL.
template <class R>
struct writer {
  std::shared_ptr<arrow::MutableBuffer> buffer;
  R* out;

  writer(std::int64_t rows, const std::vector<vec>&)
      : buffer(allocate_zeros(rows * static_cast<std::int64_t>(sizeof(R)))),
        out(reinterpret_cast<R*>(buffer->mutable_data())) {}

  void set(std::int64_t row, R x) {
    out[row] = x;
  }

  column_ptr finish(const data_type& type, std::int64_t rows, validity v) {
    return make_column_of(type, rows, std::move(buffer), std::move(v));
  }
};

template <>
struct writer<bool> {
  std::shared_ptr<arrow::MutableBuffer> buffer;

  writer(std::int64_t rows, const std::vector<vec>&)
      : buffer(allocate_bits(rows)) {}

  void set(std::int64_t row, bool x) {
    buffer->mutable_data()[row >> 3]
        |= static_cast<std::uint8_t>(unsigned{x} << (row & 7));
  }

  column_ptr finish(const data_type& type, std::int64_t rows, validity v) {
    return make_column_of(type, rows, std::move(buffer), std::move(v));
  }
};

template <>
struct writer<std::string_view> {
  const vec* source; ///< the first argument, if results may lie inside it
  text_sink sink;

  writer(std::int64_t rows, const std::vector<vec>& args)
      : source(!args.empty()
                       && args[0].column->type.storage() == storage_kind::text
                   ? &args[0]
                   : nullptr),
        sink(rows, source == nullptr ? nullptr : source->column.get()) {}

  void set(std::int64_t row, std::string_view x) {
    if (source == nullptr)
      sink.set(row, x);
    else
      sink.set_part(row, x, source->slot(row));
  }

  column_ptr finish(const data_type& type, std::int64_t, validity v) {
    return sink.finish(type, std::move(v));
  }
};

} // namespace detail

} // namespace herald
