#include "engine/expr/arithmetic.hpp"

#include "engine/common/check.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/type_rules.hpp"

#include <array>
#include <limits>
#include <utility>

namespace herald {

namespace {

/// Integer arithmetic wraps, as Java's does, so it goes through unsigned.
template <arithmetic_op Op, class T>
T wrap(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return Op == arithmetic_op::add        ? a + b
           : Op == arithmetic_op::subtract ? a - b
           : Op == arithmetic_op::multiply ? a * b
                                           : a / b;
  } else {
    auto x = static_cast<std::uint64_t>(a);
    auto y = static_cast<std::uint64_t>(b);
    return static_cast<T>(Op == arithmetic_op::add        ? x + y
                          : Op == arithmetic_op::subtract ? x - y
                                                          : x * y);
  }
}

template <arithmetic_op Op, class T>
T divide(T a, T b, row_state& state) {
  if (b == 0) {
    if (state.error.ok())
      state.error = divided_by_zero(state.self.where);
    return 0;
  }
  if (b == -1) // the smallest number over -1 does not fit: it wraps
    return Op == arithmetic_op::divide
               ? static_cast<T>(0 - static_cast<std::uint64_t>(a))
               : T{0};
  return static_cast<T>(Op == arithmetic_op::divide ? a / b : a % b);
}

template <arithmetic_op Op, class T>
const function* make_code(bool safe_divisor) {
  if constexpr (std::is_floating_point_v<T> || Op == arithmetic_op::add
                || Op == arithmetic_op::subtract
                || Op == arithmetic_op::multiply) {
    return rows<T(T, T)>([](T a, T b) { return wrap<Op, T>(a, b); });
  } else {
    if (safe_divisor)
      return rows<T(T, T)>([](T a, T b) {
        return static_cast<T>(Op == arithmetic_op::divide ? a / b : a % b);
      });
    return failing_rows<T(T, T)>(
        [](T a, T b, row_state& state) { return divide<Op, T>(a, b, state); });
  }
}

template <arithmetic_op Op>
const function* code_for(storage_kind kind, bool safe) {
  static const std::array<std::array<const function*, 2>, 6> codes = [] {
    std::array<std::array<const function*, 2>, 6> all{};
    for (auto on : {false, true})
      for (auto i = 0u; i < 6; ++i)
        all[i][on] = i == 0   ? make_code<Op, std::int8_t>(on)
                     : i == 1 ? make_code<Op, std::int16_t>(on)
                     : i == 2 ? make_code<Op, std::int32_t>(on)
                     : i == 3 ? make_code<Op, std::int64_t>(on)
                     : i == 4 ? make_code<Op, float>(on)
                              : make_code<Op, double>(on);
    return all;
  }();
  auto index = static_cast<std::size_t>(kind)
               - static_cast<std::size_t>(storage_kind::i8);
  HERALD_CHECK_LT(index, codes.size());
  return codes[index][safe];
}

/// True for a literal that an integer may be divided by without a check.
bool is_safe_divisor(const expr& x) {
  if (x.kind != expr_kind::literal || x.literal.is_null())
    return false;
  const auto* value = std::get_if<std::int64_t>(&x.literal.value);
  return value != nullptr && *value != 0 && *value != -1;
}

absl::Status give_type(expr_ptr& x, const data_type& type,
                       text_position where) {
  if (x->type.same_kind(type))
    return absl::OkStatus();
  HERALD_ASSIGN(
      x, make_cast(x, type.with_nullable(x->type.nullable()), false, where));
  x = fold_constants(x);
  return absl::OkStatus();
}

absl::StatusOr<expr_ptr> bind_same(call_site& site, arithmetic_op op,
                                   const data_type& type) {
  for (auto& arg : site.args)
    HERALD_TRY(give_type(arg, type, site.where));
  auto nullable
      = site.args[0]->type.nullable() || site.args[1]->type.nullable();
  const auto* code
      = arithmetic_code(op, type.storage(), is_safe_divisor(*site.args[1]));
  return make_bound_call(std::string(site.name), std::move(site.args), code,
                         type.with_nullable(nullable), site.where);
}

template <arithmetic_op Op>
absl::StatusOr<expr_ptr> resolve(call_site& site) {
  auto& a = site.args[0];
  auto& b = site.args[1];
  HERALD_ASSIGN(auto temporal, bind_temporal(site, Op));
  if (temporal != nullptr)
    return temporal;
  if (a->type.kind() == type_kind::null)
    HERALD_TRY(give_type(a, b->type, site.where));
  if (b->type.kind() == type_kind::null)
    HERALD_TRY(give_type(b, a->type, site.where));
  if (!a->type.is_numeric() || !b->type.is_numeric())
    return type_error(site, "(number, number)");
  if (a->type.is_integer() && b->type.is_integer()) {
    auto divisor_type = b->type;
    HERALD_ASSIGN(auto result,
                  bind_same(site, Op, *common_number(a->type, b->type)));
    // A remainder is smaller than the divisor and has its type.
    if (Op == arithmetic_op::remainder)
      return make_cast(result,
                       divisor_type.with_nullable(result->type.nullable()),
                       false, site.where);
    return result;
  }
  auto type = *common_number(a->type, b->type);
  if (type.kind() == type_kind::decimal)
    return bind_decimal(site, Op);
  if (Op == arithmetic_op::remainder)
    return type_error(site, "exact numbers");
  // FLOAT with DOUBLE, in this order, is FLOAT in Flink.
  if (a->type.kind() == type_kind::float32
      && b->type.kind() == type_kind::float64)
    type = a->type;
  return bind_same(site, Op, type);
}

// -- signs --------------------------------------------------------------------

template <class T>
const function* negate_code() {
  return rows<T(T)>([](T x) {
    if constexpr (std::is_floating_point_v<T>)
      return -x;
    else
      return static_cast<T>(0 - static_cast<std::uint64_t>(x));
  });
}

void register_signs(registry& to) {
  using namespace params;
  auto same = results::argument(0);
  auto add = [&](type_kind kind, const function* code) {
    to.add(
        "$NEGATE", {param{accept::numeric}},
        [kind](std::span<const data_type> types) -> std::optional<data_type> {
          if (types[0].kind() != kind)
            return std::nullopt;
          return types[0];
        },
        code);
  };
  add(type_kind::tinyint, negate_code<std::int8_t>());
  add(type_kind::smallint, negate_code<std::int16_t>());
  add(type_kind::integer, negate_code<std::int32_t>());
  add(type_kind::bigint, negate_code<std::int64_t>());
  add(type_kind::float32, negate_code<float>());
  add(type_kind::float64, negate_code<double>());
  to.add("$NEGATE", {param{accept::decimal}}, same,
         rows<int128(int128)>([](int128 x) { return -x; }));
}

template <arithmetic_op Op>
absl::StatusOr<expr_ptr> resolve_signed(call_site& site) {
  if (site.args.size() == 2)
    return resolve<Op>(site);
  const auto& type = site.args[0]->type;
  auto interval = accepts(accept::interval, type);
  if (!interval && !type.is_numeric() && type.kind() != type_kind::null)
    return type_error(site, "(number)");
  if (Op == arithmetic_op::add)
    return site.args[0];
  if (interval)
    return make_call(
        "*",
        {site.args[0],
         make_literal({data_type::of(type_kind::integer).with_nullable(false),
                       std::int64_t{-1}})},
        site.where);
  return make_call("$NEGATE", site.args, site.where);
}

} // namespace

