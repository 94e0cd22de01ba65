#pragma once

#include "engine/common/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The names of things in the AST: identifiers, data types, time units. Plain
// values that the parser makes and nobody changes; `where` covers the whole
// node in the text. Nesting is at most `max_nesting` (parser.hpp).

namespace herald::sql {

/// One part of a name, without quotes, spelt as the user wrote it (Flink
/// compares names by case).
struct identifier {
  std::string name;
  text_position where;
};

/// `a`, `a.b` or `a.b.c`: at least one part.
using qualified_name = std::vector<identifier>;

/// Returns the parts joined with dots, without quotes, for messages.
std::string to_text(const qualified_name& name);

/// A unit of EXTRACT, FLOOR, TIMESTAMPADD and of INTERVAL.
enum class time_unit : std::uint8_t {
  year,
  quarter,
  month,
  week,
  day,
  hour,
  minute,
  second,
  millisecond,
  microsecond,
  nanosecond,
  day_of_week,
  day_of_year,
  iso_day_of_week,
  iso_year,
  epoch,
  decade,
  century,
  millennium,
};

/// Returns "YEAR", "DOW", "EPOCH", …
std::string_view to_text(time_unit unit);

/// `DAY(2) TO SECOND(3)`. Without `to` the interval has one field. `precision`
/// is of the first field, `fraction` of SECOND.
struct interval_qualifier {
  time_unit from = time_unit::day;
  std::optional<time_unit> to;
  std::optional<std::uint32_t> precision;
  std::optional<std::uint32_t> fraction;

  /// True for YEAR, QUARTER and MONTH: the value counts months, else time.
  bool counts_months() const {
    return from <= time_unit::month;
  }
};

enum class type_kind : std::uint8_t {
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  real,             // FLOAT
  double_precision, // DOUBLE
  decimal,
  character,         // CHAR
  character_varying, // VARCHAR, STRING
  binary,
  binary_varying, // VARBINARY, BYTES
  date,
  time,
  timestamp,
  timestamp_tz,  // WITH TIME ZONE
  timestamp_ltz, // WITH LOCAL TIME ZONE
  interval,
  array,    // one argument
  multiset, // one argument
  map,      // two arguments
  row,      // any number of fields
  variant,
  bitmap,
  null,
  named, // a type of the user
};

/// The length that STRING and BYTES stand for.
constexpr std::uint32_t unlimited_length = 2147483647;

struct type_field;

/// A data type as written. What was left out stays empty; the binder has the
/// defaults.
struct type_name {
  type_kind kind = type_kind::null;
  std::optional<std::uint32_t> precision; // or length
  std::optional<std::uint32_t> scale;     // of DECIMAL
  std::optional<bool> nullable;           // false: NOT NULL, true: NULL
  interval_qualifier interval;            // of `interval`
  std::vector<type_name> arguments;       // of `array`, `multiset`, `map`
  std::vector<type_field> fields;         // of `row`
  qualified_name name;                    // of `named`
  text_position where;
};

/// A field of a ROW type.
struct type_field {
  identifier name;
  type_name type;
  std::optional<std::string> comment;
};

} // namespace herald::sql
