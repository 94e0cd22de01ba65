#include "engine/expr/arithmetic.hpp"
#include "engine/expr/decimal_math.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/type_rules.hpp"

#include <utility>

// DECIMAL arithmetic over columns. Where the result type has room for every
// result, rows run in a plain loop without checks, and integers and short
// decimals are multiplied as 64-bit numbers; else each row is checked, and a
// result that does not fit is NULL.

namespace herald {

namespace {

/// Digits of a DECIMAL that always fits into 64 bits.
constexpr int short_digits = 18;

bool is_short(const data_type& x) {
  return x.is_integer() || x.precision() <= short_digits;
}

// -- reading ------------------------------------------------------------------

template <class T>
struct constant_reader {
  T value;

  T operator[](std::int64_t) const {
    return value;
  }
};

/// Reads what is stored as `Stored` as a `T`.
template <class T, class Stored>
struct column_reader {
  const Stored* data;

  T operator[](std::int64_t row) const {
    return static_cast<T>(data[row]);
  }
};

/// Calls `f(reader)` with a reader of `T`s for the exact numbers `x`.
template <class T, class F>
buffer_ptr with_reader(const vec& x, F f) {
  auto run = [&](const auto* data) {
    using stored = std::remove_cvref_t<decltype(*data)>;
    if (x.constant)
      return f(constant_reader<T>{static_cast<T>(data[0])});
    return f(column_reader<T, stored>{data});
  };
  const auto& column = *x.column;
  if (column.type.storage() == storage_kind::i128)
    return run(column.as<int128>().data());
  if (column.type.storage() == storage_kind::i64)
    return run(column.as<std::int64_t>().data());
  // Short integers are rare here: widen them first.
  auto wide = [&](auto type) {
    using stored = decltype(type);
    return detail::fill_values<std::int64_t>(
        column.length, [data = column.as<stored>().data()](std::int64_t row) {
          return std::int64_t{data[row]};
        });
  };
  auto values = column.type.storage() == storage_kind::i8 ? wide(std::int8_t{})
                : column.type.storage() == storage_kind::i16
                    ? wide(std::int16_t{})
                    : wide(std::int32_t{});
  return run(reinterpret_cast<const std::int64_t*>(values->data()));
}

/// Runs `f(a, b)` over all rows, the numbers read as `T`.
template <class T, class F>
buffer_ptr unchecked_loop(const std::vector<vec>& args, std::int64_t rows,
                          F f) {
  return with_reader<T>(args[0], [&](auto a) {
    return with_reader<T>(args[1], [&](auto b) {
      return detail::fill_values<int128>(
          rows, [a, b, f](std::int64_t row) { return f(a[row], b[row]); });
    });
  });
}

int128 wrapping_product(int128 a, int128 b) {
  // NULL slots hold anything, so the product of two may overflow.
  return static_cast<int128>(static_cast<unsigned __int128>(a)
                             * static_cast<unsigned __int128>(b));
}

// -- code ---------------------------------------------------------------------

template <arithmetic_op Op>
class decimal_function final : public function {
public:
  bool can_fail(const expr& self) const override {
    if (Op != arithmetic_op::divide && Op != arithmetic_op::remainder)
      return false;
    const auto& divisor = *self.args[1];
    return divisor.kind != expr_kind::literal
           || is_zero(value_at(
               *std::static_pointer_cast<const column>(divisor.prepared), 0));
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto a = shape_of(args[0].column->type);
    auto b = shape_of(args[1].column->type);
    auto short_args
        = is_short(args[0].column->type) && is_short(args[1].column->type);
    if constexpr (Op == arithmetic_op::multiply) {
      // The type has a digit more than a product: at 38 it loses scale.
      if (a.precision + b.precision <= decimal_precision_max
          && a.scale + b.scale == self.type.scale())
        return vec{make_column_of(self.type, rows,
                                  product(args, rows, short_args), valid)};
    } else if constexpr (Op == arithmetic_op::add
                         || Op == arithmetic_op::subtract) {
      auto digits = std::max(a.integer_digits(), b.integer_digits())
                    + std::max(a.scale, b.scale) + 1;
      if (digits <= decimal_precision_max)
        return vec{make_column_of(self.type, rows,
                                  sum(args, rows, a.scale, b.scale), valid)};
    }
    return checked(self, args, rows, std::move(valid));
  }

private:
  static bool is_zero(const scalar& x) {
    if (const auto* integer = std::get_if<std::int64_t>(&x.value))
      return *integer == 0;
    const auto* value = std::get_if<int128>(&x.value);
    return value != nullptr && *value == 0;
  }

