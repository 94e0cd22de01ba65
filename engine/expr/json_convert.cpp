#include "engine/expr/json_convert.hpp"

#include "engine/expr/text_read.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace herald {

namespace {

std::optional<bool> to_boolean(const json_scalar& x) {
  if (x.kind == json_kind::yes || x.kind == json_kind::no)
    return x.kind == json_kind::yes;
  if (x.kind != json_kind::string)
    return std::nullopt;
  return read_boolean(trim_blanks(x.text));
}

std::optional<double> to_double(const json_scalar& x) {
  if (x.kind == json_kind::yes || x.kind == json_kind::no)
    return std::nullopt;
  auto result = read_double(x.text);
  if (!result || !std::isfinite(*result))
    return std::nullopt;
  return result;
}

std::optional<std::int32_t> to_integer(const json_scalar& x) {
  auto value = to_double(x);
  if (!value)
    return std::nullopt;
  auto whole = std::trunc(*value);
  if (whole < std::numeric_limits<std::int32_t>::min()
      || whole > std::numeric_limits<std::int32_t>::max())
    return std::nullopt;
  return static_cast<std::int32_t>(whole);
}

template <class Builder, class T>
bool push(column_builder& to, const std::optional<T>& x) {
  if (x)
    static_cast<Builder&>(to).push(*x);
  return x.has_value();
}

} // namespace

bool append_converted(column_builder& to, const json_scalar& x) {
  switch (to.type().kind()) {
  case type_kind::boolean:
    return push<bool_builder>(to, to_boolean(x));
  case type_kind::integer:
    return push<fixed_builder<std::int32_t>>(to, to_integer(x));
  case type_kind::float64:
    return push<fixed_builder<double>>(to, to_double(x));
  default:
    static_cast<text_builder&>(to).push(x.text);
    return true;
  }
}

} // namespace herald
