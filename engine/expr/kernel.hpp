#pragma once

#include "engine/expr/kernel_io.hpp"

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

  template <class T>
  static constexpr bool is_number
      = std::is_arithmetic_v<T> || std::is_same_v<T, int128>;

  static constexpr bool plain
      = !std::is_invocable_v<
            F, A..., row_state&> && is_number<R> && (is_number<A> && ...);

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
      return done(
          detail::fill_values<R>(rows, [&]([[maybe_unused]] std::int64_t row) {
            return f_(std::get<I>(in)[row]...);
          }));
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
