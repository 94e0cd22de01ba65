#include "engine/expr/cast.hpp"
#include "engine/expr/decimal_math.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/text_write.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/type_rules.hpp"

#include <cmath>

// ABS, SIGN, CEIL, FLOOR, ROUND and TRUNCATE, for each kind of number.

namespace herald {

namespace {

using int32 = std::int32_t;

/// The type of argument 0 if it is `kind`.
result_rule same_if(type_kind kind) {
  return [kind](std::span<const data_type> types) -> std::optional<data_type> {
    if (types[0].kind() != kind)
      return std::nullopt;
    return types[0];
  };
}

// -- without digits -----------------------------------------------------------

template <class T>
T absolute(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return std::fabs(x);
  else // the smallest number wraps
    return x < 0 ? static_cast<T>(0 - static_cast<std::uint64_t>(x)) : x;
}

template <class T>
T sign(T x) {
  if constexpr (std::is_floating_point_v<T>)
    return x > 0 ? T{1} : x < 0 ? T{-1} : x; // NaN and zeros stay
  else
    return static_cast<T>((x > 0) - (x < 0));
}

template <class T>
void register_simple(registry& to, type_kind kind) {
  std::vector<param> any_number{param{accept::numeric}};
  auto same = same_if(kind);
  to.add("ABS", any_number, same,
         rows<T(T)>([](T x) { return absolute<T>(x); }));
  to.add("SIGN", any_number, same, rows<T(T)>([](T x) { return sign<T>(x); }));
  to.add("CEIL", any_number, same, rows<T(T)>([](T x) {
           if constexpr (std::is_floating_point_v<T>)
             return std::ceil(x);
           else
             return x;
         }));
  to.add("FLOOR", any_number, same, rows<T(T)>([](T x) {
           if constexpr (std::is_floating_point_v<T>)
             return std::floor(x);
           else
             return x;
         }));
}

/// Unary code over DECIMALs that knows its scale.
template <class F>
class decimal_unary final : public function {
public:
  explicit decimal_unary(F f) : f_(f) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto scale = args[0].column->type.scale();
    const auto* x = args[0].column->as<int128>().data();
    return vec{make_column_of(
        self.type, rows,
        detail::fill_values<int128>(
            rows, [&](std::int64_t row) { return f_(x[row], scale); }),
        std::move(valid))};
  }

private:
  F f_;
};

template <class F>
const function* decimals(F f) {
  return keep(std::make_unique<decimal_unary<F>>(f));
}

std::optional<data_type> whole_decimal(std::span<const data_type> types) {
  return data_type::decimal(types[0].precision(), 0);
}

void register_decimal(registry& to) {
  std::vector<param> decimal{param{accept::decimal}};
  auto same = results::argument(0);
  to.add("ABS", decimal, same,
         decimals([](int128 x, int) { return x < 0 ? -x : x; }));
  to.add("SIGN", decimal, same, decimals([](int128 x, int scale) {
           return ((x > 0) - (x < 0)) * power_of_ten(scale);
         }));
  to.add("FLOOR", decimal, whole_decimal, decimals([](int128 x, int scale) {
           auto unit = power_of_ten(scale);
           return x / unit - (x % unit < 0 ? 1 : 0);
         }));
  to.add("CEIL", decimal, whole_decimal, decimals([](int128 x, int scale) {
           auto unit = power_of_ten(scale);
           return x / unit + (x % unit > 0 ? 1 : 0);
         }));
}

// -- ROUND, TRUNCATE ----------------------------------------------------------

enum class rounding : std::uint8_t { half_up, truncate };

/// `x`, of scale `from`, with `digits` kept after the point, at scale `to`.
int128 round_decimal(rounding how, int128 x, int from, int digits, int to) {
  if (digits >= from)
    return x * power_of_ten(std::max(0, to - from));
  auto drop = from - digits;
  if (drop > decimal_precision_max)
    return 0;
  auto kept = how == rounding::half_up ? round_digits(x, drop)
                                       : x / power_of_ten(drop);
  // `kept` has scale `digits`; bring it to scale `to`.
  auto shift = to - digits;
  return shift >= 0 ? kept * power_of_ten(std::min(shift, 37))
                    : round_digits(kept, -shift);
}

/// Rounds the decimal digits of a double, as Java's BigDecimal.valueOf does.
template <rounding How, class T>
T round_float(T x, int32 digits) {
  if (!std::isfinite(x) || digits > 400)
    return x;
  std::string text;
  if constexpr (std::is_same_v<T, float>)
    append_float(text, x);
  else
    append_double(text, x);
  auto e = text.find('E');
  auto exponent = e == text.npos ? 0 : std::stoi(text.substr(e + 1));
  auto mantissa = text.substr(0, e);
  auto point = mantissa.find('.');
  auto scale = static_cast<int>(mantissa.size() - point - 1) - exponent;
  if (digits >= scale)
    return x == 0 ? T{0} : x; // no negative zero
  auto drop = scale - digits;
  if (drop > 37)
    return 0;
  auto whole = parse_decimal(mantissa, decimal_precision_max,
                             static_cast<int>(mantissa.size() - point - 1));
  auto kept = How == rounding::half_up ? round_digits(*whole, drop)
                                       : *whole / power_of_ten(drop);
  auto result = format_decimal(kept, 0) + "e" + std::to_string(-digits);
  return static_cast<T>(std::strtod(result.c_str(), nullptr));
}

template <rounding How, class T>
void add_number(registry& to, std::string_view name, type_kind kind) {
  using namespace params;
  auto round = [](T x, int32 digits) -> T {
    if constexpr (std::is_floating_point_v<T>)
      return round_float<How, T>(x, digits);
    else // a result that is too large wraps
      return static_cast<T>(round_decimal(How, x, 0, digits, 0));
  };
  auto same = same_if(kind);
  to.add(name, {param{accept::numeric}}, same,
         rows<T(T)>([round](T x) { return round(x, 0); }));
  to.add(name, {param{accept::numeric}, integer}, same,
         rows<T(T, int32)>(round));
}

/// DECIMALs: a literal number of digits shortens the type.
template <rounding How>
class decimal_rounding final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context&) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    auto from = args[0].column->type.scale();
    auto to = self.type.scale();
    const auto* x = args[0].column->as<int128>().data();
    const auto* digits = args[1].column->as<int32>().data();
    auto values = allocate_zeros(rows * std::int64_t{sizeof(int128)});
    auto* out = reinterpret_cast<int128*>(values->mutable_data());
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      out[row] = round_decimal(How, x[args[0].slot(row)], from,
                               digits[args[1].slot(row)], to);
    });
    return vec{make_column_of(self.type, rows, std::move(values), valid)};
  }
};

