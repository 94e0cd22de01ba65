#pragma once

#include "engine/expr/expr.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

// The vocabulary of function signatures: what an argument may be, what it is
// cast to before the call, and what type the call has. Values, made once when
// the registry is filled.

namespace herald {

/// What types an argument accepts. A bare NULL fits all but ARRAY, MAP, ROW.
enum class accept : std::uint8_t {
  any,
  boolean,
  integer,       ///< TINYINT … BIGINT
  small_integer, ///< TINYINT … INT
  exact,         ///< integers and DECIMAL
  numeric,
  approximate, ///< FLOAT, DOUBLE
  decimal,
  text,
  bytes,
  text_or_bytes,
  date,
  time,
  timestamp,
  timestamp_ltz,
  datetime, ///< DATE, TIMESTAMP, TIMESTAMP_LTZ
  interval, ///< either
  array,
  map,
  row,
  variant,
  bitmap,
  word, ///< a literal text: a unit or keyword
};

/// What an argument is cast to.
enum class convert : std::uint8_t {
  none,
  to_int,
  to_bigint,
  to_double,
  to_string,
  to_bytes,
  to_timestamp, ///< TIMESTAMP of its precision (3 for a DATE)
  common,       ///< the common type of all parameters marked so
};

struct param {
  accept what = accept::any;
  convert to = convert::none;
  bool optional = false; ///< may be missing, as may all after it
  bool repeated = false; ///< the last only: one or more of it
};

/// Shorthands for the tables.
namespace params {

inline constexpr param any{accept::any};
inline constexpr param string{accept::text};
inline constexpr param bytes{accept::bytes};
inline constexpr param integer{accept::small_integer, convert::to_int};
inline constexpr param bigint{accept::integer, convert::to_bigint};
inline constexpr param number{accept::numeric, convert::to_double};
inline constexpr param boolean{accept::boolean};
inline constexpr param word{accept::word};

constexpr param optional(param x) {
  x.optional = true;
  return x;
}

constexpr param repeated(param x) {
  x.repeated = true;
  return x;
}

} // namespace params

/// Whether the result may be NULL.
enum class nulls : std::uint8_t {
  strict, ///< if an argument may be
  always,
  never,
};

/// The result's type from the arguments' types (after casts); nullopt: these
/// arguments do not fit after all. Nullability is set afterwards.
using result_rule
    = std::function<std::optional<data_type>(std::span<const data_type>)>;

namespace results {

/// Always `type`.
result_rule fixed(data_type type);
/// Always the type without parameters: results::of(type_kind::bigint).
result_rule of(type_kind kind);
/// STRING.
result_rule string();
/// The type of argument `index`.
result_rule argument(std::size_t index);
/// VARCHAR as long as argument `index`, a text, may be.
result_rule varchar_of(std::size_t index);

} // namespace results

/// True if a value of `type` fits the parameter.
bool accepts(accept what, const data_type& type);

/// "number", "text": for messages.
std::string describe(const std::vector<param>& params);

/// True if `types` fit `params`, counting optional and repeated ones.
bool fits(const std::vector<param>& params, const std::vector<expr_ptr>& args);

/// Casts the arguments as `params` want. Fails only where no common type is.
absl::Status convert_arguments(const std::vector<param>& params,
                               std::vector<expr_ptr>& args,
                               text_position where);

} // namespace herald
