#include "engine/expr/cast.hpp"
#include "engine/expr/decimal_math.hpp"
#include "engine/expr/text_read.hpp"

#include <cmath>
#include <limits>

// Casts to BOOLEAN, integers, FLOAT, DOUBLE and DECIMAL. Between integers
// they wrap; from FLOAT and DOUBLE they stop at the limits of INT or BIGINT,
// as in Java.

namespace herald {

namespace {

/// Calls `f` with the values of a column of numbers.
template <class F>
auto with_values(const column& x, F f) {
  switch (x.type.storage()) {
  case storage_kind::i8:
    return f(x.as<std::int8_t>().data());
  case storage_kind::i16:
    return f(x.as<std::int16_t>().data());
  case storage_kind::i32:
    return f(x.as<std::int32_t>().data());
  case storage_kind::i64:
    return f(x.as<std::int64_t>().data());
  case storage_kind::f32:
    return f(x.as<float>().data());
  case storage_kind::f64:
    return f(x.as<double>().data());
  default:
    return f(x.as<int128>().data());
  }
}

/// The column whose values are `get(row)` for every row, NULL or not.
template <class T, class Get>
column_ptr all_rows(const column& x, const data_type& to, Get get) {
  return make_column_of(to, x.length, detail::fill_values<T>(x.length, get),
                        {x.validity, x.null_count});
}

template <class T>
T saturate(double x) {
  if (std::isnan(x))
    return 0;
  if (x >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  if (x <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return static_cast<T>(x);
}

template <class T, class S>
T number_to_integer(S x) {
  if constexpr (std::is_floating_point_v<S>) {
    if constexpr (sizeof(T) < 4)
      return static_cast<T>(saturate<std::int32_t>(x));
    else
      return saturate<T>(x);
  } else {
    return static_cast<T>(x);
  }
}

template <class T>
absl::StatusOr<column_ptr> to_integer(const column& x, const data_type& to,
                                      cast_rules rules) {
  if (x.type.is_text())
    return cast_rows<T>(x, to, rules, misfit::error, [&](std::int64_t row) {
      return read_integer(x.text(row), std::numeric_limits<T>::min(),
                          std::numeric_limits<T>::max());
    });
  if (x.type.kind() == type_kind::boolean)
    return all_rows<T>(x, to, [&](std::int64_t row) { return T{x.bit(row)}; });
  if (x.type.kind() == type_kind::decimal) {
    auto unit = power_of_ten(x.type.scale());
    const auto* data = x.as<int128>().data();
    return all_rows<T>(x, to, [data, unit](std::int64_t row) {
      return static_cast<T>(data[row] / unit);
    });
  }
  return with_values(x, [&](const auto* data) {
    return all_rows<T>(x, to, [data](std::int64_t row) {
      return number_to_integer<T>(data[row]);
    });
  });
}

template <class T>
absl::StatusOr<column_ptr> to_float(const column& x, const data_type& to,
                                    cast_rules rules) {
  if (x.type.is_text())
    return cast_rows<T>(x, to, rules, misfit::error, [&](std::int64_t row) {
      if constexpr (std::is_same_v<T, float>)
        return read_float(x.text(row));
      else
        return read_double(x.text(row));
    });
  if (x.type.kind() == type_kind::boolean)
    return all_rows<T>(
        x, to, [&](std::int64_t row) { return static_cast<T>(x.bit(row)); });
  if (x.type.kind() == type_kind::decimal) {
    auto scale = x.type.scale();
    const auto* data = x.as<int128>().data();
    return cast_rows<T>(x, to, rules, misfit::null, [=](std::int64_t row) {
      return std::optional(static_cast<T>(decimal_to_double(data[row], scale)));
    });
  }
  return with_values(x, [&](const auto* data) {
    return all_rows<T>(
        x, to, [data](std::int64_t row) { return static_cast<T>(data[row]); });
  });
}

/// A DECIMAL of what is too large is NULL; NaN and infinity fail.
template <class T>
absl::Status check_finite(const column& x, const T* data, const data_type& to,
                          cast_rules rules) {
  std::int64_t bad = -1;
  if (!rules.lenient)
    for_each_bit(x.validity.get(), x.length, [&](std::int64_t row) {
      if (bad < 0 && !std::isfinite(data[row]))
        bad = row;
    });
  if (bad < 0)
    return absl::OkStatus();
  std::string text;
  append_value(text, x, bad, rules.local);
  return user_error(rules.where,
                    fmt::format("{} is no {}", text, to.to_short_string()));
}

} // namespace

absl::StatusOr<column_ptr> cast_to_integer(const column& x, const data_type& to,
                                           cast_rules rules) {
  switch (to.storage()) {
  case storage_kind::i8:
    return to_integer<std::int8_t>(x, to, rules);
  case storage_kind::i16:
    return to_integer<std::int16_t>(x, to, rules);
  case storage_kind::i32:
    return to_integer<std::int32_t>(x, to, rules);
  default:
    return to_integer<std::int64_t>(x, to, rules);
  }
}

absl::StatusOr<column_ptr> cast_to_float(const column& x, const data_type& to,
                                         cast_rules rules) {
  return to.kind() == type_kind::float32 ? to_float<float>(x, to, rules)
                                         : to_float<double>(x, to, rules);
}

absl::StatusOr<column_ptr> cast_to_decimal(const column& x, const data_type& to,
                                           cast_rules rules) {
  auto precision = to.precision();
  auto scale = to.scale();
  if (x.type.is_text())
    return cast_rows<int128>(
        x, to, rules, misfit::error, [&](std::int64_t row) {
          return parse_decimal(trim_blanks(x.text(row)), precision, scale);
        });
  if (x.type.kind() == type_kind::decimal) {
    const auto* data = x.as<int128>().data();
    auto from = x.type.scale();
    return cast_rows<int128>(x, to, rules, misfit::null, [=](std::int64_t row) {
      return rescale(data[row], from, scale, precision);
    });
  }
  if (x.type.kind() == type_kind::boolean)
    return cast_rows<int128>(x, to, rules, misfit::null, [&](std::int64_t row) {
      return rescale(x.bit(row) ? 1 : 0, 0, scale, precision);
    });
  return with_values(x, [&](const auto* data) -> absl::StatusOr<column_ptr> {
    using stored = std::remove_cvref_t<decltype(*data)>;
    if constexpr (std::is_floating_point_v<stored>) {
      HERALD_TRY(check_finite(x, data, to, rules));
      return cast_rows<int128>(
          x, to, rules, misfit::null, [=](std::int64_t row) {
            return double_to_decimal(data[row], {precision, scale});
          });
    } else {
      // 19 digits always have room here: no check a row.
      if (precision - scale >= 19) {
        auto unit = power_of_ten(scale);
        return all_rows<int128>(x, to, [data, unit](std::int64_t row) {
          return static_cast<int128>(data[row]) * unit;
        });
      }
      return cast_rows<int128>(x, to, rules, misfit::null,
                               [=](std::int64_t row) {
                                 return rescale(data[row], 0, scale, precision);
                               });
    }
  });
}

absl::StatusOr<column_ptr> cast_to_boolean(const column& x, const data_type& to,
                                           cast_rules rules) {
  if (x.type.is_text())
    return cast_rows<bool>(x, to, rules, misfit::error, [&](std::int64_t row) {
      return read_boolean(x.text(row));
    });
  return with_values(x, [&](const auto* data) -> absl::StatusOr<column_ptr> {
    return all_rows<bool>(x, to,
                          [data](std::int64_t row) { return data[row] != 0; });
  });
}

} // namespace herald