template <rounding How>
absl::StatusOr<expr_ptr> resolve_decimal(call_site& site) {
  static const decimal_rounding<How> code;
  auto x = site.args[0];
  auto shape = shape_of(x->type);
  if (site.args.size() == 1)
    site.args.push_back(
        make_literal({data_type::of(type_kind::integer), std::int64_t{0}}));
  auto& digits = site.args[1];
  if (!accepts(accept::integer, digits->type))
    return type_error(site, "(number [, INT])");
  HERALD_ASSIGN(digits, make_cast(digits, data_type::of(type_kind::integer),
                                  false, site.where));
  digits = fold_constants(digits);
  if (digits->kind == expr_kind::literal && !digits->literal.is_null())
    shape = rounded_shape(
        shape, static_cast<int>(std::get<std::int64_t>(digits->literal.value)));
  auto nullable = x->type.nullable() || digits->type.nullable();
  return make_bound_call(std::string(site.name), site.args, &code,
                         type_of(shape).with_nullable(nullable), site.where);
}

/// ROUND is a table of overloads but for DECIMALs.
template <rounding How>
absl::StatusOr<expr_ptr> resolve_round(call_site& site) {
  constexpr auto inner = How == rounding::half_up ? "$ROUND" : "$TRUNCATE";
  if (site.args[0]->type.kind() == type_kind::decimal)
    return resolve_decimal<How>(site);
  auto result = make_call(inner, site.args, site.where);
  if (!result.ok())
    return type_error(site, "(number [, INT])");
  return result;
}

template <rounding How>
void add_rounding(registry& to, std::string_view name, std::string_view inner) {
  to.add_special(name, 1, 2, resolve_round<How>);
  add_number<How, std::int8_t>(to, inner, type_kind::tinyint);
  add_number<How, std::int16_t>(to, inner, type_kind::smallint);
  add_number<How, std::int32_t>(to, inner, type_kind::integer);
  add_number<How, std::int64_t>(to, inner, type_kind::bigint);
  add_number<How, float>(to, inner, type_kind::float32);
  add_number<How, double>(to, inner, type_kind::float64);
}

} // namespace

void register_rounding(registry& to) {
  register_simple<std::int8_t>(to, type_kind::tinyint);
  register_simple<std::int16_t>(to, type_kind::smallint);
  register_simple<std::int32_t>(to, type_kind::integer);
  register_simple<std::int64_t>(to, type_kind::bigint);
  register_simple<float>(to, type_kind::float32);
  register_simple<double>(to, type_kind::float64);
  register_decimal(to);
  to.alias("CEILING", "CEIL");
  add_rounding<rounding::half_up>(to, "ROUND", "$ROUND");
  add_rounding<rounding::truncate>(to, "TRUNCATE", "$TRUNCATE");
}

} // namespace herald
