#include "engine/columnar/arrow_convert.hpp"

#include "engine/columnar/civil.hpp"
#include "engine/columnar/decimal.hpp"
#include "engine/columnar/ticks.hpp"
#include "engine/common/error.hpp"

#include <array>
#include <optional>
#include <utility>

#include <arrow/array/data.h>
#include <arrow/type.h>
#include <fmt/format.h>

namespace herald {

namespace {

using arrow_data = arrow::ArrayData;

/// Writes `convert(value)` of every row that is not NULL; nullopt fails.
template <class From, class To, class Convert>
absl::StatusOr<buffer_ptr> convert_rows(const column& to, const arrow_data& x,
                                        Convert convert) {
  auto result = allocate_buffer(x.length * static_cast<int>(sizeof(To)));
  auto* out = reinterpret_cast<To*>(result->mutable_data());
  const auto* in = x.length > 0 ? x.GetValues<From>(1) : nullptr;
  for (std::int64_t row = 0; row < x.length; ++row) {
    if (to.is_null(row)) {
      out[row] = To{};
      continue;
    }
    std::optional<To> value = convert(in[row]);
    if (!value)
      return user_error(fmt::format("row {} has a value that does not fit {}",
                                    row, to.type.to_short_string()));
    out[row] = *value;
  }
  return result;
}

template <class From, class To>
absl::StatusOr<buffer_ptr> widen(const column& to, const arrow_data& x) {
  return convert_rows<From, To>(
      to, x, [](From value) { return static_cast<To>(value); });
}

/// Times `factor`, checked.
absl::StatusOr<buffer_ptr> multiply(const column& to, const arrow_data& x,
                                    std::int64_t factor) {
  return convert_rows<std::int64_t, std::int64_t>(
      to, x, [factor](std::int64_t value) -> std::optional<std::int64_t> {
        std::int64_t result;
        if (__builtin_mul_overflow(value, factor, &result))
          return std::nullopt;
        return result;
      });
}

/// Divided by `divisor`, rounded down.
template <class To>
absl::StatusOr<buffer_ptr> divide(const column& to, const arrow_data& x,
                                  std::int64_t divisor) {
  return convert_rows<std::int64_t, To>(
      to, x, [divisor](std::int64_t value) -> std::optional<To> {
        auto result = floor_div(value, divisor);
        if (!std::in_range<To>(result))
          return std::nullopt;
        return static_cast<To>(result);
      });
}

/// Decimals of 256 bits that have at most 38 digits all the same.
absl::StatusOr<buffer_ptr> narrow(const column& to, const arrow_data& x) {
  using words = std::array<std::uint64_t, 4>;
  return convert_rows<words, int128>(
      to, x, [&](const words& value) -> std::optional<int128> {
        auto low = static_cast<int128>(
            static_cast<unsigned __int128>(value[1]) << 64 | value[0]);
        auto sign = low < 0 ? ~std::uint64_t{0} : 0;
        if (value[2] != sign || value[3] != sign
            || !fits_precision(low, to.type.precision()))
          return std::nullopt;
        return low;
      });
}

/// Timestamps of 128 bits, as the exact form has them.
absl::StatusOr<buffer_ptr> take_whole_ticks(const column& to,
                                            const arrow_data& x) {
  using words = std::array<std::uint64_t, 2>;
  return convert_rows<words, int128>(
      to, x, [](const words& value) -> std::optional<int128> {
        const auto ticks = static_cast<int128>(
            static_cast<unsigned __int128>(value[1]) << 64 | value[0]);
        if (ticks < -wide_ticks_max || ticks > wide_ticks_max)
          return std::nullopt;
        return ticks;
      });
}

/// Ticks of a coarser or finer unit as milliseconds.
absl::StatusOr<buffer_ptr> to_milliseconds(const column& to,
                                           const arrow_data& x,
                                           arrow::TimeUnit::type unit) {
  switch (unit) {
  case arrow::TimeUnit::SECOND:
    return multiply(to, x, 1'000);
  case arrow::TimeUnit::MICRO:
    return divide<std::int64_t>(to, x, 1'000);
  case arrow::TimeUnit::NANO:
    return divide<std::int64_t>(to, x, 1'000'000);
  default:
    return nullptr;
  }
}

absl::StatusOr<buffer_ptr> convert_times(const column& to,
                                         const arrow_data& x) {
  switch (x.type->id()) {
  case arrow::Type::TIME32: {
    if (static_cast<const arrow::TimeType&>(*x.type).unit()
        != arrow::TimeUnit::SECOND)
      return nullptr;
    return convert_rows<std::int32_t, std::int32_t>(
        to, x, [](std::int32_t value) -> std::optional<std::int32_t> {
          if (value < 0 || value >= seconds_per_day)
            return std::nullopt;
          return value * 1'000;
        });
  }
  case arrow::Type::TIME64:
    return divide<std::int32_t>(
        to, x,
        static_cast<const arrow::TimeType&>(*x.type).unit()
                == arrow::TimeUnit::MICRO
            ? 1'000
            : 1'000'000);
  case arrow::Type::TIMESTAMP: {
    const auto unit = static_cast<const arrow::TimestampType&>(*x.type).unit();
    if (unit == arrow::TimeUnit::NANO)
      return widen<std::int64_t, int128>(to, x);
    if (unit != arrow::TimeUnit::SECOND)
      return nullptr;
    return multiply(to, x, 1'000);
  }
  default:
    return to_milliseconds(
        to, x, static_cast<const arrow::DurationType&>(*x.type).unit());
  }
}

} // namespace

absl::StatusOr<buffer_ptr> convert_values(const column& to,
                                          const arrow_data& x) {
  switch (x.type->id()) {
  case arrow::Type::UINT8:
    return widen<std::uint8_t, std::int16_t>(to, x);
  case arrow::Type::UINT16:
    return widen<std::uint16_t, std::int32_t>(to, x);
  case arrow::Type::UINT32:
    return widen<std::uint32_t, std::int64_t>(to, x);
  case arrow::Type::UINT64:
    return widen<std::uint64_t, int128>(to, x);
  case arrow::Type::DECIMAL32:
    return widen<std::int32_t, int128>(to, x);
  case arrow::Type::DECIMAL64:
    return widen<std::int64_t, int128>(to, x);
  case arrow::Type::DECIMAL128:
    if (!to.type.is_timestamp())
      return nullptr;
    return take_whole_ticks(to, x);
  case arrow::Type::DECIMAL256:
    return narrow(to, x);
  case arrow::Type::DATE64:
    return divide<std::int32_t>(to, x, seconds_per_day * 1'000);
  case arrow::Type::TIME32:
  case arrow::Type::TIME64:
  case arrow::Type::TIMESTAMP:
  case arrow::Type::DURATION:
    return convert_times(to, x);
  default:
    return nullptr;
  }
}

std::int64_t index_at(const arrow_data& x, arrow::Type::type type,
                      std::int64_t row) {
  switch (type) {
  case arrow::Type::INT8:
    return x.GetValues<std::int8_t>(1)[row];
  case arrow::Type::UINT8:
    return x.GetValues<std::uint8_t>(1)[row];
  case arrow::Type::INT16:
    return x.GetValues<std::int16_t>(1)[row];
  case arrow::Type::UINT16:
    return x.GetValues<std::uint16_t>(1)[row];
  case arrow::Type::INT32:
    return x.GetValues<std::int32_t>(1)[row];
  case arrow::Type::UINT32:
    return x.GetValues<std::uint32_t>(1)[row];
  default: // 64 bits of either sign: an index never has the highest
    return x.GetValues<std::int64_t>(1)[row];
  }
}

} // namespace herald
