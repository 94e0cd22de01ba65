#include "engine/plan/time_term.hpp"

namespace herald {

namespace {

std::optional<std::int64_t> interval_of(const expr& x) {
  if (x.kind != expr_kind::literal || x.type.kind() != type_kind::interval_day)
    return std::nullopt;
  const auto* value = std::get_if<std::int64_t>(&x.literal.value);
  return value ? std::optional(*value) : std::nullopt;
}

} // namespace

std::optional<time_term> time_term_of(const expr& x) {
  if (x.kind == expr_kind::column)
    return x.type.is_timestamp() && x.type.precision() <= 3
               ? std::optional(time_term{x.column, 0})
               : std::nullopt;
  if (x.kind != expr_kind::call || x.args.size() != 2
      || (x.name != "+" && x.name != "-"))
    return std::nullopt;
  auto base = time_term_of(*x.args[0]);
  auto shift = interval_of(*x.args[1]);
  if (!base && x.name == "+") {
    base = time_term_of(*x.args[1]);
    shift = interval_of(*x.args[0]);
  }
  if (!base || !shift)
    return std::nullopt;
  base->shift_ms += x.name == "+" ? *shift : -*shift;
  return base;
}

} // namespace herald
