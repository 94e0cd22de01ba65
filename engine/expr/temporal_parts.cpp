#include "engine/expr/temporal_parts.hpp"

#include "engine/expr/temporal.hpp"
#include "engine/expr/themes.hpp"

#include <fmt/format.h>

// EXTRACT and its short forms, TIMESTAMPADD, TIMESTAMPDIFF. TIMESTAMP_LTZ is
// taken apart in the session's zone.

namespace herald {

namespace {

// -- EXTRACT ------------------------------------------------------------------

class extract_function final : public unit_function {
public:
  extract_function() : unit_function(0) {}

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    auto valid = intersect({args[1]}, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    const auto& x = *args[1].column;
    auto unit = unit_of(self);
    buffer_ptr values;
    if (x.type.kind() == type_kind::interval_month) {
      const auto* months = x.as<std::int32_t>().data();
      values = detail::fill_values<std::int64_t>(rows, [=](std::int64_t row) {
        return unit == time_unit::year      ? months[row] / 12
               : unit == time_unit::quarter ? months[row] % 12 / 3 + 1
                                            : months[row] % 12;
      });
    } else if (x.type.kind() == type_kind::interval_day) {
      const auto* ms = x.as<std::int64_t>().data();
      values = detail::fill_values<std::int64_t>(
          rows, [=](std::int64_t row) { return of_interval(unit, ms[row]); });
    } else if (x.type.kind() == type_kind::date && unit <= time_unit::minute) {
      // As in Flink, which takes the days for milliseconds here.
      const auto* days = x.as<std::int32_t>().data();
      values = detail::fill_values<std::int64_t>(
          rows, [=](std::int64_t row) { return of_interval(unit, days[row]); });
    } else {
      values = map_moments<std::int64_t>(
          x, rows, context, [unit](moment m) { return extract(unit, m); });
    }
    return vec{
        make_column_of(self.type, rows, std::move(values), std::move(valid))};
  }

private:
  static std::int64_t of_interval(time_unit unit, std::int64_t ms) {
    if (unit == time_unit::day)
      return ms / ms_per_day;
    if (unit == time_unit::epoch)
      return ms / 1000;
    auto sign = ms < 0 ? -1 : 1;
    return sign * extract(unit, {0, sign * (ms % ms_per_day) * nanos_per_ms});
  }
};

absl::StatusOr<expr_ptr> resolve_extract(call_site& site) {
  static const extract_function code;
  HERALD_ASSIGN(auto unit, time_unit_of(*site.args[0]));
  const auto& type = site.args[1]->type;
  if (type.kind() == type_kind::null)
    return make_cast(site.args[1], data_type::of(type_kind::bigint));
  if (!accepts(accept::datetime, type) && !accepts(accept::interval, type)
      && !accepts(accept::time, type))
    return type_error(site, "(unit, date or time)");
  if (!has_unit(type, unit))
    return user_error(site.where, "it has no " + to_string(*site.args[0]));
  return make_bound_call(
      "EXTRACT", site.args, &code,
      data_type::of(type_kind::bigint).with_nullable(type.nullable()),
      site.where);
}

/// YEAR(x) and the like.
template <time_unit Unit>
absl::StatusOr<expr_ptr> resolve_part(call_site& site) {
  constexpr std::string_view words[] = {
      "NANOSECOND", "MICROSECOND", "MILLISECOND", "SECOND",  "MINUTE", "HOUR",
      "DAY",        "WEEK",        "MONTH",       "QUARTER", "YEAR",   "DECADE",
      "CENTURY",    "MILLENNIUM",  "DOW",         "ISODOW",  "DOY"};
  auto word = std::string(words[static_cast<std::size_t>(Unit)]);
  auto length = static_cast<int>(word.size());
  auto unit = make_literal(
      {data_type::text(type_kind::character, length), std::move(word)});
  return make_call("EXTRACT", {unit, site.args[0]}, site.where);
}

// -- TIMESTAMPADD, TIMESTAMPDIFF ----------------------------------------------

struct unit_size {
  std::int64_t ms = 0;
  int months = 0;
};

std::optional<unit_size> size_of(time_unit unit) {
  switch (unit) {
  case time_unit::millisecond:
    return unit_size{1, 0};
  case time_unit::second:
    return unit_size{1'000, 0};
  case time_unit::minute:
    return unit_size{60'000, 0};
  case time_unit::hour:
    return unit_size{3'600'000, 0};
  case time_unit::day:
    return unit_size{ms_per_day, 0};
  case time_unit::week:
    return unit_size{7 * ms_per_day, 0};
  case time_unit::month:
    return unit_size{0, 1};
  case time_unit::quarter:
    return unit_size{0, 3};
  case time_unit::year:
    return unit_size{0, 12};
  default:
    return std::nullopt;
  }
}

absl::StatusOr<unit_size> sized_unit(const call_site& site) {
  HERALD_ASSIGN(auto unit, time_unit_of(*site.args[0]));
  if (auto size = size_of(unit))
    return *size;
  return user_error(site.where,
                    fmt::format("{} takes units from MILLISECOND to YEAR, "
                                "not {}",
                                site.name, to_string(*site.args[0])));
}

expr_ptr interval_literal(unit_size size) {
  if (size.months > 0)
    return make_literal(
        {data_type::of(type_kind::interval_month), std::int64_t{size.months}});
  return make_literal({data_type::of(type_kind::interval_day), size.ms});
}

absl::StatusOr<expr_ptr> resolve_add(call_site& site) {
  HERALD_ASSIGN(auto size, sized_unit(site));
  if (!accepts(accept::integer, site.args[1]->type))
    return type_error(site, "(unit, integer, date or time)");
  auto time = site.args[2];
  if (time->type.kind() == type_kind::null) {
    HERALD_ASSIGN(time, make_cast(time, data_type::timestamp(3)));
  }
  if (time->type.kind() == type_kind::date && size.months == 0
      && size.ms < ms_per_day) {
    HERALD_ASSIGN(time,
                  make_cast(time, data_type::timestamp(6), false, site.where));
  }
  HERALD_ASSIGN(
      auto length,
      make_call("*", {interval_literal(size), site.args[1]}, site.where));
  return make_call("+", {time, fold_constants(length)}, site.where);
}

/// Whole months from day `a` to day `b`.
std::int64_t months_of_days(std::int64_t a, std::int64_t b) {
  if (b < a)
    return -months_of_days(b, a);
  auto months = (b - a) / 31; // never too many
  while (add_months(a, months + 1) <= b)
    ++months;
  return months;
}

/// Whole months from `a` to `b` in milliseconds, as Calcite counts them: a
/// time of day that is not reached takes one off, whatever the sign.
std::int64_t months_between(std::int64_t a, std::int64_t b) {
  auto a_day = floor_div(a, ms_per_day);
  auto b_day = floor_div(b, ms_per_day);
  auto months = months_of_days(a_day, b_day);
  if (add_months(a_day, months) == b_day
      && floor_mod(b, ms_per_day) < floor_mod(a, ms_per_day))
    --months;
  return months;
}

template <std::int64_t Months>
const function* months_code() {
  return rows<std::int32_t(std::int64_t, std::int64_t)>(
      [](std::int64_t a, std::int64_t b) {
        return static_cast<std::int32_t>(months_between(a, b) / Months);
      });
}

/// Results are INT and wrap, as Flink's.
absl::StatusOr<expr_ptr> resolve_diff(call_site& site) {
  using int64 = std::int64_t;
  static const auto* of_months = months_code<1>();
  static const auto* of_quarters = months_code<3>();
  static const auto* of_years = months_code<12>();
  // Flink counts weeks in seconds that wrap.
  static const auto* of_weeks
      = rows<std::int32_t(int64, int64)>([](int64 a, int64 b) {
          return static_cast<std::int32_t>((b - a) / 1000) / 604'800;
        });
  static const auto* of_microseconds
      = rows<std::int32_t(int64, int64)>([](int64 a, int64 b) {
          return static_cast<std::int32_t>(static_cast<std::uint64_t>(b - a)
                                           * 1000);
        });
  static const auto* of_ms
      = rows<std::int32_t(int64, int64, int64)>([](int64 a, int64 b, int64 ms) {
          return static_cast<std::int32_t>((b - a) / ms);
        });
  HERALD_ASSIGN(const auto unit, time_unit_of(*site.args[0]));
  auto size = unit_size{};
  if (unit != time_unit::microsecond) {
    HERALD_ASSIGN(size, sized_unit(site));
  }
  auto nullable = false;
  const auto& from = site.args[1]->type;
  const auto& to = site.args[2]->type;
  const auto ltz = from.kind() == type_kind::timestamp_ltz
                   && to.kind() == type_kind::timestamp_ltz;
  const auto differs = [&](type_kind kind) {
    return (from.kind() == kind) != (to.kind() == kind);
  };
  const auto known
      = from.kind() != type_kind::null && to.kind() != type_kind::null;
  if (known && (differs(type_kind::timestamp_ltz) || differs(type_kind::time)))
    return user_error(site.where,
                      fmt::format("TIMESTAMPDIFF takes two times of one kind, "
                                  "not {} and {}",
                                  from.to_short_string(), to.to_short_string()),
                      "CAST one of them");
  std::vector<expr_ptr> args{site.args[1], site.args[2]};
  for (auto& arg : args) {
    auto null = arg->type.kind() == type_kind::null;
    if (!null && !accepts(accept::datetime, arg->type)
        && arg->type.kind() != type_kind::time)
      return type_error(site, "(unit, date or time, date or time)");
    nullable = nullable || arg->type.nullable();
    HERALD_ASSIGN(arg, make_cast(arg,
                                 ltz ? data_type::timestamp_ltz(3)
                                     : data_type::timestamp(3),
                                 false, site.where));
    arg = fold_constants(arg);
  }
  const auto* code = size.months == 1   ? of_months
                     : size.months == 3 ? of_quarters
                                        : of_years;
  if (unit == time_unit::microsecond) {
    code = of_microseconds;
  } else if (unit == time_unit::week) {
    code = of_weeks;
  } else if (size.months == 0) {
    code = of_ms;
    args.push_back(make_literal({data_type::of(type_kind::bigint), size.ms}));
  }
  return make_bound_call(
      "TIMESTAMPDIFF", std::move(args), code,
      data_type::of(type_kind::integer).with_nullable(nullable), site.where);
}

/// INTERVAL x DAY with an x that is no literal.
absl::StatusOr<expr_ptr> resolve_interval(call_site& site) {
  call_site unit_first{site.name, {site.args[1]}, site.where};
  HERALD_ASSIGN(auto size, sized_unit(unit_first));
  return make_call("*", {interval_literal(size), site.args[0]}, site.where);
}

} // namespace

void register_temporal_parts(registry& to) {
  using unit = time_unit;
  to.add_special("EXTRACT", 2, 2, resolve_extract);
  to.add_special("YEAR", 1, 1, resolve_part<unit::year>);
  to.add_special("QUARTER", 1, 1, resolve_part<unit::quarter>);
  to.add_special("MONTH", 1, 1, resolve_part<unit::month>);
  to.add_special("WEEK", 1, 1, resolve_part<unit::week>);
  to.add_special("DAYOFYEAR", 1, 1, resolve_part<unit::day_of_year>);
  to.add_special("DAYOFMONTH", 1, 1, resolve_part<unit::day>);
  to.add_special("DAY", 1, 1, resolve_part<unit::day>);
  to.add_special("DAYOFWEEK", 1, 1, resolve_part<unit::day_of_week>);
  to.add_special("HOUR", 1, 1, resolve_part<unit::hour>);
  to.add_special("MINUTE", 1, 1, resolve_part<unit::minute>);
  to.add_special("SECOND", 1, 1, resolve_part<unit::second>);
  register_temporal_rounding(to);
  to.add_special("TIMESTAMPADD", 3, 3, resolve_add);
  to.add_special("TIMESTAMPDIFF", 3, 3, resolve_diff);
  to.add_special("INTERVAL", 2, 2, resolve_interval);
}

} // namespace herald
