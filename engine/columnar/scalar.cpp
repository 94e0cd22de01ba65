#include "engine/columnar/scalar.hpp"

#include "engine/columnar/batch.hpp"
#include "engine/columnar/builder.hpp"
#include "engine/columnar/civil.hpp"
#include "engine/columnar/decimal.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace herald {

namespace {

template <class T>
std::int64_t integer_at(const column& x, std::int64_t row) {
  return x.as<T>()[static_cast<std::size_t>(row)];
}

std::vector<scalar> elements_at(const column& x, std::int64_t row) {
  std::vector<scalar> result;
  auto at = static_cast<std::size_t>(row);
  const auto& child = *x.children[0];
  for (auto i = x.offsets()[at]; i < x.offsets()[at + 1]; ++i) {
    if (x.type.has_entries()) {
      result.push_back(value_at(*child.children[0], i));
      result.push_back(value_at(*child.children[1], i));
    } else {
      result.push_back(value_at(child, i));
    }
  }
  return result;
}

/// The text of a finite float from its shortest digits, as Java writes it:
/// plain from 10^-3 to 10^7, else with an exponent, always with a point.
std::string java_float(std::string_view scientific) {
  std::string_view sign;
  if (scientific[0] == '-') {
    sign = "-";
    scientific.remove_prefix(1);
  }
  auto e = scientific.find('e');
  std::string digits{scientific.substr(0, 1)};
  if (e > 2)
    digits += scientific.substr(2, e - 2);
  auto exponent = 0;
  auto from = scientific[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(scientific.data() + from,
                  scientific.data() + scientific.size(), exponent);
  if (exponent < -3 || exponent >= 7) {
    auto rest = digits.size() > 1 ? digits.substr(1) : "0";
    return fmt::format("{}{}.{}E{}", sign, digits[0], rest, exponent);
  }
  if (exponent < 0)
    return fmt::format(
        "{}0.{}{}", sign,
        std::string(static_cast<std::size_t>(-exponent - 1), '0'), digits);
  auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole)
    digits.append(whole + 1 - digits.size(), '0');
  return fmt::format("{}{}.{}", sign, digits.substr(0, whole),
                     digits.substr(whole));
}

template <class T>
std::string print_float(T x) {
  if (std::isnan(x))
    return "NaN";
  if (std::isinf(x))
    return x < 0 ? "-Infinity" : "Infinity";
  if (x == 0)
    return std::signbit(x) ? "-0.0" : "0.0";
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, x,
                           std::chars_format::scientific)
                 .ptr;
  return java_float({buffer, static_cast<std::size_t>(end - buffer)});
}

/// "+1-02": years and months.
std::string print_months(std::int64_t months) {
  auto size = months < 0 ? -months : months;
  return fmt::format("{}{}-{:02}", months < 0 ? '-' : '+', size / 12,
                     size % 12);
}

/// "+1 02:03:04.567": days and time.
std::string print_milliseconds(std::int64_t x) {
  auto size = static_cast<std::uint64_t>(x);
  if (x < 0)
    size = -size;
  auto day = static_cast<std::uint64_t>(seconds_per_day) * 1'000;
  auto result = fmt::format("{}{} ", x < 0 ? '-' : '+', size / day);
  append_time(result, static_cast<std::int64_t>(size % day), 3);
  return result;
}

std::string print_timestamp(const data_type& type, int128 ticks) {
  std::string result;
  append_timestamp(result, ticks, type.ticks_per_second(), type.precision());
  return result;
}

std::string print_integer(const data_type& type, std::int64_t x) {
  std::string result;
  switch (type.kind()) {
  case type_kind::date:
    append_date(result, x);
    return result;
  case type_kind::time:
    append_time(result, x, type.precision());
    return result;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    return print_timestamp(type, x);
  case type_kind::interval_month:
    return print_months(x);
  case type_kind::interval_day:
    return print_milliseconds(x);
  default:
    return fmt::format("{}", x);
  }
}

std::string print_elements(const data_type& type,
                           const std::vector<scalar>& elements) {
  auto kind = type.kind();
  auto brackets = kind == type_kind::array ? "[]"
                  : type.has_entries()     ? "{}"
                                           : "()";
  std::string result{brackets[0]};
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (i > 0)
      result += type.has_entries() && i % 2 == 1 ? "=" : ", ";
    result += to_string(elements[i]);
  }
  result += brackets[1];
  return result;
}

scalar::value_type number_at(const column& x, std::int64_t row) {
  auto at = static_cast<std::size_t>(row);
  switch (x.type.storage()) {
  case storage_kind::i8:
    return integer_at<std::int8_t>(x, row);
  case storage_kind::i16:
    return integer_at<std::int16_t>(x, row);
  case storage_kind::i32:
    return integer_at<std::int32_t>(x, row);
  case storage_kind::i64:
    return integer_at<std::int64_t>(x, row);
  case storage_kind::f32:
    return double{x.as<float>()[at]};
  case storage_kind::f64:
    return x.as<double>()[at];
  case storage_kind::i128:
    return x.as<int128>()[at];
  default:
    return std::monostate{};
  }
}

} // namespace

scalar value_at(const column& x, std::int64_t row) {
  if (x.is_null(row))
    return {x.type, std::monostate{}};
  switch (x.type.storage()) {
  case storage_kind::bit:
    return {x.type, x.bit(row)};
  case storage_kind::text:
    return {x.type, std::string{x.text(row)}};
  case storage_kind::list:
    return {x.type, elements_at(x, row)};
  case storage_kind::fields: {
    std::vector<scalar> values;
    for (const auto& child : x.children)
      values.push_back(value_at(*child, row));
    return {x.type, std::move(values)};
  }
  default:
    return {x.type, number_at(x, row)};
  }
}

column_ptr repeat(const scalar& x, std::int64_t rows) {
  auto builder = make_builder(x.type);
  builder->append(x);
  return take(*builder->finish(), row_list(static_cast<std::size_t>(rows), 0));
}

std::string to_string(const scalar& x) {
  struct printer {
    const data_type& type;

    std::string operator()(std::monostate) const {
      return "NULL";
    }

    std::string operator()(bool value) const {
      return value ? "TRUE" : "FALSE";
    }

    std::string operator()(std::int64_t value) const {
      return print_integer(type, value);
    }

    std::string operator()(double value) const {
      return type.kind() == type_kind::float32
                 ? print_float(static_cast<float>(value))
                 : print_float(value);
    }

    std::string operator()(int128 value) const {
      return type.is_timestamp() ? print_timestamp(type, value)
                                 : format_decimal(value, type.scale());
    }

    std::string operator()(const std::string& value) const {
      return value;
    }

    std::string operator()(const std::vector<scalar>& values) const {
      return print_elements(type, values);
    }
  };

  return std::visit(printer{x.type}, x.value);
}

} // namespace herald
