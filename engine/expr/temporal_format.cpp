#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/temporal_text.hpp"
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

/// Whether `compiled` reads texts; else an error about the pattern.
bool can_read(const time_pattern& compiled, text pattern, row_state& state) {
  if (compiled.bad_letter() != 0)
    state.fail(fmt::format("'{}' in the pattern '{}' has no meaning",
                           compiled.bad_letter(), pattern));
  else if (compiled.unread_letter() != 0)
    state.fail(fmt::format("'{}' in the pattern '{}' is only for writing",
                           compiled.unread_letter(), pattern));
  return compiled.bad_letter() == 0 && compiled.unread_letter() == 0;
}

// -- DATE_FORMAT --------------------------------------------------------------

/// DATE_FORMAT(time, pattern).
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

/// Of a text, as Flink has it: SimpleDateFormat reads and writes it, in UTC.
std::optional<text> format_text(text x, text pattern, row_state& state) {
  static const time_pattern standard(standard_pattern, pattern_dialect::simple);
  auto time = standard.read(x);
  if (!time)
    return std::nullopt;
  time->offset = 0;
  time->zone_name = "UTC";
  return formatted(*time, pattern, pattern_dialect::simple, state);
}

// -- TO_DATE ------------------------------------------------------------------

std::optional<int32> to_date(text x, text pattern, row_state& state) {
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::simple);
  if (!can_read(compiled, pattern, state))
    return std::nullopt;
  auto time = compiled.read(x);
  return time ? std::optional(static_cast<int32>(time->days)) : std::nullopt;
}

// -- seconds since 1970 -------------------------------------------------------

int64 unix_timestamp(text x, text pattern, row_state& state) {
  const auto& compiled
      = compiled_time_pattern(pattern, pattern_dialect::simple);
  if (!can_read(compiled, pattern, state))
    return 0;
  auto time = compiled.read(x);
  if (!time) // as Flink: not NULL
    return std::numeric_limits<int64>::min();
  if (time->offset)
    return floor_div(ms_of(*time), 1000) - *time->offset;
  return session_zone(state.context).java_to_utc(floor_div(ms_of(*time), 1000));
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

/// The zone that java.util.TimeZone finds: offsets count from GMT, and what is
/// unknown is GMT too.
zone java_zone(text name) {
  const auto is_offset
      = [](text x) { return x.starts_with('+') || x.starts_with('-'); };
  if (is_offset(name) || (name.starts_with("UTC") && is_offset(name.substr(3))))
    name = "UTC";
  return zone(std::string(name));
}

std::optional<text> convert_tz(text x, text from, text to, row_state& state) {
  const auto& compiled
      = compiled_time_pattern(standard_pattern, pattern_dialect::simple);
  auto time = compiled.read(x);
  if (!time)
    return std::nullopt;
  const auto seconds = floor_div(ms_of(*time), 1000);
  const auto utc = java_zone(from).java_to_utc(seconds);
  const auto local = utc + java_zone(to).java_offset_at(utc);
  const auto parts = moment_of(local, 1);
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
  to.add_special("TO_TIMESTAMP_LTZ", 1, 3, resolve_to_ltz);
  register_unix(to);
}

} // namespace herald
