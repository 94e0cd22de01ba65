#include "engine/expr/type_rules.hpp"

#include "engine/expr/expr.hpp"

#include <algorithm>

namespace herald {

// -- decimals -----------------------------------------------------------------

decimal_shape shape_of(const data_type& exact) {
  switch (exact.kind()) {
  case type_kind::tinyint:
    return {3, 0};
  case type_kind::smallint:
    return {5, 0};
  case type_kind::integer:
    return {10, 0};
  case type_kind::bigint:
    return {19, 0};
  default:
    return {exact.precision(), exact.scale()};
  }
}

data_type type_of(decimal_shape x) {
  return data_type::decimal(x.precision, x.scale);
}

decimal_shape adjust(int precision, int scale) {
  if (precision <= decimal_precision_max)
    return {precision, scale};
  auto integer = precision - scale;
  auto least = std::min(scale, 6);
  return {decimal_precision_max,
          std::max(decimal_precision_max - integer, least)};
}

decimal_shape sum_shape(decimal_shape a, decimal_shape b) {
  auto scale = std::max(a.scale, b.scale);
  auto integer = std::max(a.integer_digits(), b.integer_digits());
  return adjust(integer + scale + 1, scale);
}

decimal_shape product_shape(decimal_shape a, decimal_shape b) {
  return adjust(a.precision + b.precision + 1, a.scale + b.scale);
}

decimal_shape quotient_shape(decimal_shape a, decimal_shape b) {
  auto scale = std::max(6, a.scale + b.precision + 1);
  return adjust(a.integer_digits() + b.scale + scale, scale);
}

decimal_shape remainder_shape(decimal_shape a, decimal_shape b) {
  auto scale = std::max(a.scale, b.scale);
  auto integer = std::min(a.integer_digits(), b.integer_digits());
  return adjust(integer + scale, scale);
}

decimal_shape rounded_shape(decimal_shape x, int digits) {
  if (digits >= x.scale)
    return x;
  if (digits < 0)
    return {std::min(decimal_precision_max, 1 + x.integer_digits()), 0};
  return {1 + x.integer_digits() + digits, digits};
}

std::optional<decimal_shape> exact_union(decimal_shape a, decimal_shape b) {
  auto scale = std::max(a.scale, b.scale);
  auto precision = std::max(a.integer_digits(), b.integer_digits()) + scale;
  if (precision > decimal_precision_max)
    return std::nullopt;
  return decimal_shape{precision, scale};
}

// -- implicit casts -----------------------------------------------------------

namespace {

bool widens_number(const data_type& from, const data_type& to) {
  if (to.kind() == type_kind::decimal)
    return true;
  if (from.kind() == type_kind::decimal)
    return !to.is_integer();
  return from.kind() <= to.kind();
}

} // namespace

bool widens(const data_type& from, const data_type& to) {
  if (from.kind() == type_kind::null || from.same_kind(to))
    return true;
  if (from.is_numeric() && to.is_numeric())
    return widens_number(from, to);
  if (from.is_nested()) {
    const auto& x = from.fields();
    const auto& y = to.fields();
    return from.kind() == to.kind() && x.size() == y.size()
           && std::equal(x.begin(), x.end(), y.begin(),
                         [](const field& a, const field& b) {
                           return widens(a.type, b.type);
                         });
  }
  if (from.kind() == type_kind::date && to.is_timestamp())
    return true;
  return (from.is_text() && to.is_text()) || (from.is_bytes() && to.is_bytes())
         || (from.is_timestamp() && to.is_timestamp())
         || (from.kind() == to.kind());
}

// -- common types -------------------------------------------------------------

std::optional<data_type> common_number(const data_type& a, const data_type& b) {
  if (a.is_integer() && b.is_integer())
    return data_type::of(std::max(a.kind(), b.kind()));
  auto is_float = [](const data_type& x) {
    return x.kind() == type_kind::float32 || x.kind() == type_kind::float64;
  };
  if (is_float(a) || is_float(b)) {
    for (const auto* x : {&a, &b})
      if (x->kind() == type_kind::decimal || x->kind() == type_kind::float64)
        return data_type::of(type_kind::float64);
    return data_type::of(type_kind::float32);
  }
  auto x = shape_of(a);
  auto y = shape_of(b);
  auto integer = std::max(x.integer_digits(), y.integer_digits());
  auto scale = std::max(x.scale, y.scale);
  return type_of(adjust(integer + scale, scale));
}

namespace {

std::optional<data_type> merge(const data_type& a, const data_type& b);

std::optional<data_type> merge_lengths(const data_type& a, const data_type& b,
                                       type_kind varying) {
  auto length = std::max(a.precision(), b.precision());
  auto fixed = a.kind() == b.kind() && a.precision() == b.precision();
  return data_type::text(fixed ? a.kind() : varying, length);
}

std::optional<data_type> merge_times(const data_type& a, const data_type& b) {
  auto ltz = a.kind() == type_kind::timestamp_ltz
             || b.kind() == type_kind::timestamp_ltz;
  auto digits = [](const data_type& x) {
    return x.kind() == type_kind::date ? 0 : x.precision();
  };
  auto precision = std::max(digits(a), digits(b));
  return ltz ? data_type::timestamp_ltz(precision)
             : data_type::timestamp(precision);
}

std::optional<data_type> merge_nested(const data_type& a, const data_type& b) {
  const auto& x = a.fields();
  const auto& y = b.fields();
  if (a.kind() != b.kind() || x.size() != y.size())
    return std::nullopt;
  std::vector<field> merged;
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto type = merge(x[i].type, y[i].type);
    if (!type)
      return std::nullopt;
    merged.push_back({x[i].name, *type});
  }
  if (a.kind() == type_kind::array)
    return data_type::array(merged[0].type);
  if (a.kind() == type_kind::map)
    return data_type::map(merged[0].type, merged[1].type);
  if (a.kind() == type_kind::multiset)
    return data_type::multiset(merged[0].type);
  return data_type::row(std::move(merged));
}

std::optional<data_type> merge_kinds(const data_type& a, const data_type& b) {
  if (a.is_nested() || b.is_nested())
    return merge_nested(a, b);
  if (a.is_numeric() && b.is_numeric())
    return common_number(a, b);
  if (a.is_text() && b.is_text())
    return merge_lengths(a, b, type_kind::varchar);
  if (a.is_bytes() && b.is_bytes())
    return merge_lengths(a, b, type_kind::varbinary);
  auto is_time_line = [](const data_type& x) {
    return x.kind() == type_kind::date || x.is_timestamp();
  };
  if (a.kind() != b.kind())
    return is_time_line(a) && is_time_line(b) ? merge_times(a, b)
                                              : std::nullopt;
  if (a.is_timestamp())
    return merge_times(a, b);
  return a.precision() >= b.precision() ? a : b;
}

std::optional<data_type> merge(const data_type& a, const data_type& b) {
  auto nullable = a.nullable() || b.nullable();
  if (a.kind() == type_kind::null)
    return b.with_nullable(true);
  if (b.kind() == type_kind::null)
    return a.with_nullable(true);
  auto result
      = a.same_kind(b) && !a.is_nested() ? std::optional(a) : merge_kinds(a, b);
  if (result)
    result = result->with_nullable(nullable);
  return result;
}

} // namespace

std::optional<data_type> common_type(const std::vector<data_type>& types) {
  std::optional<data_type> result;
  for (const auto& type : types) {
    result = result ? merge(*result, type) : type;
    if (!result)
      return std::nullopt;
  }
  return result;
}

} // namespace herald
