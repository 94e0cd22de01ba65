#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/temporal.hpp"
#include "engine/expr/temporal_parts.hpp"

// FLOOR and CEIL of dates and times to a unit.

namespace herald {

namespace {

/// A DATE rounded to DAY or more as Flink does it: its year, month and day are
/// those of Java's calendar, and mean the Gregorian one in the result; a day
/// is always less than the next, and so is a DECADE, CENTURY or MILLENNIUM.
std::int64_t round_date(time_unit unit, bool up, std::int64_t days) {
  const auto date = hybrid_from_days(days);
  const auto same = days_from_civil(date.year, date.month, date.day);
  const auto year_of = [&](std::int64_t step, std::int64_t first) {
    const auto start = floor_div(date.year - first, step) * step + first;
    return days_from_civil(start + (up ? step : 0), 1, 1);
  };
  const auto months_of = [&](int step) {
    const auto start
        = days_from_civil(date.year, (date.month - 1) / step * step + 1, 1);
    return up && same != start ? add_months(start, step) : start;
  };
  switch (unit) {
  case time_unit::day:
    return same + (up ? 1 : 0);
  case time_unit::week: {
    const auto since_sunday = floor_mod(days + 4, 7);
    return same - since_sunday + (up && since_sunday > 0 ? 7 : 0);
  }
  case time_unit::month:
    return months_of(1);
  case time_unit::quarter:
    return months_of(3);
  case time_unit::year:
    return months_of(12);
  case time_unit::decade:
    return year_of(10, 0);
  case time_unit::century:
    return year_of(100, 1);
  case time_unit::millennium:
    return year_of(1000, 1);
  default: // a shorter unit
    return days;
  }
}

template <bool Up>
class round_to_unit final : public unit_function {
public:
  round_to_unit() : unit_function(1) {}

  bool can_fail(const expr& self) const override {
    return Up && self.type.kind() == type_kind::time;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    auto valid = intersect({args[0]}, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    const auto& x = *args[0].column;
    auto unit = unit_of(self);
    auto rounded = [unit](moment m) {
      if (unit > time_unit::millisecond) // as Flink: what is less is no more
        m.nanos -= m.nanos % nanos_per_ms;
      auto start = floor_to(unit, m);
      auto same = start.days == m.days && start.nanos == m.nanos;
      return Up && !same ? next_start(unit, start) : start;
    };
    buffer_ptr values;
    if (x.type.kind() == type_kind::date) {
      values = map_moments<std::int32_t>(x, rows, context, [=](moment m) {
        return round_date(unit, Up, m.days);
      });
    } else if (x.type.kind() == type_kind::time) {
      auto past_midnight = false;
      const auto* ms = x.as<std::int32_t>().data();
      values = detail::fill_values<std::int32_t>(rows, [&](std::int64_t row) {
        const moment m{0, ms[row] * nanos_per_ms};
        // A TIME has no days to round to, so it stays.
        const auto result = unit < time_unit::day ? rounded(m) : m;
        past_midnight = past_midnight || (result.days > 0 && valid.at(row));
        return result.nanos / nanos_per_ms;
      });
      if (past_midnight)
        return user_error(self.where, "24:00:00 is no TIME to round up to");
    } else {
      values = round_timestamps(x, rows, context, unit, rounded);
    }
    return vec{
        make_column_of(self.type, rows, std::move(values), std::move(valid))};
  }

private:
  template <class Rounded>
  static buffer_ptr round_timestamps(const column& x, std::int64_t rows,
                                     const eval_context& context,
                                     time_unit unit, Rounded f) {
    zone local(context.time_zone);
    const auto ltz = x.type.kind() == type_kind::timestamp_ltz;
    return with_ticks(x, [&](const auto* values, auto per_second) {
      using ticks = ticks_type<decltype(per_second)::value>;
      // Local time keeps its offset: a repeated hour stays the one it is.
      if (ltz && unit < time_unit::day)
        return detail::fill_values<ticks>(rows, [&](std::int64_t row) {
          const auto before = local.to_local(values[row], per_second);
          const auto result = f(moment_of(before, per_second));
          return values[row] + ticks_of<ticks>(result, per_second) - before;
        });
      return map_moments<ticks>(x, rows, context, [&](moment m) {
        const auto result = ticks_of<ticks>(f(m), per_second);
        return ltz ? local.to_utc(result, per_second) : result;
      });
    });
  }
};

} // namespace

void register_temporal_rounding(registry& to) {
  static const round_to_unit<false> down;
  static const round_to_unit<true> up;
  for (auto kind : {accept::datetime, accept::time}) {
    to.add("FLOOR", {param{kind}, params::word}, results::argument(0), &down);
    to.add("CEIL", {param{kind}, params::word}, results::argument(0), &up);
  }
}

} // namespace herald
