#pragma once

#include "schemas/herald_function.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

// Functions of users, written over single values: what turns a C++ function
// into an entry of schemas/herald_function.h. It needs nothing but the
// standard library and is compiled into the user's library, never into Herald.
// A function is called once for each row without NULLs, from several threads;
// it may throw: its message becomes the error. docs/functions.md shows how.

namespace herald::udf {

/// SQL's name of a C++ type, and how its values lie in a column.
template <class T>
struct sql;

#define HERALD_UDF_TYPE(type, name)                                            \
  template <>                                                                  \
  struct sql<type> {                                                           \
    static constexpr const char* text = name;                                  \
  }
HERALD_UDF_TYPE(bool, "BOOLEAN");
HERALD_UDF_TYPE(std::int8_t, "TINYINT");
HERALD_UDF_TYPE(std::int16_t, "SMALLINT");
HERALD_UDF_TYPE(std::int32_t, "INT");
HERALD_UDF_TYPE(std::int64_t, "BIGINT");
HERALD_UDF_TYPE(float, "FLOAT");
HERALD_UDF_TYPE(double, "DOUBLE");
HERALD_UDF_TYPE(std::string_view, "STRING");
HERALD_UDF_TYPE(std::string, "STRING");
#undef HERALD_UDF_TYPE

/// An optional result may be NULL.
template <class T>
struct sql<std::optional<T>> : sql<T> {};

template <class T>
struct value_of {
  using type = T;
};

template <class T>
struct value_of<std::optional<T>> {
  using type = T;
};

/// Reads one argument.
template <class T>
class reader {
public:
  explicit reader(const herald_argument& x)
      : array_(*x.array), constant_(x.constant != 0) {}

  bool is_null(std::int64_t row) const {
    const auto* bits = static_cast<const std::uint8_t*>(array_.buffers[0]);
    const auto i = slot(row);
    return bits != nullptr && (bits[i >> 3] >> (i & 7) & 1) == 0;
  }

  T operator[](std::int64_t row) const {
    const auto i = slot(row);
    if constexpr (std::is_same_v<T, bool>) {
      const auto* bits = static_cast<const std::uint8_t*>(array_.buffers[1]);
      return bits[i >> 3] >> (i & 7) & 1;
    } else if constexpr (std::is_same_v<T, std::string_view>) {
      // A view: its size, then up to 12 bytes of text, or a prefix and where
      // in which buffer the text lies.
      std::int32_t view[4];
      const auto* at = static_cast<const char*>(array_.buffers[1]) + i * 16;
      std::memcpy(view, at, sizeof view);
      if (view[0] <= 12)
        return {at + 4, static_cast<std::size_t>(view[0])};
      return {static_cast<const char*>(array_.buffers[2 + view[2]]) + view[3],
              static_cast<std::size_t>(view[0])};
    } else {
      return static_cast<const T*>(array_.buffers[1])[i];
    }
  }

private:
  std::int64_t slot(std::int64_t row) const {
    return (constant_ ? 0 : row) + array_.offset;
  }

  const ArrowArray& array_;
  bool constant_;
};

/// Collects a result and hands it over as an array.
template <class T>
class writer {
public:
  static constexpr bool is_text
      = std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>;

  explicit writer(std::int64_t rows) : made_(std::make_unique<storage>()) {
    const auto count = static_cast<std::size_t>(rows);
    made_->validity.resize((count + 7) / 8);
    if constexpr (is_text)
      made_->offsets.assign(count + 1, 0);
    else if constexpr (std::is_same_v<T, bool>)
      made_->bits.resize((count + 7) / 8);
    else
      made_->values.resize(count);
    rows_ = rows;
  }

  /// Sets row `row`; rows that are not set are NULL. Texts in order of rows.
  void set(std::int64_t row, const T& x) {
    const auto i = static_cast<std::size_t>(row);
    made_->validity[i / 8] |= static_cast<std::uint8_t>(1u << (i % 8));
    ++known_;
    if constexpr (is_text) {
      fill_offsets(i);
      made_->text.append(x);
      made_->offsets[i + 1] = static_cast<std::int32_t>(made_->text.size());
      next_ = i + 1;
    } else if constexpr (std::is_same_v<T, bool>) {
      made_->bits[i / 8] |= static_cast<std::uint8_t>(unsigned{x} << (i % 8));
    } else {
      made_->values[i] = x;
    }
  }

  void set(std::int64_t row, const std::optional<T>& x) {
    if (x)
      set(row, *x);
  }

  /// One more row: a value, or an optional, of which an empty one is NULL.
  template <class Value>
  void push(const Value& x) {
    const auto count = static_cast<std::size_t>(++rows_);
    made_->validity.resize((count + 7) / 8);
    if constexpr (is_text)
      made_->offsets.push_back(static_cast<std::int32_t>(made_->text.size()));
    else if constexpr (std::is_same_v<T, bool>)
      made_->bits.resize((count + 7) / 8);
    else
      made_->values.resize(count);
    set(rows_ - 1, x);
  }

  void finish(ArrowArray* out) {
    if constexpr (is_text)
      fill_offsets(static_cast<std::size_t>(rows_));
    auto& to = *made_;
    to.buffers[0] = to.validity.data();
    if constexpr (is_text) {
      to.buffers[1] = to.offsets.data();
      to.buffers[2] = to.text.data();
    } else if constexpr (std::is_same_v<T, bool>) {
      to.buffers[1] = to.bits.data();
    } else {
      to.buffers[1] = to.values.data();
    }
    *out = {};
    out->length = rows_;
    out->null_count = rows_ - known_;
    out->n_buffers = is_text ? 3 : 2;
    out->buffers = to.buffers;
    out->private_data = made_.release();
    out->release = [](ArrowArray* x) {
      delete static_cast<storage*>(x->private_data);
      x->release = nullptr;
    };
  }

private:
  struct storage {
    std::vector<std::uint8_t> validity;
    std::vector<std::uint8_t> bits;
    std::vector<std::conditional_t<is_text || std::is_same_v<T, bool>, char, T>>
        values;
    std::vector<std::int32_t> offsets;
    std::string text;
    const void* buffers[3] = {};
  };

  /// Rows that were left out end where the text is.
  void fill_offsets(std::size_t to) {
    for (; next_ < to; ++next_)
      made_->offsets[next_ + 1] = static_cast<std::int32_t>(made_->text.size());
  }

  std::unique_ptr<storage> made_;
  std::int64_t rows_ = 0;
  std::int64_t known_ = 0;
  std::size_t next_ = 0;
};

/// "STRING, BIGINT"
template <class... A>
std::string types_text() {
  std::string result;
  ((result += result.empty() ? sql<A>::text : std::string(", ") + sql<A>::text),
   ...);
  return result;
}

/// Thrown where a call may not give more; becomes HERALD_TOO_MANY.
struct too_many {};

/// Runs `f`; an exception becomes the error.
template <class F>
std::int32_t guarded(herald_error* error, F f) {
  try {
    f();
    return 0;
  } catch (const too_many&) {
    return HERALD_TOO_MANY;
  } catch (const std::exception& e) {
    std::snprintf(error->message, sizeof error->message, "%s", e.what());
  } catch (...) {
    std::snprintf(error->message, sizeof error->message, "unknown exception");
  }
  return 1;
}

} // namespace herald::udf
