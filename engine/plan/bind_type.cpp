#include "engine/plan/bind_type.hpp"

#include "engine/common/error.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// The error that there is no such type, with the nearest one.
absl::Status unknown_type(const sql::type_name& type) {
  auto name = type.name.back().name;
  for (auto& c : name)
    c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto near = nearest_name(
      name, {"BOOLEAN",  "TINYINT", "SMALLINT", "INT",       "INTEGER",
             "BIGINT",   "FLOAT",   "DOUBLE",   "DECIMAL",   "NUMERIC",
             "CHAR",     "VARCHAR", "STRING",   "BINARY",    "VARBINARY",
             "BYTES",    "DATE",    "TIME",     "TIMESTAMP", "TIMESTAMP_LTZ",
             "INTERVAL", "ARRAY",   "MAP",      "MULTISET",  "ROW",
             "VARIANT",  "BITMAP"});
  return user_error(
      type.where,
      fmt::format("there is no data type '{}'", sql::to_text(type.name)),
      near.empty() ? "" : fmt::format("did you mean {}?", near));
}

/// The parameter, or its default, if it lies in [low, high].
absl::StatusOr<int> parameter(const std::optional<std::uint32_t>& value,
                              int otherwise, int low, int high,
                              const sql::type_name& type,
                              std::string_view what) {
  if (!value)
    return otherwise;
  if (*value < static_cast<std::uint32_t>(low)
      || *value > static_cast<std::uint32_t>(high))
    return user_error(type.where, fmt::format("{} must be {} to {}, not {}",
                                              what, low, high, *value));
  return static_cast<int>(*value);
}

absl::StatusOr<data_type> decimal(const sql::type_name& type) {
  HERALD_ASSIGN(const int precision,
                parameter(type.precision, 10, 1, decimal_precision_max, type,
                          "the precision of DECIMAL"));
  HERALD_ASSIGN(const int scale, parameter(type.scale, 0, 0, precision, type,
                                           "the scale of this DECIMAL"));
  return data_type::decimal(precision, scale);
}

absl::StatusOr<data_type> text(const sql::type_name& type, type_kind kind,
                               int otherwise) {
  HERALD_ASSIGN(const int length, parameter(type.precision, otherwise, 1,
                                            length_max, type, "the length"));
  return data_type::text(kind, length);
}

absl::StatusOr<data_type> timed(const sql::type_name& type) {
  if (type.kind == sql::type_kind::time) {
    HERALD_ASSIGN(const int precision, parameter(type.precision, 0, 0, 3, type,
                                                 "the precision of TIME"));
    return data_type::of(type_kind::time).with_precision(precision);
  }
  HERALD_ASSIGN(const int precision, parameter(type.precision, 6, 0, 9, type,
                                               "the precision of TIMESTAMP"));
  return type.kind == sql::type_kind::timestamp
             ? data_type::timestamp(precision)
             : data_type::timestamp_ltz(precision);
}

absl::StatusOr<data_type> nested(const sql::type_name& type) {
  std::vector<data_type> arguments;
  for (const auto& argument : type.arguments) {
    HERALD_ASSIGN(auto bound, bind_type(argument));
    arguments.push_back(std::move(bound));
  }
  if (type.kind == sql::type_kind::array)
    return data_type::array(arguments.at(0));
  if (type.kind == sql::type_kind::multiset)
    return data_type::multiset(arguments.at(0));
  if (type.kind == sql::type_kind::map)
    return data_type::map(arguments.at(0), arguments.at(1));
  std::vector<field> fields;
  for (const auto& part : type.fields) {
    for (const auto& other : fields)
      if (other.name == part.name.name)
        return user_error(part.name.where,
                          fmt::format("field '{}' appears twice in this ROW",
                                      part.name.name));
    HERALD_ASSIGN(auto bound, bind_type(part.type));
    fields.push_back({part.name.name, std::move(bound)});
  }
  return data_type::row(std::move(fields));
}

absl::StatusOr<data_type> bind_kind(const sql::type_name& type) {
  using kind = sql::type_kind;
  switch (type.kind) {
  case kind::boolean:
    return data_type::of(type_kind::boolean);
  case kind::tinyint:
    return data_type::of(type_kind::tinyint);
  case kind::smallint:
    return data_type::of(type_kind::smallint);
  case kind::integer:
    return data_type::of(type_kind::integer);
  case kind::bigint:
    return data_type::of(type_kind::bigint);
  case kind::real:
    return data_type::of(type_kind::float32);
  case kind::double_precision:
    return data_type::of(type_kind::float64);
  case kind::decimal:
    return decimal(type);
  case kind::character:
    return text(type, type_kind::character, 1);
  case kind::character_varying:
    return text(type, type_kind::varchar, length_max);
  case kind::binary:
    return text(type, type_kind::binary, 1);
  case kind::binary_varying:
    return text(type, type_kind::varbinary, length_max);
  case kind::date:
    return data_type::of(type_kind::date);
  case kind::time:
  case kind::timestamp:
  case kind::timestamp_ltz:
    return timed(type);
  case kind::interval:
    return data_type::of(type.interval.counts_months()
                             ? type_kind::interval_month
                             : type_kind::interval_day);
  case kind::array:
  case kind::map:
  case kind::multiset:
  case kind::row:
    return nested(type);
  case kind::variant:
    return data_type::of(type_kind::variant);
  case kind::bitmap:
    return data_type::of(type_kind::bitmap);
  case kind::timestamp_tz:
    return user_error(type.where, "TIMESTAMP WITH TIME ZONE is not supported",
                      "TIMESTAMP_LTZ holds an instant");
  case kind::named:
    return unknown_type(type);
  case kind::null:
    break;
  }
  return user_error(type.where, "this data type is not supported yet");
}

} // namespace

absl::StatusOr<data_type> bind_type(const sql::type_name& type) {
  HERALD_ASSIGN(auto result, bind_kind(type));
  return result.with_nullable(type.nullable.value_or(true));
}

} // namespace herald
