#include "engine/columnar/civil.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/zone.hpp"

// The current time and watermark: those of the batch, so all its rows agree.

namespace herald {

namespace {

template <class T>
vec filled(const expr& self, std::int64_t rows, std::int64_t x) {
  return {make_column_of(
      self.type, rows,
      detail::fill_values<T>(rows, [x](std::int64_t) { return x; }), {})};
}

enum class now_part : std::uint8_t { instant, timestamp, date, time, seconds };

class now_function final : public function {
public:
  explicit now_function(now_part part) : part_(part) {}

  bool deterministic() const override {
    return false;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>&,
                           std::int64_t rows,
                           const eval_context& context) const override {
    zone local(context.time_zone);
    auto now = local.to_local(context.now_ms, 1000);
    switch (part_) {
    case now_part::instant:
      return filled<std::int64_t>(self, rows, context.now_ms);
    case now_part::timestamp:
      return filled<std::int64_t>(self, rows, now);
    case now_part::date:
      return filled<std::int32_t>(self, rows, floor_div(now, ms_per_day));
    case now_part::time:
      return filled<std::int32_t>(self, rows,
                                  floor_mod(now, ms_per_day) / 1000 * 1000);
    case now_part::seconds:
      break;
    }
    return filled<std::int64_t>(self, rows, floor_div(context.now_ms, 1000));
  }

private:
  now_part part_;
};

class watermark_function final : public function {
public:
  bool deterministic() const override {
    return false;
  }

  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>&,
                           std::int64_t rows,
                           const eval_context& context) const override {
    if (!context.watermark_ms)
      return vec{null_column(self.type, rows)};
    return filled<std::int64_t>(self, rows, *context.watermark_ms);
  }
};

/// Of event times, whose column has the type: milliseconds, as watermarks.
std::optional<data_type> watermark_type(std::span<const data_type> types) {
  return types[0].with_precision(3);
}

} // namespace

void register_temporal_now(registry& to) {
  static const now_function instant(now_part::instant);
  static const now_function timestamp(now_part::timestamp);
  static const now_function date(now_part::date);
  static const now_function time(now_part::time);
  static const now_function seconds(now_part::seconds);
  auto ltz = results::fixed(data_type::timestamp_ltz(3));
  for (const auto* name :
       {"CURRENT_TIMESTAMP", "NOW", "PROCTIME", "CURRENT_ROW_TIMESTAMP"})
    to.add(name, {}, ltz, &instant);
  to.add("LOCALTIMESTAMP", {}, results::fixed(data_type::timestamp(3)),
         &timestamp);
  to.add("CURRENT_DATE", {}, results::of(type_kind::date), &date);
  for (const auto* name : {"CURRENT_TIME", "LOCALTIME"})
    to.add(name, {}, results::of(type_kind::time), &time);
  to.add("UNIX_TIMESTAMP", {}, results::of(type_kind::bigint), &seconds);
  static const watermark_function watermark;
  for (const auto kind : {accept::timestamp, accept::timestamp_ltz})
    to.add("CURRENT_WATERMARK", {param{kind}}, watermark_type, &watermark,
           nulls::always);
}

} // namespace herald