  static buffer_ptr product(const std::vector<vec>& args, std::int64_t rows,
                            bool short_args) {
    if (short_args)
      return unchecked_loop<std::int64_t>(
          args, rows,
          [](std::int64_t x, std::int64_t y) { return int128{x} * y; });
    return unchecked_loop<int128>(args, rows, wrapping_product);
  }

  static buffer_ptr sum(const std::vector<vec>& args, std::int64_t rows,
                        int a_scale, int b_scale) {
    auto scale = std::max(a_scale, b_scale);
    auto x_unit = power_of_ten(scale - a_scale);
    auto y_unit = power_of_ten(scale - b_scale);
    if (Op == arithmetic_op::subtract)
      y_unit = -y_unit;
    return unchecked_loop<int128>(
        args, rows, [x_unit, y_unit](int128 x, int128 y) {
          return static_cast<int128>(
              static_cast<unsigned __int128>(wrapping_product(x, x_unit))
              + static_cast<unsigned __int128>(wrapping_product(y, y_unit)));
        });
  }

  static std::optional<int128> one(int128 x, int x_scale, int128 y, int y_scale,
                                   decimal_target to) {
    switch (Op) {
    case arithmetic_op::add:
      return decimal_add(x, x_scale, y, y_scale, to);
    case arithmetic_op::subtract:
      return decimal_add(x, x_scale, -y, y_scale, to);
    case arithmetic_op::multiply:
      return decimal_multiply(x, x_scale, y, y_scale, to);
    case arithmetic_op::divide:
      return decimal_divide(x, x_scale, y, y_scale, to);
    case arithmetic_op::remainder:
      break;
    }
    return decimal_remainder(x, x_scale, y, y_scale, to);
  }

  static absl::StatusOr<vec> checked(const expr& self,
                                     const std::vector<vec>& args,
                                     std::int64_t rows, validity valid) {
    auto fits = allocate_bits(rows);
    auto* bits = fits->mutable_data();
    auto zero = false;
    auto a_scale = shape_of(args[0].column->type).scale;
    auto b_scale = shape_of(args[1].column->type).scale;
    decimal_target to{self.type.precision(), self.type.scale()};
    auto values
        = checked_values(args, rows, valid, [&](int128 x, int128 y, auto row) {
            if ((Op == arithmetic_op::divide || Op == arithmetic_op::remainder)
                && y == 0) {
              zero = true;
              return int128{0};
            }
            auto result = one(x, a_scale, y, b_scale, to);
            if (result)
              bits[row >> 3] |= static_cast<std::uint8_t>(1u << (row & 7));
            return result.value_or(0);
          });
    if (zero)
      return divided_by_zero(self.where);
    return vec{make_column_of(self.type, rows, std::move(values),
                              count_validity(std::move(fits), rows))};
  }

  template <class F>
  static buffer_ptr checked_values(const std::vector<vec>& args,
                                   std::int64_t rows, const validity& valid,
                                   F f) {
    return with_reader<int128>(args[0], [&](auto a) {
      return with_reader<int128>(args[1], [&](auto b) -> buffer_ptr {
        auto result = allocate_zeros(rows * std::int64_t{sizeof(int128)});
        auto* out = reinterpret_cast<int128*>(result->mutable_data());
        for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
          out[row] = f(a[row], b[row], row);
        });
        return result;
      });
    });
  }
};

template <arithmetic_op Op>
const function* code() {
  static const auto* result = keep(std::make_unique<decimal_function<Op>>());
  return result;
}

} // namespace

expr_ptr bind_decimal(const call_site& site, arithmetic_op op) {
  auto a = shape_of(site.args[0]->type);
  auto b = shape_of(site.args[1]->type);
  auto nullable
      = site.args[0]->type.nullable() || site.args[1]->type.nullable();
  auto bind = [&](decimal_shape shape, const function* chosen) {
    return make_bound_call(std::string(site.name), site.args, chosen,
                           type_of(shape).with_nullable(nullable), site.where);
  };
  using op_kind = arithmetic_op;
  switch (op) {
  case op_kind::add:
    return bind(sum_shape(a, b), code<op_kind::add>());
  case op_kind::subtract:
    return bind(sum_shape(a, b), code<op_kind::subtract>());
  case op_kind::multiply:
    return bind(product_shape(a, b), code<op_kind::multiply>());
  case op_kind::divide:
    return bind(quotient_shape(a, b), code<op_kind::divide>());
  case op_kind::remainder:
    break;
  }
  return bind(remainder_shape(a, b), code<op_kind::remainder>());
}

} // namespace herald
