#include "engine/expr/hybrid_calendar.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/text_read.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/time_pattern.hpp"
#include "engine/expr/time_unit.hpp"
#include "engine/expr/zone.hpp"

#include <limits>

#include <fmt/format.h>

// Functions between times and texts, by patterns or the standard form.

namespace herald {

namespace {

using text = std::string_view;
using int64 = std::int64_t;
using int32 = std::int32_t;

constexpr int64 ms_per_day = seconds_per_day * 1000;
constexpr text standard_pattern = "yyyy-MM-dd HH:mm:ss";

/// The session's zone; a thread keeps the last one.
zone& session_zone(const eval_context& context) {
  thread_local std::string name = "UTC";
  thread_local zone last(name);
  if (name != context.time_zone) {
    name = context.time_zone;
    last = zone(name);
  }
  return last;
}

/// The text of `x`, or an error about the pattern.
text formatted(const local_time& x, text pattern, pattern_dialect dialect,
               row_state& state) {
  const auto& compiled = compiled_time_pattern(pattern, dialect);
  state.text.clear();
  if (compiled.bad_letter() != 0)
    state.fail(fmt::format("'{}' in the pattern '{}' has no meaning",
                           compiled.bad_letter(), pattern));
  else if (!compiled.format(state.text, x))
    state.fail(
        fmt::format("'{}' asks for a zone that the time lacks", pattern));
  return state.text;
}

// -- DATE_FORMAT --------------------------------------------------------------

/// DATE_FORMAT(time, pattern). A text is read as a TIMESTAMP first.
class date_format final : public function {
public:
  bool can_fail(const expr&) const override {
    return true;
  }

  bool asks_context() const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    auto valid = intersect(args, rows);
    if (valid.null_count == rows)
      return vec{null_column(self.type, rows)};
    row_state state{self, context, {}, {}};
    text_sink out(rows, nullptr);
    const auto& x = *args[0].column;
    auto ltz = x.type.kind() == type_kind::timestamp_ltz;
    auto& local = session_zone(context);
    for_each_bit(valid.bits.get(), rows, [&](std::int64_t row) {
      auto parts = moment_at(x, args[0].slot(row));
      local_time time;
      if (ltz) {
        time.offset = local.offset_at(second_of(parts));
        time.zone_name = context.time_zone;
        parts = plus_seconds(parts, *time.offset);
      }
      time.days = parts.days;
      time.nanos = parts.nanos;
      auto pattern = args[1].column->text(args[1].slot(row));
      out.set(row, formatted(time, pattern, pattern_dialect::formatter, state));
    });
    if (!state.error.ok())
      return state.error;
    return vec{out.finish(self.type, valid)};
  }
};

std::optional<text> format_text(text x, text pattern, row_state& state) {
  auto ms = x.size() < standard_pattern.size() ? std::nullopt
                                               : read_timestamp(x, 1000);
  if (!ms)
    return std::nullopt;
  auto parts = moment_of(*ms, 1000);
  return formatted({parts.days, parts.nanos}, pattern,
                   pattern_dialect::formatter, state);
}

// -- TO_TIMESTAMP, TO_DATE ----------------------------------------------------

int64 ms_of(const local_time& x) {
  return x.days * ms_per_day + x.nanos / 1'000'000;
}

/// A text that does not fit the pattern may still be in standard form; then a
/// day past its month runs on into the next, as in Flink.
std::optional<int64> to_timestamp(text x, text pattern) {
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::formatter);
  if (compiled.bad_letter() != 0)
    return std::nullopt;
  if (auto time = compiled.read(x))
    return ms_of(*time);
  return read_timestamp(trim_blanks(x), 1000, late_day::next_month);
}

std::optional<int32> to_date(text x, text pattern, row_state& state) {
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::simple);
  if (compiled.bad_letter() != 0) {
    state.fail(fmt::format("'{}' in the pattern '{}' has no meaning",
                           compiled.bad_letter(), pattern));
    return std::nullopt;
  }
  auto time = compiled.read(x);
  return time ? std::optional(static_cast<int32>(time->days)) : std::nullopt;
}

