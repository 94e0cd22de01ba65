#include "engine/columnar/ticks.hpp"
#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/temporal_text.hpp"
#include "engine/expr/text_read.hpp"
#include "engine/expr/zone.hpp"

#include <limits>

#include <fmt/format.h>

// TO_TIMESTAMP with a pattern, and TO_TIMESTAMP_LTZ.

namespace herald {

/// A text that does not fit the pattern may still be in standard form. Then
/// Java's Timestamp reads it: a day past its month runs on into the next, and
/// one that the change of calendars left out is ten days later.
std::optional<std::int64_t> to_timestamp(std::string_view x,
                                         std::string_view pattern) {
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::formatter);
  if (compiled.bad_letter() != 0)
    return std::nullopt;
  if (auto time = compiled.read(x))
    return ms_of(*time);
  auto ms = read_timestamp(trim_blanks(x), 1000, late_day::next_month);
  constexpr auto first = first_gregorian_day * ms_per_day;
  if (ms && *ms < first && *ms >= first - 10 * ms_per_day)
    *ms += 10 * ms_per_day;
  return ms;
}

namespace {

using text = std::string_view;
using int64 = std::int64_t;

/// Epoch numbers that TO_TIMESTAMP_LTZ takes: years 0000 … 9999.
constexpr int64 first_second = days_from_civil(0, 1, 1) * seconds_per_day;
constexpr int64 last_second = days_from_civil(10000, 1, 1) * seconds_per_day;

/// `x` units of which `Per` make a second, in ticks of which `Ticks` do.
template <int64 Per, int64 Ticks>
std::optional<ticks_type<Ticks>> from_epoch(int64 x) {
  auto seconds = floor_div(x, Per);
  if (seconds < first_second || seconds >= last_second)
    return std::nullopt;
  return Ticks >= Per ? ticks_type<Ticks>{x} * (Ticks / Per)
                      : floor_div(x, Per / Ticks);
}

/// The same by way of 64 bits of nanoseconds, as in Flink: to the year 2262.
template <int64 Per, int64 Ticks>
std::optional<ticks_type<Ticks>> from_epoch(double x) {
  constexpr int64 nanos_per_second = 1'000'000'000;
  constexpr double per = Per;
  if (!(x >= first_second * per && x < last_second * per))
    return std::nullopt;
  const auto nanos = x * (nanos_per_second / Per);
  constexpr auto most = std::numeric_limits<int64>::max();
  const auto whole = nanos >= static_cast<double>(most) ? most
                     : nanos <= -static_cast<double>(most)
                         ? -most
                         : static_cast<int64>(nanos);
  return ticks_type<Ticks>{floor_div(whole, nanos_per_second / Ticks)};
}

/// Of numbers in units of 10^-precision seconds.
template <class Number>
const function* epoch_code(int precision) {
  using maybe = std::optional<int64>;
  using wide = std::optional<int128>;
  using x = Number;
  static const function* codes[10] = {
      rows<maybe(x)>([](x n) { return from_epoch<1, 1'000>(n); }),
      rows<maybe(x)>([](x n) { return from_epoch<10, 1'000>(n); }),
      rows<maybe(x)>([](x n) { return from_epoch<100, 1'000>(n); }),
      rows<maybe(x)>([](x n) { return from_epoch<1'000, 1'000>(n); }),
      rows<maybe(x)>([](x n) { return from_epoch<10'000, 1'000'000>(n); }),
      rows<maybe(x)>([](x n) { return from_epoch<100'000, 1'000'000>(n); }),
      rows<maybe(x)>([](x n) { return from_epoch<1'000'000, 1'000'000>(n); }),
      rows<wide(x)>(
          [](x n) { return from_epoch<10'000'000, 1'000'000'000>(n); }),
      rows<wide(x)>(
          [](x n) { return from_epoch<100'000'000, 1'000'000'000>(n); }),
      rows<wide(x)>(
          [](x n) { return from_epoch<1'000'000'000, 1'000'000'000>(n); })};
  return codes[precision];
}

int64 ltz_of_text(text x, row_state& state) {
  auto ms = read_timestamp(x, 1000);
  if (!ms)
    state.fail(fmt::format("cannot read '{}' as TIMESTAMP_LTZ", x));
  return ms.value_or(0);
}

std::optional<int64> ltz_of_pattern(text x, text pattern, text name,
                                    row_state& state) {
  const auto ms = to_timestamp(x, pattern);
  zone local{std::string(name)};
  if (!local.is_known())
    state.fail(fmt::format("unknown time zone '{}'", name));
  if (!ms)
    return std::nullopt;
  return local.to_utc(*ms, 1000);
}

/// A literal pattern or zone that means nothing is refused at once.
absl::Status check_ltz_words(const call_site& site) {
  const auto word = [&](std::size_t index) {
    const auto is_known = index < site.args.size()
                          && site.args[index]->kind == expr_kind::literal
                          && !site.args[index]->literal.is_null();
    return is_known ? std::optional(to_string(site.args[index]->literal))
                    : std::nullopt;
  };
  if (const auto pattern = word(1)) {
    const auto& compiled
        = compiled_time_pattern(*pattern, pattern_dialect::formatter);
    if (compiled.bad_letter() != 0)
      return user_error(site.where,
                        fmt::format("'{}' in the pattern '{}' has no meaning",
                                    compiled.bad_letter(), *pattern));
  }
  const auto name = word(2);
  if (name && !zone(*name).is_known())
    return user_error(site.where, fmt::format("unknown time zone '{}'", *name));
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<expr_ptr> resolve_to_ltz(call_site& site) {
  static const auto* of_text = failing_rows<int64(text)>(ltz_of_text);
  static const auto* of_pattern
      = rows<std::optional<int64>(text, text)>(to_timestamp);
  static const auto* of_zone
      = failing_rows<std::optional<int64>(text, text, text)>(ltz_of_pattern);
  auto bind = [&](const function* code, int precision) {
    return make_bound_call("TO_TIMESTAMP_LTZ", site.args, code,
                           data_type::timestamp_ltz(precision), site.where);
  };
  auto& first = site.args[0];
  if (first->type.is_text()) {
    for (const auto& arg : site.args)
      if (!accepts(accept::text, arg->type))
        return type_error(site, "(text [, pattern [, zone]])");
    HERALD_TRY(check_ltz_words(site));
    return bind(site.args.size() == 1   ? of_text
                : site.args.size() == 2 ? of_pattern
                                        : of_zone,
                3);
  }
  auto precision = 3;
  if (site.args.size() == 2) {
    const auto* given = std::get_if<int64>(&site.args[1]->literal.value);
    if (given == nullptr || *given < 0 || *given > 9)
      return type_error(site, "a literal precision from 0 to 9");
    precision = static_cast<int>(*given);
    site.args.pop_back();
  }
  if (!accepts(accept::numeric, first->type) || site.args.size() > 1)
    return type_error(site, "(number [, precision])");
  const auto approximate = accepts(accept::approximate, first->type);
  HERALD_ASSIGN(first, make_cast(first,
                                 data_type::of(approximate ? type_kind::float64
                                                           : type_kind::bigint),
                                 false, site.where));
  first = fold_constants(first);
  return bind(approximate ? epoch_code<double>(precision)
                          : epoch_code<int64>(precision),
              std::max(3, precision));
}

} // namespace herald
