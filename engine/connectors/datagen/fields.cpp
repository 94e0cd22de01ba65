#include "engine/connectors/datagen/fields.hpp"

#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/formats/options.hpp"
#include "engine/formats/text_parse.hpp"
#include "engine/plan/options.hpp"

#include <cmath>
#include <functional>

#include <fmt/format.h>

namespace herald {

namespace {

using limits = std::numeric_limits<std::int64_t>;

std::pair<std::int64_t, std::int64_t> range_of(type_kind kind) {
  switch (kind) {
  case type_kind::tinyint:
    return {-128, 127};
  case type_kind::smallint:
    return {-32768, 32767};
  case type_kind::integer:
    return {std::numeric_limits<std::int32_t>::min(),
            std::numeric_limits<std::int32_t>::max()};
  default:
    return {limits::min(), limits::max()};
  }
}

absl::StatusOr<double> fraction_option(const option_map& options,
                                       const std::string& key,
                                       double fallback) {
  auto at = options.find(key);
  if (at == options.end())
    return fallback;
  if (auto value = parse_double(at->second); value && std::isfinite(*value))
    return *value;
  return option_error(key,
                      fmt::format("option '{}' is '{}', which is not a number",
                                  key, at->second));
}

absl::StatusOr<bool> is_sequence(const option_map& options,
                                 const std::string& key) {
  auto kind = choice_option(options, key, {"random", "sequence"});
  if (!kind.ok())
    return kind.status();
  return *kind == "sequence";
}

bool has_length(const data_type& type) {
  return type.is_text() || type.is_bytes();
}

bool is_fraction(const data_type& type) {
  return type.is_numeric() && !type.is_integer();
}

template <class T, class F>
void push_all(column_builder& to, std::span<const std::int64_t> rows, F value) {
  auto& builder = static_cast<T&>(to);
  for (const auto row : rows)
    builder.push(value(row));
}

void add_options(const field& x, std::vector<std::string>& to) {
  for (const char* what : {"kind", "min", "max", "start", "end", "length",
                           "max-past", "null-rate", "var-len"})
    to.push_back(fmt::format("fields.{}.{}", x.name, what));
  for (const auto& part : datagen_parts(x))
    add_options(part, to);
}

} // namespace

std::vector<std::string> datagen_options(const std::vector<field>& columns) {
  std::vector<std::string> result{"rows-per-second", "number-of-rows", "seed"};
  for (const auto& column : columns)
    add_options(column, result);
  return result;
}

std::string datagen_field::key(std::string_view what) const {
  return fmt::format("fields.{}.{}", column_.name, what);
}

absl::StatusOr<datagen_field> datagen_field::make(const field& column,
                                                  const option_map& options,
                                                  std::uint64_t seed) {
  datagen_field result;
  result.column_ = column;
  result.random_ = {seed, std::hash<std::string>()(column.name)};
  result.nulls_ = {~seed, std::hash<std::string>()(column.name)};
  const auto& type = column.type;
  const auto parts = datagen_parts(column);
  if (parts.empty()
      && (type.is_nested() || type.kind() >= type_kind::interval_month))
    return user_error(fmt::format("connector 'datagen' makes no values of "
                                  "type {} (column {})",
                                  type.to_short_string(), column.name));
  HERALD_ASSIGN(result.sequence_, is_sequence(options, result.key("kind")));
  if (result.sequence_)
    HERALD_TRY(result.read_sequence(options));
  else
    HERALD_TRY(result.read_range(options));
  HERALD_TRY(result.read_shape(options));
  HERALD_TRY(result.read_parts(options, seed));
  return result;
}

/// Lengths, ages and NULLs.
absl::Status datagen_field::read_shape(const option_map& options) {
  const auto age = key("max-past");
  const auto rate = key("null-rate");
  const auto varies = key("var-len");
  const bool has_elements
      = column_.type.is_nested() && column_.type.kind() != type_kind::row;
  // Flink's defaults.
  HERALD_ASSIGN(length_,
                integer_option(options, key("length"), has_elements ? 3 : 100,
                               has_elements ? 0 : 1, datagen_length_max));
  HERALD_ASSIGN(varies_, bool_option(options, varies, false));
  if (varies_ && (sequence_ || !has_length(column_.type)))
    return option_error(varies, fmt::format("option '{}' is for random texts "
                                            "and bytes",
                                            varies));
  const auto past = parse_duration_ms(text_option(options, age, "0"));
  if (!past.ok())
    return option_error(
        age, fmt::format("option '{}': {}", age, message_of(past.status())));
  past_ms_ = *past;
  HERALD_ASSIGN(null_rate_, fraction_option(options, rate, 0));
  if (null_rate_ < 0 || null_rate_ > 1)
    return option_error(rate,
                        fmt::format("option '{}' is not from 0 to 1", rate));
  if (null_rate_ > 0 && (sequence_ || !column_.type.nullable()))
    return option_error(rate, fmt::format("option '{}' is for random values of "
                                          "columns without NOT NULL",
                                          rate));
  return absl::OkStatus();
}

absl::Status datagen_field::read_sequence(const option_map& options) {
  const auto& type = column_.type;
  if (!type.is_integer() && !type.is_text())
    return user_error(
        fmt::format("a sequence cannot be of type {}", type.to_short_string()));
  const auto [low, high] = range_of(type.kind());
  HERALD_TRY(required_option(options, key("start")).status());
  HERALD_TRY(required_option(options, key("end")).status());
  HERALD_ASSIGN(start_, integer_option(options, key("start"), 0, low, high));
  HERALD_ASSIGN(end_, integer_option(options, key("end"), 0, start_, high));
  if (start_ < 0 && end_ >= limits::max() + start_)
    return user_error(fmt::format("'{}' and '{}' are too far apart",
                                  key("start"), key("end")));
  return absl::OkStatus();
}

absl::Status datagen_field::read_range(const option_map& options) {
  if (is_fraction(column_.type)) {
    HERALD_ASSIGN(lowest_, fraction_option(options, key("min"), 0));
    HERALD_ASSIGN(highest_, fraction_option(options, key("max"), lowest_ + 1));
    if (highest_ < lowest_)
      return user_error(
          fmt::format("'{}' is below '{}'", key("max"), key("min")));
    return absl::OkStatus();
  }
  const auto [low, high] = range_of(column_.type.kind());
  HERALD_ASSIGN(start_, integer_option(options, key("min"), low, low, high));
  HERALD_ASSIGN(end_, integer_option(options, key("max"), high, start_, high));
  return absl::OkStatus();
}

bool datagen_field::is_null(std::int64_t row) const {
  return static_cast<double>(nulls_(row) >> 11) * 0x1p-53 < null_rate_;
}

std::int64_t datagen_field::integer(std::int64_t row) const {
  if (sequence_)
    return start_ + row;
  auto width
      = static_cast<std::uint64_t>(end_) - static_cast<std::uint64_t>(start_);
  auto bits = random_(row);
  auto offset = width == ~std::uint64_t{0} ? bits : bits % (width + 1);
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(start_) + offset);
}

