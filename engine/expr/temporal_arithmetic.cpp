#include "engine/columnar/ticks.hpp"
#include "engine/expr/arithmetic.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/temporal.hpp"

// Sums of times and intervals, and multiples of intervals.

namespace herald {

std::int64_t add_months(std::int64_t days, std::int64_t months) {
  auto date = civil_from_days(days);
  auto total = date.year * 12 + date.month - 1 + months;
  auto year = floor_div(total, 12);
  auto month = static_cast<int>(floor_mod(total, 12)) + 1;
  auto day = std::min(date.day, days_in_month(year, month));
  return days_from_civil(year, month, day);
}

namespace {

bool is_interval(const data_type& x) {
  return x.kind() == type_kind::interval_day
         || x.kind() == type_kind::interval_month;
}

bool is_datetime(const data_type& x) {
  return x.kind() == type_kind::date || x.kind() == type_kind::time
         || x.is_timestamp();
}

std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a)
                                   + static_cast<std::uint64_t>(b));
}

std::int64_t wrapping_multiply(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a)
                                   * static_cast<std::uint64_t>(b));
}

/// Ticks of 128 bits do not wrap: a sum lies within a sum of 64 bits of ms.
int128 wrapping_add(int128 a, int128 b) {
  return a + b;
}

int128 wrapping_multiply(int128 a, int128 b) {
  return a * b;
}

// -- time ± interval ----------------------------------------------------------

template <int Sign, std::int64_t Unit>
const function* ticks_plus_ms() {
  using ticks = ticks_type<Unit>;
  return rows<ticks(ticks, std::int64_t)>([](ticks time, std::int64_t ms) {
    constexpr ticks per_ms = Sign * (Unit / 1000);
    return wrapping_add(time, wrapping_multiply(ticks{ms}, per_ms));
  });
}

template <int Sign, std::int64_t Unit>
const function* ticks_plus_months() {
  using ticks = ticks_type<Unit>;
  return rows<ticks(ticks, std::int32_t)>([](ticks time, std::int32_t months) {
    constexpr auto per_day = seconds_per_day * Unit;
    const auto day = static_cast<std::int64_t>(floor_div(time, per_day));
    const ticks days = add_months(day, Sign * std::int64_t{months});
    return wrapping_add(wrapping_multiply(days, ticks{per_day}),
                        floor_mod(time, per_day));
  });
}

