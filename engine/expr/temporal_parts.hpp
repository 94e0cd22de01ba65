#pragma once

#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/time_unit.hpp"
#include "engine/expr/zone.hpp"

// What functions that take times apart share; internal to them.

namespace herald {

constexpr std::int64_t nanos_per_ms = 1'000'000;

/// The values of `get(moment)` for every row of a date or time. NULL slots
/// are computed too, which is harmless.
template <class T, class Get>
buffer_ptr map_moments(const column& x, std::int64_t rows,
                       const eval_context& context, Get get) {
  auto kind = x.type.kind();
  if (kind == type_kind::date) {
    const auto* days = x.as<std::int32_t>().data();
    return detail::fill_values<T>(rows, [=](std::int64_t row) {
      return get(moment{days[row], 0});
    });
  }
  if (kind == type_kind::time) {
    const auto* ms = x.as<std::int32_t>().data();
    return detail::fill_values<T>(rows, [=](std::int64_t row) {
      return get(moment{0, ms[row] * nanos_per_ms});
    });
  }
  zone local(context.time_zone);
  auto ltz = kind == type_kind::timestamp_ltz;
  return with_ticks(x, [&](const auto* ticks, auto unit) {
    constexpr auto per_second = decltype(unit)::value;
    if (ltz)
      return detail::fill_values<T>(rows, [&](std::int64_t row) {
        return get(
            moment_of(local.to_local(ticks[row], per_second), per_second));
      });
    return detail::fill_values<T>(rows, [=](std::int64_t row) {
      return get(moment_of(ticks[row], per_second));
    });
  });
}

inline time_unit unit_of(const expr& self) {
  return *static_cast<const time_unit*>(self.prepared.get());
}

/// A function whose first argument names a unit.
class unit_function : public function {
public:
  explicit unit_function(std::size_t unit_at) : unit_at_(unit_at) {}

  std::shared_ptr<const void> prepare(const expr& self) const override {
    return std::make_shared<const time_unit>(
        time_unit_of(*self.args[unit_at_]).value_or(time_unit::day));
  }

  bool asks_context() const override {
    return true;
  }

private:
  std::size_t unit_at_;
};

/// Adds FLOOR and CEIL of times.
void register_temporal_rounding(registry& to);

} // namespace herald
