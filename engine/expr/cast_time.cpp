#include "engine/columnar/civil.hpp"
#include "engine/expr/cast.hpp"
#include "engine/expr/text_read.hpp"

// Casts to DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ. Between TIMESTAMP and
// TIMESTAMP_LTZ lies the session's zone. Digits that the target lacks are
// cut, towards the past before 1970 too.

namespace herald {

namespace {

constexpr std::int64_t ms_per_day = seconds_per_day * 1000;

/// `ticks` in another unit, then cut to `digits` of a second.
std::optional<std::int64_t> change_unit(std::int64_t ticks, std::int64_t from,
                                        const data_type& to) {
  auto unit = to.ticks_per_second();
  std::int64_t result;
  if (unit >= from) {
    if (__builtin_mul_overflow(ticks, unit / from, &result))
      return std::nullopt;
  } else {
    result = floor_div(ticks, from / unit);
  }
  auto step = unit;
  for (int i = 0; i < to.precision(); ++i)
    step /= 10;
  return step <= 1 ? result : floor_div(result, step) * step;
}

/// Milliseconds of the day, cut to the digits of a TIME.
std::int32_t cut_time(std::int64_t ms, int digits) {
  auto step = digits == 0 ? 1000 : digits == 1 ? 100 : digits == 2 ? 10 : 1;
  return static_cast<std::int32_t>(ms / step * step);
}

std::optional<std::int32_t> to_date(const column& x, std::int64_t row,
                                    zone& local) {
  if (x.type.is_text())
    return read_date(x.text(row));
  auto unit = x.type.ticks_per_second();
  auto ticks = x.as<std::int64_t>()[static_cast<std::size_t>(row)];
  if (x.type.kind() == type_kind::timestamp_ltz)
    ticks = local.to_local(ticks, unit);
  return static_cast<std::int32_t>(
      floor_div(floor_div(ticks, unit), seconds_per_day));
}

std::optional<std::int32_t> to_time(const column& x, std::int64_t row,
                                    const data_type& to, zone& local) {
  auto at = static_cast<std::size_t>(row);
  if (x.type.is_text()) {
    auto ms = read_time(x.text(row));
    if (ms)
      ms = cut_time(*ms, to.precision());
    return ms;
  }
  if (x.type.kind() == type_kind::time)
    return cut_time(x.as<std::int32_t>()[at], to.precision());
  auto unit = x.type.ticks_per_second();
  auto ticks = x.as<std::int64_t>()[at];
  if (x.type.kind() == type_kind::timestamp_ltz)
    ticks = local.to_local(ticks, unit);
  return cut_time(floor_mod(floor_div(ticks, unit / 1000), ms_per_day),
                  to.precision());
}

std::optional<std::int64_t> to_timestamp(const column& x, std::int64_t row,
                                         const data_type& to, zone& local) {
  auto at = static_cast<std::size_t>(row);
  auto wants_ltz = to.kind() == type_kind::timestamp_ltz;
  auto unit = to.ticks_per_second();
  std::optional<std::int64_t> ticks;
  if (x.type.is_text()) {
    ticks = read_timestamp(x.text(row), unit);
    if (ticks)
      ticks = change_unit(*ticks, unit, to);
  } else if (x.type.kind() == type_kind::date) {
    ticks = change_unit(x.as<std::int32_t>()[at] * seconds_per_day, 1, to);
  } else if (x.type.kind() == type_kind::time) {
    ticks = change_unit(x.as<std::int32_t>()[at], 1000, to);
  } else {
    auto value = x.as<std::int64_t>()[at];
    auto from = x.type.ticks_per_second();
    auto is_ltz = x.type.kind() == type_kind::timestamp_ltz;
    if (is_ltz && !wants_ltz)
      value = local.to_local(value, from);
    else if (!is_ltz && wants_ltz)
      value = local.to_utc(value, from);
    return change_unit(value, from, to);
  }
  if (ticks && wants_ltz)
    ticks = local.to_utc(*ticks, unit);
  return ticks;
}

} // namespace

absl::StatusOr<column_ptr> cast_to_time(const column& x, const data_type& to,
                                        cast_rules rules) {
  auto& local = rules.local;
  if (to.kind() == type_kind::date)
    return cast_rows<std::int32_t>(
        x, to, rules, misfit::error,
        [&](std::int64_t row) { return to_date(x, row, local); });
  if (to.kind() == type_kind::time)
    return cast_rows<std::int32_t>(
        x, to, rules, misfit::error,
        [&](std::int64_t row) { return to_time(x, row, to, local); });
  return cast_rows<std::int64_t>(
      x, to, rules, misfit::error,
      [&](std::int64_t row) { return to_timestamp(x, row, to, local); });
}

} // namespace herald