template <int Sign>
const function* ticks_code(std::int64_t unit, bool months) {
  static const function* codes[2][3] = {
      {ticks_plus_ms<Sign, 1'000>(), ticks_plus_ms<Sign, 1'000'000>(),
       ticks_plus_ms<Sign, 1'000'000'000>()},
      {ticks_plus_months<Sign, 1'000>(), ticks_plus_months<Sign, 1'000'000>(),
       ticks_plus_months<Sign, 1'000'000'000>()}};
  return codes[months][unit == 1'000 ? 0 : unit == 1'000'000 ? 1 : 2];
}

template <int Sign>
const function* date_code(bool months) {
  using int32 = std::int32_t;
  static const auto* add_ms
      = rows<int32(int32, std::int64_t)>([](int32 days, std::int64_t ms) {
          return static_cast<int32>(
              wrapping_add(days, Sign * ms / ms_per_day)); // whole days
        });
  static const auto* with_months = rows<int32(int32, int32)>(
      [](int32 days, int32 count) {
        return static_cast<int32>(add_months(days, Sign * std::int64_t{count}));
      });
  return months ? with_months : add_ms;
}

template <int Sign>
const function* time_code() {
  static const auto* code = rows<std::int32_t(std::int32_t, std::int64_t)>(
      [](std::int32_t time, std::int64_t ms) {
        return static_cast<std::int32_t>(
            floor_mod(time + Sign * (ms % ms_per_day), ms_per_day));
      });
  return code;
}

/// A time of the day stays, whatever months pass.
const function* time_and_months() {
  static const auto* code = rows<std::int32_t(std::int32_t, std::int32_t)>(
      [](std::int32_t time, std::int32_t) { return time; });
  return code;
}

template <int Sign>
absl::StatusOr<expr_ptr> bind_sum(const call_site& site, expr_ptr time,
                                  expr_ptr interval) {
  auto type = time->type;
  auto months = interval->type.kind() == type_kind::interval_month;
  const function* code = nullptr;
  if (type.is_timestamp())
    code = ticks_code<Sign>(type.ticks_per_second(), months);
  else if (type.kind() == type_kind::date)
    code = date_code<Sign>(months);
  else
    code = months ? time_and_months() : time_code<Sign>();
  auto nullable = type.nullable() || interval->type.nullable();
  return make_bound_call(std::string(site.name),
                         {std::move(time), std::move(interval)}, code,
                         type.with_nullable(nullable), site.where);
}

// -- intervals ----------------------------------------------------------------

/// a ± b of one kind of interval.
absl::StatusOr<expr_ptr> bind_intervals(const call_site& site,
                                        arithmetic_op op) {
  const auto& a = site.args[0]->type;
  const auto& b = site.args[1]->type;
  if (a.kind() != b.kind())
    return type_error(site, "intervals of one kind");
  auto nullable = a.nullable() || b.nullable();
  return make_bound_call(std::string(site.name), site.args,
                         arithmetic_code(op, a.storage(), false),
                         a.with_nullable(nullable), site.where);
}

/// interval · number, number · interval, interval / number.
absl::StatusOr<expr_ptr> bind_multiple(call_site& site, arithmetic_op op) {
  if (op == arithmetic_op::multiply && !is_interval(site.args[0]->type))
    std::swap(site.args[0], site.args[1]);
  auto type = site.args[0]->type;
  auto& factor = site.args[1];
  if (!is_interval(type) || !factor->type.is_numeric())
    return type_error(site, "(interval, number)");
  auto nullable = type.nullable() || factor->type.nullable();
  // Whole factors stay exact; others go through DOUBLE.
  auto whole = factor->type.is_integer();
  auto number = whole ? data_type::of(type.kind() == type_kind::interval_month
                                          ? type_kind::integer
                                          : type_kind::bigint)
                      : data_type::of(type_kind::float64);
  HERALD_ASSIGN(factor, make_cast(factor, number, false, site.where));
  factor = fold_constants(factor);
  if (whole)
    return make_bound_call(std::string(site.name), site.args,
                           arithmetic_code(op, type.storage(), false),
                           type.with_nullable(nullable), site.where);
  static const auto* times
      = rows<std::int64_t(std::int64_t, double)>([](std::int64_t ms, double x) {
          return static_cast<std::int64_t>(static_cast<double>(ms) * x);
        });
  static const auto* over
      = rows<std::int64_t(std::int64_t, double)>([](std::int64_t ms, double x) {
          return static_cast<std::int64_t>(static_cast<double>(ms) / x);
        });
  static const auto* times_months = rows<std::int32_t(std::int32_t, double)>(
      [](std::int32_t months, double x) {
        return static_cast<std::int32_t>(months * x);
      });
  static const auto* over_months = rows<std::int32_t(std::int32_t, double)>(
      [](std::int32_t months, double x) {
        return static_cast<std::int32_t>(months / x);
      });
  auto months = type.kind() == type_kind::interval_month;
  const auto* code = op == arithmetic_op::multiply
                         ? (months ? times_months : times)
                         : (months ? over_months : over);
  return make_bound_call(std::string(site.name), site.args, code,
                         type.with_nullable(nullable), site.where);
}

/// The interval between two times, in milliseconds.
absl::StatusOr<expr_ptr> bind_difference(call_site& site) {
  auto nullable = false;
  auto ltz = false;
  for (const auto& arg : site.args)
    ltz = ltz || arg->type.kind() == type_kind::timestamp_ltz;
  for (auto& arg : site.args) {
    nullable = nullable || arg->type.nullable();
    HERALD_ASSIGN(arg, make_cast(arg,
                                 ltz ? data_type::timestamp_ltz(3)
                                     : data_type::timestamp(3),
                                 false, site.where));
    arg = fold_constants(arg);
  }
  return make_bound_call(
      std::string(site.name), site.args,
      arithmetic_code(arithmetic_op::subtract, storage_kind::i64, false),
      data_type::of(type_kind::interval_day).with_nullable(nullable),
      site.where);
}

} // namespace

absl::StatusOr<expr_ptr> bind_temporal(call_site& site, arithmetic_op op) {
  const auto& a = site.args[0]->type;
  const auto& b = site.args[1]->type;
  auto none = !is_datetime(a) && !is_datetime(b) && !is_interval(a)
              && !is_interval(b);
  if (none)
    return expr_ptr{};
  for (auto i : {0u, 1u}) {
    auto& arg = site.args[i];
    if (arg->type.kind() != type_kind::null)
      continue;
    auto other = site.args[1 - i]->type;
    HERALD_ASSIGN(arg, make_cast(arg,
                                 is_interval(other)
                                     ? other
                                     : data_type::of(type_kind::interval_day),
                                 false, site.where));
  }
  if (op == arithmetic_op::multiply || op == arithmetic_op::divide)
    return bind_multiple(site, op);
  if (op == arithmetic_op::remainder)
    return type_error(site, "exact numbers");
  if (is_interval(a) && is_interval(b))
    return bind_intervals(site, op);
  auto minus = op == arithmetic_op::subtract;
  if (is_datetime(a) && is_interval(b))
    return minus ? bind_sum<-1>(site, site.args[0], site.args[1])
                 : bind_sum<1>(site, site.args[0], site.args[1]);
  if (!minus && is_interval(a) && is_datetime(b))
    return bind_sum<1>(site, site.args[1], site.args[0]);
  auto on_time_line = [](const data_type& x) {
    return x.kind() == type_kind::date || x.is_timestamp();
  };
  auto differ = (on_time_line(a) && on_time_line(b))
                || (a.kind() == type_kind::time && b.kind() == a.kind());
  if (minus && differ)
    return bind_difference(site);
  return type_error(site, "a time and an interval");
}

} // namespace herald
