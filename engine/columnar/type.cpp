#include "engine/columnar/type.hpp"

#include "engine/columnar/ticks.hpp"
#include "engine/common/check.hpp"

#include <utility>

#include <fmt/format.h>

namespace herald {

namespace {

enum class style { full, brief };

std::string quoted_name(const std::string& name) {
  std::string result = "`";
  for (auto c : name) {
    if (c == '`')
      result += '`';
    result += c;
  }
  result += '`';
  return result;
}

std::string print(const data_type& x, style how);

std::string print_row(const data_type& x, style how) {
  std::string result = "ROW<";
  for (const auto& part : x.fields()) {
    if (result.back() != '<')
      result += ", ";
    result
        += fmt::format("{} {}", quoted_name(part.name), print(part.type, how));
  }
  result += '>';
  return result;
}

std::string print_sized(const data_type& x, std::string_view name,
                        std::string_view unbounded, style how) {
  if (how == style::brief && x.precision() == length_max)
    return std::string{unbounded};
  return fmt::format("{}({})", name, x.precision());
}

std::string print_kind(const data_type& x, style how) {
  switch (x.kind()) {
  case type_kind::null:
    return "NULL";
  case type_kind::boolean:
    return "BOOLEAN";
  case type_kind::tinyint:
    return "TINYINT";
  case type_kind::smallint:
    return "SMALLINT";
  case type_kind::integer:
    return "INT";
  case type_kind::bigint:
    return "BIGINT";
  case type_kind::float32:
    return "FLOAT";
  case type_kind::float64:
    return "DOUBLE";
  case type_kind::decimal:
    return fmt::format("DECIMAL({}, {})", x.precision(), x.scale());
  case type_kind::character:
    return print_sized(x, "CHAR", "CHAR(2147483647)", how);
  case type_kind::varchar:
    return print_sized(x, "VARCHAR", "STRING", how);
  case type_kind::binary:
    return print_sized(x, "BINARY", "BINARY(2147483647)", how);
  case type_kind::varbinary:
    return print_sized(x, "VARBINARY", "BYTES", how);
  case type_kind::date:
    return "DATE";
  case type_kind::time:
    return fmt::format("TIME({})", x.precision());
  case type_kind::timestamp:
    return fmt::format("TIMESTAMP({})", x.precision());
  case type_kind::timestamp_ltz:
    return fmt::format("TIMESTAMP_LTZ({})", x.precision());
  case type_kind::interval_month:
    return how == style::full ? "INTERVAL MONTH" : "INTERVAL YEAR TO MONTH";
  case type_kind::interval_day:
    return how == style::full ? "INTERVAL SECOND(3)" : "INTERVAL DAY TO SECOND";
  case type_kind::variant:
    return "VARIANT";
  case type_kind::bitmap:
    return "BITMAP";
  case type_kind::multiset:
    return fmt::format("MULTISET<{}>", print(x.fields()[0].type, how));
  case type_kind::array:
    return fmt::format("ARRAY<{}>", print(x.fields()[0].type, how));
  case type_kind::map:
    return fmt::format("MAP<{}, {}>", print(x.fields()[0].type, how),
                       print(x.fields()[1].type, how));
  case type_kind::row:
    return print_row(x, how);
  }
  return {};
}

std::string print(const data_type& x, style how) {
  auto result = print_kind(x, how);
  if (how == style::full && !x.nullable())
    result += " NOT NULL";
  return result;
}

int default_precision(type_kind kind) {
  switch (kind) {
  case type_kind::decimal:
    return 10;
  case type_kind::character:
  case type_kind::binary:
    return 1;
  case type_kind::varchar:
  case type_kind::varbinary:
    return length_max;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    return 6;
  default:
    return 0;
  }
}

/// Checks the digits and lengths that `type_kind` documents.
void check_precision(type_kind kind, int precision) {
  switch (kind) {
  case type_kind::decimal:
    HERALD_CHECK_LE(1, precision);
    HERALD_CHECK_LE(precision, decimal_precision_max);
    break;
  case type_kind::time:
    HERALD_CHECK_LE(0, precision);
    HERALD_CHECK_LE(precision, 3);
    break;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    HERALD_CHECK_LE(0, precision);
    HERALD_CHECK_LE(precision, 9);
    break;
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::binary:
  case type_kind::varbinary:
    HERALD_CHECK_LE(0, precision);
    break;
  default:
    HERALD_CHECK_EQ(precision, 0);
  }
}

} // namespace

// -- properties --------------------------------------------------------------

const std::vector<field>& data_type::fields() const {
  static const std::vector<field> none;
  return fields_ ? *fields_ : none;
}

data_type data_type::element() const {
  HERALD_CHECK(storage() == storage_kind::list, to_string());
  if (kind_ == type_kind::array)
    return fields()[0].type;
  data_type result;
  result.kind_ = type_kind::row;
  result.nullable_ = false;
  result.fields_ = fields_;
  return result;
}

storage_kind data_type::storage() const {
  switch (kind_) {
  case type_kind::null:
    return storage_kind::none;
  case type_kind::boolean:
    return storage_kind::bit;
  case type_kind::tinyint:
    return storage_kind::i8;
  case type_kind::smallint:
    return storage_kind::i16;
  case type_kind::integer:
  case type_kind::date:
  case type_kind::time:
  case type_kind::interval_month:
    return storage_kind::i32;
  case type_kind::bigint:
  case type_kind::interval_day:
    return storage_kind::i64;
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    return precision_ <= narrow_digits_max ? storage_kind::i64
                                           : storage_kind::i128;
  case type_kind::float32:
    return storage_kind::f32;
  case type_kind::float64:
    return storage_kind::f64;
  case type_kind::decimal:
    return storage_kind::i128;
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::binary:
  case type_kind::varbinary:
  case type_kind::variant:
  case type_kind::bitmap:
    return storage_kind::text;
  case type_kind::array:
  case type_kind::map:
  case type_kind::multiset:
    return storage_kind::list;
  case type_kind::row:
    return storage_kind::fields;
  }
  return storage_kind::none;
}

int data_type::width() const {
  switch (storage()) {
  case storage_kind::i8:
    return 1;
  case storage_kind::i16:
    return 2;
  case storage_kind::i32:
  case storage_kind::f32:
    return 4;
  case storage_kind::i64:
  case storage_kind::f64:
    return 8;
  case storage_kind::i128:
  case storage_kind::text:
    return 16;
  default:
    return 0;
  }
}

std::int64_t data_type::ticks_per_second() const {
  if (precision_ <= 3)
    return 1'000;
  return precision_ <= narrow_digits_max ? 1'000'000 : 1'000'000'000;
}

// -- construction ------------------------------------------------------------

data_type data_type::of(type_kind kind) {
  HERALD_CHECK(kind < type_kind::array, "a nested type needs its fields");
  data_type result;
  result.kind_ = kind;
  result.precision_ = default_precision(kind);
  return result;
}

data_type data_type::decimal(int precision, int scale) {
  HERALD_CHECK_LE(0, scale);
  HERALD_CHECK_LE(scale, precision);
  auto result = of(type_kind::decimal).with_precision(precision);
  result.scale_ = scale;
  return result;
}

data_type data_type::text(type_kind kind, int length) {
  auto result = of(kind);
  HERALD_CHECK(result.is_text() || result.is_bytes(), "texts and bytes only");
  return result.with_precision(length);
}

data_type data_type::timestamp(int precision) {
  return of(type_kind::timestamp).with_precision(precision);
}

data_type data_type::timestamp_ltz(int precision) {
  return of(type_kind::timestamp_ltz).with_precision(precision);
}

data_type data_type::array(data_type element) {
  auto result = row({{"element", std::move(element)}});
  result.kind_ = type_kind::array;
  return result;
}

data_type data_type::map(data_type key, data_type value) {
  auto result = row({{"key", std::move(key)}, {"value", std::move(value)}});
  result.kind_ = type_kind::map;
  return result;
}

data_type data_type::multiset(data_type element) {
  auto result = map(std::move(element),
                    data_type::of(type_kind::integer).with_nullable(false));
  result.kind_ = type_kind::multiset;
  return result;
}

data_type data_type::row(std::vector<field> fields) {
  data_type result;
  result.kind_ = type_kind::row;
  result.fields_
      = std::make_shared<const std::vector<field>>(std::move(fields));
  return result;
}

data_type data_type::with_nullable(bool nullable) const {
  auto result = *this;
  result.nullable_ = nullable;
  return result;
}

data_type data_type::with_precision(int precision) const {
  check_precision(kind_, precision);
  auto result = *this;
  result.precision_ = precision;
  return result;
}

// -- text and comparison -----------------------------------------------------

std::string data_type::to_string() const {
  return print(*this, style::full);
}

std::string data_type::to_short_string() const {
  return print(*this, style::brief);
}

bool data_type::same_kind(const data_type& other) const {
  if (kind_ != other.kind_ || precision_ != other.precision_
      || scale_ != other.scale_ || fields().size() != other.fields().size())
    return false;
  for (std::size_t i = 0; i < fields().size(); ++i) {
    const auto& a = fields()[i];
    const auto& b = other.fields()[i];
    if (a.name != b.name || !a.type.same_kind(b.type))
      return false;
  }
  return true;
}

bool operator==(const data_type& a, const data_type& b) {
  return a.kind_ == b.kind_ && a.nullable_ == b.nullable_
         && a.precision_ == b.precision_ && a.scale_ == b.scale_
         && (a.fields_ == b.fields_ || a.fields() == b.fields());
}

} // namespace herald
