#pragma once

#include "engine/expr/text_sink.hpp"

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

// Makes the code of a function from a lambda over one row's values:
//
//   rows<std::int32_t(std::string_view)>([](auto x) { return …; })
//
// The signature names the storage of arguments and result: bool, int8_t …
// int64_t, float, double, int128, string_view (texts and bytes). A row with a
// NULL argument is NULL. The lambda may return an optional (empty: NULL) and
// may take a `row_state&` last, to fail, to ask for the context, or for
// scratch memory. Lambdas that do neither and know only numbers run over all
// rows, NULLs too, in loops that compilers vectorise, with constant arguments
// held in registers.

namespace herald {

/// What the lambda of a row may use besides its arguments.
struct row_state {
  const expr& self;
  const eval_context& context;
  std::string text; ///< scratch: results may be views into it
  absl::Status error;

  /// Fails the call, unless an earlier row already did.
  void fail(std::string_view message) {
    if (error.ok())
      error = user_error(self.where, message);
  }
};

/// Keeps `code` for ever.
const function* keep(std::unique_ptr<function> code);

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

/// Code made from a lambda; see above.
template <class Signature, class F>
class row_function;

template <class R, class... A, class F>
class row_function<R(A...), F> final : public function {
public:
  explicit row_function(F f, bool fails) : f_(f), fails_(fails) {}

  bool can_fail(const expr&) const override {
    return fails_;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    if constexpr (plain)
      return all_rows(self, args, rows, std::move(valid),
                      std::index_sequence_for<A...>{});
    else
      return valid_rows(self, args, rows, std::move(valid), context,
                        std::index_sequence_for<A...>{});
  }

private:
  using result_type = typename detail::unwrap<R>::type;

  static constexpr bool plain
      = !std::is_invocable_v<
            F, A...,
            row_state&> && std::is_arithmetic_v<std::conditional_t<std::is_same_v<R, int128>, std::int64_t, R>> && ((std::is_arithmetic_v<A> || std::is_same_v<A, int128>)&&...);

  template <std::size_t... I>
  absl::StatusOr<vec> all_rows(const expr& self, const std::vector<vec>& args,
                               std::int64_t rows, validity valid,
                               std::index_sequence<I...>) const {
    auto done = [&](buffer_ptr values) {
      return vec{
          make_column_of(self.type, rows, std::move(values), std::move(valid))};
    };
    std::tuple<detail::reader<A>...> in{detail::reader<A>(args[I])...};
    if constexpr (sizeof...(A) == 1) {
      return done(detail::fill_single<R>(std::get<0>(in), rows, f_));
    } else if constexpr (sizeof...(A) == 2) {
      return done(
          detail::fill_pairs<R>(std::get<0>(in), std::get<1>(in), rows, f_));
    } else {
      return done(detail::fill_values<R>(
          rows, [&](std::int64_t row) { return f_(std::get<I>(in)[row]...); }));
    }
  }

  template <std::size_t... I>
  absl::StatusOr<vec> valid_rows(const expr& self, const std::vector<vec>& args,
                                 std::int64_t rows, validity valid,
                                 const eval_context& context,
                                 std::index_sequence<I...>) const {
    std::tuple<detail::reader<A>...> in{detail::reader<A>(args[I])...};
    row_state state{self, context, {}, {}};
    detail::writer<result_type> out(rows, args);
    std::shared_ptr<arrow::MutableBuffer> holes; // rows that became NULL
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      auto result = one(state, std::get<I>(in)[row]...);
      if constexpr (detail::unwrap<R>::optional) {
        if (!result) {
          make_hole(holes, valid, rows, row);
          return;
        }
        out.set(row, *result);
      } else {
        out.set(row, result);
      }
    });
    if (!state.error.ok())
      return state.error;
    if (holes != nullptr)
      valid = count_validity(std::move(holes), rows);
    return vec{out.finish(self.type, rows, std::move(valid))};
  }

  auto one(row_state& state, A... args) const {
    if constexpr (std::is_invocable_v<F, A..., row_state&>)
      return R(f_(args..., state));
    else
      return R(f_(args...));
  }

  static void make_hole(std::shared_ptr<arrow::MutableBuffer>& holes,
                        const validity& valid, std::int64_t rows,
                        std::int64_t row) {
    if (holes == nullptr) {
      holes = allocate_bits(rows);
      auto* to = holes->mutable_data();
      auto bytes = static_cast<std::size_t>((rows + 7) / 8);
      if (valid.bits == nullptr)
        std::memset(to, 0xff, bytes);
      else
        std::memcpy(to, valid.bits->data(), bytes);
    }
    holes->mutable_data()[row >> 3]
        &= static_cast<std::uint8_t>(~(1u << (row & 7)));
  }

  F f_;
  bool fails_;
};

/// Code that calls `f` for each row. It must not call `row_state::fail`.
template <class Signature, class F>
const function* rows(F f) {
  return keep(std::make_unique<row_function<Signature, F>>(f, false));
}

/// As `rows`, for an `f` that may fail.
template <class Signature, class F>
const function* failing_rows(F f) {
  return keep(std::make_unique<row_function<Signature, F>>(f, true));
}

} // namespace herald