const function* arithmetic_code(arithmetic_op op, storage_kind kind,
                                bool safe_divisor) {
  switch (op) {
  case arithmetic_op::add:
    return code_for<arithmetic_op::add>(kind, safe_divisor);
  case arithmetic_op::subtract:
    return code_for<arithmetic_op::subtract>(kind, safe_divisor);
  case arithmetic_op::multiply:
    return code_for<arithmetic_op::multiply>(kind, safe_divisor);
  case arithmetic_op::divide:
    return code_for<arithmetic_op::divide>(kind, safe_divisor);
  case arithmetic_op::remainder:
    break;
  }
  // Only exact numbers have a remainder.
  HERALD_CHECK(kind <= storage_kind::i64, "a remainder of floats");
  return code_for<arithmetic_op::remainder>(kind, safe_divisor);
}

void register_arithmetic(registry& to) {
  using op = arithmetic_op;
  to.add_special("+", 1, 2, resolve_signed<op::add>);
  to.add_special("-", 1, 2, resolve_signed<op::subtract>);
  to.add_special("*", 2, 2, resolve<op::multiply>);
  to.add_special("/", 2, 2, resolve<op::divide>);
  to.add_special("%", 2, 2, resolve<op::remainder>);
  to.alias("MOD", "%");
  register_signs(to);
}

} // namespace herald
