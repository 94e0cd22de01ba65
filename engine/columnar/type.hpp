#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// SQL types, as Flink names them, and how Herald stores each of them. A type
// is a small value: nested fields are shared. Immutable once made, so safe to
// read on any thread.

namespace herald {

enum class type_kind : std::uint8_t {
  null, ///< the type of a bare NULL
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  float32,   ///< FLOAT
  float64,   ///< DOUBLE
  decimal,   ///< DECIMAL(precision 1..38, scale 0..precision)
  character, ///< CHAR(n)
  varchar,   ///< VARCHAR(n); STRING is VARCHAR(2147483647)
  binary,    ///< BINARY(n)
  varbinary, ///< VARBINARY(n); BYTES is VARBINARY(2147483647)
  date,
  time,           ///< TIME(0..3)
  timestamp,      ///< TIMESTAMP(0..9), without time zone
  timestamp_ltz,  ///< TIMESTAMP_LTZ(0..9), an instant
  interval_month, ///< INTERVAL YEAR TO MONTH
  interval_day,   ///< INTERVAL DAY TO SECOND, in milliseconds
  variant,        ///< any JSON value, as its text in one writing
  bitmap,         ///< a set of 32-bit integers, as RoaringBitmap writes it
  array,
  map,
  multiset, ///< values and how often each is there
  row,
};

/// How values of a type lie in memory.
enum class storage_kind : std::uint8_t {
  none, ///< no buffer: every value is NULL
  bit,  ///< one bit, least significant first
  i8,
  i16,
  i32, ///< INT; days since 1970-01-01 of DATE; ms of TIME; months
  i64, ///< BIGINT; timestamps to precision 6, in `ticks_per_second`; ms
  f32,
  f64,
  i128,   ///< DECIMAL: value times 10^scale; timestamps from precision 7
  text,   ///< 16-byte views (`string_ref`) into heap buffers
  list,   ///< n+1 32-bit offsets into one child (of MAP and MULTISET a row)
  fields, ///< one child a field
};

constexpr int length_max = 2147483647;
constexpr int decimal_precision_max = 38;

struct field;

class data_type {
public:
  data_type() = default;

  // -- properties ------------------------------------------------------------

  type_kind kind() const {
    return kind_;
  }

  bool nullable() const {
    return nullable_;
  }

  /// DECIMAL: digits; times: fractional digits; texts and bytes: length.
  int precision() const {
    return precision_;
  }

  /// DECIMAL: digits after the point.
  int scale() const {
    return scale_;
  }

  /// ROW: its fields; ARRAY: one field "element"; MAP: "key" and "value", as
  /// has MULTISET, where the value is a count.
  const std::vector<field>& fields() const;

  /// Type of the only child of a list: an ARRAY's elements, or the entries of
  /// a MAP or MULTISET as a row of "key" and "value" that is never NULL.
  data_type element() const;

  storage_kind storage() const;

  /// Bytes a value takes in a column's value buffer; 0 for bit, list, fields.
  int width() const;

  /// TIMESTAMP and TIMESTAMP_LTZ: 1,000 up to precision 3, 1,000,000 up to
  /// 6, else 1,000,000,000.
  std::int64_t ticks_per_second() const;

  bool is_integer() const {
    return kind_ >= type_kind::tinyint && kind_ <= type_kind::bigint;
  }

  bool is_numeric() const {
    return kind_ >= type_kind::tinyint && kind_ <= type_kind::decimal;
  }

  bool is_text() const {
    return kind_ == type_kind::character || kind_ == type_kind::varchar;
  }

  bool is_bytes() const {
    return kind_ == type_kind::binary || kind_ == type_kind::varbinary;
  }

  bool is_timestamp() const {
    return kind_ == type_kind::timestamp || kind_ == type_kind::timestamp_ltz;
  }

  /// MAP and MULTISET.
  bool has_entries() const {
    return kind_ == type_kind::map || kind_ == type_kind::multiset;
  }

  bool is_nested() const {
    return kind_ >= type_kind::array;
  }

  // -- construction ----------------------------------------------------------

  /// Makes a type without parameters, or with its defaults: DECIMAL(10, 0),
  /// STRING, BYTES, TIME(0), TIMESTAMP(6), CHAR(1), BINARY(1).
  static data_type of(type_kind kind);
  static data_type decimal(int precision, int scale);
  static data_type text(type_kind kind, int length);
  static data_type timestamp(int precision);
  static data_type timestamp_ltz(int precision);
  static data_type array(data_type element);
  static data_type map(data_type key, data_type value);
  static data_type multiset(data_type element);
  static data_type row(std::vector<field> fields);

  /// The same type with another nullability or precision.
  data_type with_nullable(bool nullable) const;
  data_type with_precision(int precision) const;

  /// Flink's text of the type: "DECIMAL(10, 2) NOT NULL", "STRING" as
  /// "VARCHAR(2147483647)", "ROW<`a` INT, `b` VARCHAR(2147483647)>".
  std::string to_string() const;

  /// As `to_string`, but STRING and BYTES by name and no nullability: for
  /// messages to people.
  std::string to_short_string() const;

  /// Equal up to nullability, at every depth.
  bool same_kind(const data_type& other) const;

  friend bool operator==(const data_type&, const data_type&);

private:
  type_kind kind_ = type_kind::null;
  bool nullable_ = true;
  int precision_ = 0;
  int scale_ = 0;
  std::shared_ptr<const std::vector<field>> fields_;
};

struct field {
  std::string name;
  data_type type;

  friend bool operator==(const field&, const field&) = default;
};

} // namespace herald
