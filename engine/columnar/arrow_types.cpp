#include "engine/columnar/arrow_types.hpp"

#include "engine/columnar/ticks.hpp"
#include "engine/common/error.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

namespace herald {

namespace {

constexpr const char* type_key = "herald.type";
constexpr const char* nullable_key = "herald.nullable";

arrow::TimeUnit::type unit_of(const data_type& x) {
  switch (x.ticks_per_second()) {
  case 1'000:
    return arrow::TimeUnit::MILLI;
  case 1'000'000:
    return arrow::TimeUnit::MICRO;
  default:
    return arrow::TimeUnit::NANO;
  }
}

/// Arrow's map keys are never nullable; the metadata says if ours are.
std::shared_ptr<arrow::Field> key_field(const arrow::Field& x) {
  auto result = x.WithNullable(false);
  if (x.nullable())
    result = result->WithMergedMetadata(
        arrow::key_value_metadata({nullable_key}, {"true"}));
  return result;
}

std::shared_ptr<arrow::DataType> nested_to_arrow(const data_type& x,
                                                 arrow_form form) {
  arrow::FieldVector parts;
  for (const auto& part : x.fields())
    parts.push_back(to_arrow(part, form));
  switch (x.kind()) {
  case type_kind::array:
    return arrow::list(parts[0]);
  case type_kind::map:
  case type_kind::multiset:
    return std::make_shared<arrow::MapType>(key_field(*parts[0]), parts[1]);
  default:
    return arrow::struct_(parts);
  }
}

/// Nanoseconds in 128 bits.
std::shared_ptr<arrow::DataType> whole_ticks() {
  return arrow::decimal128(decimal_precision_max, 0);
}

std::shared_ptr<arrow::DataType> type_to_arrow(const data_type& x,
                                               arrow_form form) {
  if (form == arrow_form::exact && has_wide_ticks(x))
    return whole_ticks();
  switch (x.kind()) {
  case type_kind::null:
    return arrow::null();
  case type_kind::boolean:
    return arrow::boolean();
  case type_kind::tinyint:
    return arrow::int8();
  case type_kind::smallint:
    return arrow::int16();
  case type_kind::integer:
    return arrow::int32();
  case type_kind::bigint:
    return arrow::int64();
  case type_kind::float32:
    return arrow::float32();
  case type_kind::float64:
    return arrow::float64();
  case type_kind::decimal:
    return arrow::decimal128(x.precision(), x.scale());
  case type_kind::character:
  case type_kind::varchar:
  case type_kind::variant:
    return arrow::utf8_view();
  case type_kind::binary:
  case type_kind::varbinary:
  case type_kind::bitmap:
    return arrow::binary_view();
  case type_kind::date:
    return arrow::date32();
  case type_kind::time:
    return arrow::time32(arrow::TimeUnit::MILLI);
  case type_kind::timestamp:
    return arrow::timestamp(unit_of(x));
  case type_kind::timestamp_ltz:
    return arrow::timestamp(unit_of(x), "UTC");
  case type_kind::interval_month:
    return arrow::month_interval();
  case type_kind::interval_day:
    return arrow::duration(arrow::TimeUnit::MILLI);
  case type_kind::array:
  case type_kind::map:
  case type_kind::multiset:
  case type_kind::row:
    return nested_to_arrow(x, form);
  }
  return arrow::null();
}

/// Digits after the second that a unit keeps.
int digits_of(arrow::TimeUnit::type x) {
  return 3 * static_cast<int>(x);
}

absl::StatusOr<data_type> decimal_from_arrow(const arrow::DataType& x) {
  const auto& type = static_cast<const arrow::DecimalType&>(x);
  auto precision = std::min(type.precision(), decimal_precision_max);
  if (type.scale() < 0 || type.scale() > precision)
    return user_error(fmt::format("the type {} has a scale that DECIMAL does "
                                  "not know",
                                  x.ToString()));
  return data_type::decimal(precision, type.scale());
}

absl::StatusOr<data_type> nested_from_arrow(const arrow::DataType& x) {
  std::vector<field> parts;
  if (x.id() == arrow::Type::MAP) {
    const auto& type = static_cast<const arrow::MapType&>(x);
    HERALD_ASSIGN(auto key, from_arrow(*type.key_field()));
    HERALD_ASSIGN(auto value, from_arrow(*type.item_field()));
    return data_type::map(key.type, value.type);
  }
  for (const auto& part : x.fields()) {
    HERALD_ASSIGN(auto converted, from_arrow(*part));
    parts.push_back(std::move(converted));
  }
  if (x.id() == arrow::Type::STRUCT)
    return data_type::row(std::move(parts));
  return data_type::array(parts[0].type);
}

absl::StatusOr<data_type> time_from_arrow(const arrow::DataType& x) {
  switch (x.id()) {
  case arrow::Type::TIME32:
  case arrow::Type::TIME64: {
    auto unit = static_cast<const arrow::TimeType&>(x).unit();
    return data_type::of(type_kind::time)
        .with_precision(std::min(3, digits_of(unit)));
  }
  case arrow::Type::TIMESTAMP: {
    const auto& type = static_cast<const arrow::TimestampType&>(x);
    auto digits = digits_of(type.unit());
    return type.timezone().empty() ? data_type::timestamp(digits)
                                   : data_type::timestamp_ltz(digits);
  }
  default:
    return data_type::of(type_kind::interval_day);
  }
}

absl::StatusOr<data_type> type_from_arrow(const arrow::DataType& x) {
  using id = arrow::Type;
  switch (x.id()) {
  case id::NA:
    return data_type{};
  case id::BOOL:
    return data_type::of(type_kind::boolean);
  case id::INT8:
    return data_type::of(type_kind::tinyint);
  case id::UINT8:
  case id::INT16:
    return data_type::of(type_kind::smallint);
  case id::UINT16:
  case id::INT32:
    return data_type::of(type_kind::integer);
  case id::UINT32:
  case id::INT64:
    return data_type::of(type_kind::bigint);
  case id::UINT64:
    return data_type::decimal(20, 0);
  case id::FLOAT:
    return data_type::of(type_kind::float32);
  case id::DOUBLE:
    return data_type::of(type_kind::float64);
  case id::DECIMAL32:
  case id::DECIMAL64:
  case id::DECIMAL128:
  case id::DECIMAL256:
    return decimal_from_arrow(x);
  case id::STRING:
  case id::LARGE_STRING:
  case id::STRING_VIEW:
    return data_type::of(type_kind::varchar);
  case id::BINARY:
  case id::LARGE_BINARY:
  case id::BINARY_VIEW:
    return data_type::of(type_kind::varbinary);
  case id::FIXED_SIZE_BINARY:
    return data_type::text(
        type_kind::binary,
        static_cast<const arrow::FixedSizeBinaryType&>(x).byte_width());
  case id::DATE32:
  case id::DATE64:
    return data_type::of(type_kind::date);
  case id::TIME32:
  case id::TIME64:
  case id::TIMESTAMP:
  case id::DURATION:
    return time_from_arrow(x);
  case id::INTERVAL_MONTHS:
    return data_type::of(type_kind::interval_month);
  case id::LIST:
  case id::LARGE_LIST:
  case id::FIXED_SIZE_LIST:
  case id::MAP:
  case id::STRUCT:
    return nested_from_arrow(x);
  case id::DICTIONARY:
    return type_from_arrow(
        *static_cast<const arrow::DictionaryType&>(x).value_type());
  default:
    return user_error(
        fmt::format("the Arrow type {} is not supported", x.ToString()));
  }
}

struct sized_kind {
  std::string_view name;
  type_kind kind;
  int precision_max;
};

/// The kinds whose precision Arrow does not tell, or not exactly.
constexpr sized_kind sized_kinds[]{
    {"CHAR", type_kind::character, length_max},
    {"VARCHAR", type_kind::varchar, length_max},
    {"BINARY", type_kind::binary, length_max},
    {"VARBINARY", type_kind::varbinary, length_max},
    {"TIME", type_kind::time, 3},
    {"TIMESTAMP", type_kind::timestamp, 9},
    {"TIMESTAMP_LTZ", type_kind::timestamp_ltz, 9},
};

/// Parses "NAME(digits)" of one of `sized_kinds`.
std::optional<data_type> parse_sized(std::string_view text) {
  auto open = text.find('(');
  if (open == std::string_view::npos || text.back() != ')')
    return std::nullopt;
  auto digits = text.substr(open + 1, text.size() - open - 2);
  int precision = 0;
  auto [end, error] = std::from_chars(digits.data(),
                                      digits.data() + digits.size(), precision);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return std::nullopt;
  for (const auto& known : sized_kinds)
    if (known.name == text.substr(0, open) && precision >= 0
        && precision <= known.precision_max)
      return data_type::of(known.kind).with_precision(precision);
  return std::nullopt;
}

constexpr std::string_view variant_name = "VARIANT";
constexpr std::string_view bitmap_name = "BITMAP";
constexpr std::string_view multiset_name = "MULTISET";

/// `x`, or the more exact type that the metadata names.
data_type refined(const data_type& x, std::string_view text) {
  if (text == variant_name && x.is_text())
    return data_type::of(type_kind::variant);
  if (text == bitmap_name && x.is_bytes())
    return data_type::of(type_kind::bitmap);
  auto counts = [&] { return x.fields()[1].type.kind() == type_kind::integer; };
  if (text == multiset_name && x.kind() == type_kind::map && counts())
    return data_type::multiset(x.fields()[0].type);
  auto exact = parse_sized(text);
  if (!exact)
    return x;
  auto same = exact->kind() == x.kind() || (exact->is_text() && x.is_text())
              || (exact->is_bytes() && x.is_bytes());
  if (x.is_timestamp())
    same = same && exact->ticks_per_second() == x.ticks_per_second();
  if (has_wide_ticks(*exact))
    same = same || x.same_kind(data_type::decimal(decimal_precision_max, 0));
  return same ? *exact : x;
}

} // namespace

std::shared_ptr<arrow::Field> to_arrow(const field& x, arrow_form form) {
  auto type = type_to_arrow(x.type, form);
  std::shared_ptr<arrow::KeyValueMetadata> metadata;
  if (!x.type.is_nested()) {
    auto exact = x.type.with_nullable(true);
    if (auto plain = type_from_arrow(*type); plain.ok() && *plain != exact)
      metadata = arrow::key_value_metadata({type_key}, {exact.to_string()});
  }
  if (x.type.kind() == type_kind::multiset)
    metadata
        = arrow::key_value_metadata({type_key}, {std::string(multiset_name)});
  return arrow::field(x.name, std::move(type), x.type.nullable(),
                      std::move(metadata));
}

absl::StatusOr<field> from_arrow(const arrow::Field& x) {
  auto type = type_from_arrow(*x.type());
  if (!type.ok())
    return annotate(type.status(), fmt::format("field `{}`", x.name()));
  auto nullable = x.nullable();
  if (const auto* metadata = x.metadata().get()) {
    if (auto text = metadata->Get(type_key); text.ok())
      *type = refined(*type, *text);
    nullable = nullable || metadata->Contains(nullable_key);
  }
  return field{x.name(), type->with_nullable(nullable)};
}

absl::Status to_status(const arrow::Status& x) {
  if (x.ok())
    return absl::OkStatus();
  auto code = x.IsOutOfMemory() ? absl::StatusCode::kResourceExhausted
                                : absl::StatusCode::kInvalidArgument;
  return absl::Status{code, fmt::format("Arrow: {}", x.message())};
}

} // namespace herald
