#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/expr/accumulator.hpp"

#include <string>
#include <string_view>

// How accumulators keep single values (the minimum, the first, each distinct
// one): fixed storages as they are, texts as strings of their own.

namespace herald {

/// What a state keeps of a value read as `T`.
template <class T>
struct kept {
  using type = T;
};

template <>
struct kept<std::string_view> {
  using type = std::string;
};

template <class T>
using kept_t = typename kept<T>::type;

/// Reads a column of scalars of storage `T`.
template <class T>
class value_reader {
public:
  explicit value_reader(const column& x) : reader_(vec{alias(x)}) {}

  T operator[](std::size_t row) const {
    return reader_[static_cast<std::int64_t>(row)];
  }

private:
  /// A pointer without ownership: the reader lives shorter than the column.
  static column_ptr alias(const column& x) {
    return {std::shared_ptr<const column>(), &x};
  }

  detail::reader<T> reader_;
};

/// Appends a kept value to a column of its storage.
template <class T>
void push_value(column_builder& to, const kept_t<T>& x) {
  if constexpr (std::is_same_v<T, bool>)
    static_cast<bool_builder&>(to).push(x);
  else if constexpr (std::is_same_v<T, std::string_view>)
    static_cast<text_builder&>(to).push(x);
  else
    static_cast<fixed_builder<T>&>(to).push(x);
}

/// Bytes of a kept value beyond its own size.
template <class K>
std::int64_t far_bytes(const K& x) {
  if constexpr (std::is_same_v<K, std::string>)
    return x.capacity() > 15 ? static_cast<std::int64_t>(x.capacity()) : 0;
  else
    return 0;
}

/// Calls `f` with a value of the C++ type that stores `kind`'s scalars.
template <class F>
auto with_storage(storage_kind kind, F f) {
  switch (kind) {
  case storage_kind::bit:
    return f(bool{});
  case storage_kind::i8:
    return f(std::int8_t{});
  case storage_kind::i16:
    return f(std::int16_t{});
  case storage_kind::i32:
    return f(std::int32_t{});
  case storage_kind::i64:
    return f(std::int64_t{});
  case storage_kind::f32:
    return f(float{});
  case storage_kind::f64:
    return f(double{});
  case storage_kind::i128:
    return f(int128{});
  default:
    return f(std::string_view{});
  }
}

} // namespace herald
