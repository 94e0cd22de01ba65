#include "engine/columnar/ticks.hpp"
#include "engine/expr/cast.hpp"
#include "engine/expr/text_read.hpp"
#include "engine/expr/time_unit.hpp"

// Casts to DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ. Between TIMESTAMP and
// TIMESTAMP_LTZ lies the session's zone. Digits that the target lacks are
// cut, towards the past before 1970 too.

namespace herald {

namespace {

constexpr std::int64_t nanos_per_ms = 1'000'000;

/// `ticks` in another unit, then cut to the digits of `to`.
template <class Ticks>
std::optional<Ticks> change_unit(Ticks ticks, std::int64_t from,
                                 const data_type& to) {
  auto unit = to.ticks_per_second();
  Ticks result;
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

/// The moment of a timestamp in the zone that its type asks for.
moment local_moment(const column& x, std::int64_t row, zone& local) {
  auto result = moment_at(x, row);
  if (x.type.kind() == type_kind::timestamp_ltz)
    result = plus_seconds(result, local.offset_at(second_of(result)));
  return result;
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
  return static_cast<std::int32_t>(local_moment(x, row, local).days);
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
  const auto nanos = local_moment(x, row, local).nanos;
  return cut_time(nanos / nanos_per_ms, to.precision());
}

/// Computed in `Ticks`: of 128 bits if `x` or `to` has them.
template <class Ticks>
std::optional<Ticks> to_timestamp(const column& x, std::int64_t row,
                                  const data_type& to, zone& local) {
  auto at = static_cast<std::size_t>(row);
  auto wants_ltz = to.kind() == type_kind::timestamp_ltz;
  auto unit = to.ticks_per_second();
  std::optional<Ticks> ticks;
  if (x.type.is_text()) {
    if (const auto read = read_timestamp(x.text(row), unit))
      ticks = change_unit(static_cast<Ticks>(*read), unit, to);
  } else if (x.type.kind() == type_kind::date) {
    ticks
        = change_unit(Ticks{x.as<std::int32_t>()[at] * seconds_per_day}, 1, to);
  } else if (x.type.kind() == type_kind::time) {
    ticks = change_unit(Ticks{x.as<std::int32_t>()[at]}, 1000, to);
  } else {
    auto value = static_cast<Ticks>(ticks_at(x, row));
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

/// Ticks of a narrow type, if 64 bits hold them.
std::optional<std::int64_t> narrowed(const std::optional<int128>& ticks) {
  if (!ticks || *ticks != static_cast<std::int64_t>(*ticks))
    return std::nullopt;
  return static_cast<std::int64_t>(*ticks);
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
  if (has_wide_ticks(to))
    return cast_rows<int128>(x, to, rules, misfit::error,
                             [&](std::int64_t row) {
                               return to_timestamp<int128>(x, row, to, local);
                             });
  if (has_wide_ticks(x.type))
    return cast_rows<std::int64_t>(
        x, to, rules, misfit::error, [&](std::int64_t row) {
          return narrowed(to_timestamp<int128>(x, row, to, local));
        });
  return cast_rows<std::int64_t>(
      x, to, rules, misfit::error, [&](std::int64_t row) {
        return to_timestamp<std::int64_t>(x, row, to, local);
      });
}

} // namespace herald