double datagen_field::fraction(std::int64_t row) const {
  auto unit = static_cast<double>(random_(row) >> 11) * 0x1p-53;
  return lowest_ + unit * (highest_ - lowest_);
}

int128 datagen_field::decimal(std::int64_t row) const {
  const auto& type = column_.type;
  auto text = fmt::format("{:.{}f}", fraction(row), type.scale());
  return parse_decimal(text, type.precision(), type.scale()).value_or(0);
}

void datagen_field::text(std::int64_t row, std::string& out) const {
  constexpr char digits[] = "0123456789abcdef";
  out.clear();
  if (sequence_) {
    out = std::to_string(start_ + row);
    return;
  }
  nexmark::random_sequence random(random_(row));
  const auto length = varies_ ? 1 + random.below(length_) : length_;
  for (std::int64_t i = 0; i < length; ++i)
    out.push_back(digits[random.below(16)]);
}

std::int64_t datagen_field::moment(std::int64_t row,
                                   std::int64_t now_ms) const {
  if (past_ms_ > 0)
    now_ms -= static_cast<std::int64_t>(random_(row)
                                        % static_cast<std::uint64_t>(past_ms_));
  return now_ms;
}

void datagen_field::append(column_builder& to,
                           std::span<const std::int64_t> rows,
                           std::int64_t now_ms) const {
  if (null_rate_ == 0)
    return append_values(to, rows, now_ms);
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (is_null(rows[i]))
      to.append_null();
    else
      append_values(to, rows.subspan(i, 1), now_ms);
}

void datagen_field::append_values(column_builder& to,
                                  std::span<const std::int64_t> rows,
                                  std::int64_t now_ms) const {
  auto with_integer = [&]<class T>(T) {
    push_all<fixed_builder<T>>(to, rows, [&](std::int64_t row) {
      return static_cast<T>(integer(row));
    });
  };
  std::string text_value;
  switch (column_.type.kind()) {
  case type_kind::boolean:
    return push_all<bool_builder>(
        to, rows, [&](std::int64_t row) { return (random_(row) & 1) != 0; });
  case type_kind::tinyint:
    return with_integer(std::int8_t{});
  case type_kind::smallint:
    return with_integer(std::int16_t{});
  case type_kind::integer:
    return with_integer(std::int32_t{});
  case type_kind::bigint:
    return with_integer(std::int64_t{});
  case type_kind::float32:
    return push_all<fixed_builder<float>>(to, rows, [&](std::int64_t row) {
      return static_cast<float>(fraction(row));
    });
  case type_kind::float64:
    return push_all<fixed_builder<double>>(
        to, rows, [&](std::int64_t row) { return fraction(row); });
  case type_kind::decimal:
    return push_all<fixed_builder<int128>>(
        to, rows, [&](std::int64_t row) { return decimal(row); });
  case type_kind::date:
    return push_all<fixed_builder<std::int32_t>>(
        to, rows, [&](std::int64_t row) {
          return static_cast<std::int32_t>(moment(row, now_ms) / ms_per_day);
        });
  case type_kind::time:
    return push_all<fixed_builder<std::int32_t>>(
        to, rows, [&](std::int64_t row) {
          return static_cast<std::int32_t>(moment(row, now_ms) % ms_per_day);
        });
  case type_kind::timestamp:
  case type_kind::timestamp_ltz:
    if (has_wide_ticks(column_.type))
      return push_all<fixed_builder<int128>>(to, rows, [&](std::int64_t row) {
        return int128{moment(row, now_ms)} * 1'000'000;
      });
    return push_all<fixed_builder<std::int64_t>>(
        to, rows, [&](std::int64_t row) {
          return moment(row, now_ms) * (column_.type.ticks_per_second() / 1000);
        });
  default:
    return push_all<text_builder>(to, rows, [&](std::int64_t row) {
      text(row, text_value);
      return std::string_view(text_value);
    });
  }
}

} // namespace herald