// -- TO_TIMESTAMP_LTZ ---------------------------------------------------------

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

/// Of numbers in units of 10^-precision seconds.
const function* epoch_code(int precision) {
  using maybe = std::optional<int64>;
  using wide = std::optional<int128>;
  static const function* codes[10]
      = {rows<maybe(int64)>(from_epoch<1, 1'000>),
         rows<maybe(int64)>(from_epoch<10, 1'000>),
         rows<maybe(int64)>(from_epoch<100, 1'000>),
         rows<maybe(int64)>(from_epoch<1'000, 1'000>),
         rows<maybe(int64)>(from_epoch<10'000, 1'000'000>),
         rows<maybe(int64)>(from_epoch<100'000, 1'000'000>),
         rows<maybe(int64)>(from_epoch<1'000'000, 1'000'000>),
         rows<wide(int64)>(from_epoch<10'000'000, 1'000'000'000>),
         rows<wide(int64)>(from_epoch<100'000'000, 1'000'000'000>),
         rows<wide(int64)>(from_epoch<1'000'000'000, 1'000'000'000>)};
  return codes[precision];
}

int64 ltz_of_text(text x, row_state& state) {
  auto ms = read_timestamp(x, 1000);
  if (!ms)
    state.fail(fmt::format("cannot read '{}' as TIMESTAMP_LTZ", x));
  return ms.value_or(0);
}

/// As TO_TIMESTAMP, but a text in standard form that does not fit the pattern
/// is read by Java's calendar, which was Julian before 1582.
std::optional<int64> instant_of(text x, text pattern) {
  auto ms = to_timestamp(x, pattern);
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::formatter);
  if (!ms || compiled.read(x))
    return ms;
  auto days = floor_div(*ms, ms_per_day);
  auto date = civil_from_days(days);
  auto meant = days_from_hybrid(date.year, date.month, date.day - 1);
  return *ms + (meant - days) * ms_per_day;
}

std::optional<int64> ltz_of_pattern(text x, text pattern, text name,
                                    row_state& state) {
  auto ms = instant_of(x, pattern);
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

/// TO_TIMESTAMP_LTZ(number [, precision]), (text [, pattern [, zone]]).
absl::StatusOr<expr_ptr> resolve_ltz(call_site& site) {
  static const auto* of_text = failing_rows<int64(text)>(ltz_of_text);
  static const auto* of_pattern
      = rows<std::optional<int64>(text, text)>(instant_of);
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
  if (accepts(accept::approximate, first->type)) {
    for (; precision < 3; ++precision) { // to the whole millisecond
      auto ten = make_literal(
          {data_type::of(type_kind::float64).with_nullable(false), 10.0});
      HERALD_ASSIGN(first, make_call("*", {first, ten}, site.where));
    }
    HERALD_ASSIGN(first, make_call("FLOOR", {first}, site.where));
  }
  HERALD_ASSIGN(first, make_cast(first, data_type::of(type_kind::bigint), false,
                                 site.where));
  first = fold_constants(first);
  return bind(epoch_code(precision), std::max(3, precision));
}

// -- seconds since 1970 -------------------------------------------------------

int64 unix_timestamp(text x, text pattern, row_state& state) {
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::simple);
  if (compiled.bad_letter() != 0) {
    state.fail(fmt::format("'{}' in the pattern '{}' has no meaning",
                           compiled.bad_letter(), pattern));
    return 0;
  }
  auto time = compiled.read(x);
  if (!time) // as Flink: not NULL
    return std::numeric_limits<int64>::min();
  if (time->offset)
    return floor_div(ms_of(*time), 1000) - *time->offset;
  auto utc = session_zone(state.context)
                 .to_utc(ms_of(*time), 1000, repeated_hour::second);
  return floor_div(utc, 1000);
}

text from_unixtime(int64 x, text pattern, row_state& state) {
  // Flink goes through milliseconds, which wrap.
  auto ms = static_cast<int64>(static_cast<std::uint64_t>(x) * 1000);
  auto seconds = floor_div(ms, 1000);
  auto offset = session_zone(state.context).java_offset_at(seconds);
  auto parts = moment_of(seconds + offset, 1);
  return formatted({parts.days, parts.nanos, offset, state.context.time_zone},
                   pattern, pattern_dialect::simple, state);
}

std::optional<text> convert_tz(text x, text from, text to, row_state& state) {
  const auto& compiled
      = compiled_time_pattern(standard_pattern, pattern_dialect::simple);
  auto time = compiled.read(x);
  if (!time)
    return std::nullopt;
  auto utc = zone(std::string(from))
                 .to_utc(ms_of(*time), 1000, repeated_hour::second);
  auto local = zone(std::string(to)).to_local(utc, 1000);
  auto parts = moment_of(local, 1000);
  state.text.clear();
  compiled.format(state.text, {parts.days, parts.nanos});
  return state.text;
}

/// A function of the session's zone: folded only once that is known.
template <class Signature, class F>
class zoned_rows final : public function {
public:
  explicit zoned_rows(F f)
      : inner_(std::make_unique<row_function<Signature, F>>(f, true)) {}

  bool can_fail(const expr&) const override {
    return true;
  }

  bool asks_context() const override {
    return true;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t rows,
                           const eval_context& context) const override {
    return inner_->call(self, args, rows, context);
  }

private:
  std::unique_ptr<function> inner_;
};

template <class Signature, class F>
const function* zoned(F f) {
  return keep(std::make_unique<zoned_rows<Signature, F>>(f));
}

void register_unix(registry& to) {
  using namespace params;
  auto long_type = results::of(type_kind::bigint);
  to.add("UNIX_TIMESTAMP", {string}, long_type,
         zoned<int64(text)>([](text x, row_state& state) {
           return unix_timestamp(x, standard_pattern, state);
         }));
  to.add("UNIX_TIMESTAMP", {string, string}, long_type,
         zoned<int64(text, text)>(unix_timestamp));
  to.add("FROM_UNIXTIME", {bigint}, results::string(),
         zoned<text(int64)>([](int64 seconds, row_state& state) {
           return from_unixtime(seconds, standard_pattern, state);
         }),
         nulls::always);
  to.add("FROM_UNIXTIME", {bigint, string}, results::string(),
         zoned<text(int64, text)>(from_unixtime), nulls::always);
  to.add("CONVERT_TZ", {string, string, string}, results::string(),
         rows<std::optional<text>(text, text, text)>(convert_tz),
         nulls::always);
}

} // namespace

void register_temporal_format(registry& to) {
  using namespace params;
  static const date_format format;
  to.add(
      "DATE_FORMAT", {param{accept::datetime, convert::none}, string},
      [](auto types) {
        return types[0].is_timestamp() ? results::string()(types)
                                       : std::nullopt;
      },
      &format, nulls::always);
  to.add("DATE_FORMAT", {string, string}, results::string(),
         failing_rows<std::optional<text>(text, text)>(format_text),
         nulls::always);
  auto timestamp3 = results::fixed(data_type::timestamp(3));
  to.add("TO_TIMESTAMP", {string}, timestamp3,
         rows<std::optional<int64>(text)>([](text x) -> std::optional<int64> {
           return read_timestamp(x == trim_blanks(x) ? x : text(), 1000);
         }),
         nulls::always);
  to.add("TO_TIMESTAMP", {string, string}, timestamp3,
         rows<std::optional<int64>(text, text)>(to_timestamp), nulls::always);
  auto date_type = results::of(type_kind::date);
  to.add("TO_DATE", {string}, date_type,
         rows<std::optional<int32>(text)>(read_date), nulls::always);
  to.add("TO_DATE", {string, string}, date_type,
         failing_rows<std::optional<int32>(text, text)>(to_date),
         nulls::always);
  to.add_special("TO_TIMESTAMP_LTZ", 1, 3, resolve_ltz);
  register_unix(to);
}

} // namespace herald
