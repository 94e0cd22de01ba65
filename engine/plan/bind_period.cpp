#include "engine/plan/bind_expression.hpp"

#include <fmt/format.h>

// Periods, (start, end) or (start, length), and the difference of two times.
// Both become comparisons and calls that exist already.

namespace herald {

namespace {

using op = sql::operator_kind;

/// The ends of a period, in order.
struct period {
  expr_ptr from;
  expr_ptr to;
};

bool is_interval(const expr_ptr& x) {
  return x->type.kind() == type_kind::interval_day
         || x->type.kind() == type_kind::interval_month;
}

absl::StatusOr<period> make_period(expr_ptr a, expr_ptr b, text_position at) {
  if (is_interval(b)) {
    HERALD_ASSIGN(b, make_call("+", {a, b}, at));
  }
  HERALD_ASSIGN(const auto in_order, make_call("<=", {a, b}, at));
  HERALD_ASSIGN(auto from, make_call("CASE", {in_order, a, b}, at));
  HERALD_ASSIGN(auto to, make_call("CASE", {in_order, b, a}, at));
  return period{std::move(from), std::move(to)};
}

absl::StatusOr<expr_ptr> both(std::string_view first, expr_ptr a, expr_ptr b,
                              std::string_view second, expr_ptr c, expr_ptr d,
                              text_position at) {
  HERALD_ASSIGN(auto left, make_call(first, {std::move(a), std::move(b)}, at));
  HERALD_ASSIGN(auto right,
                make_call(second, {std::move(c), std::move(d)}, at));
  return make_call("AND", {std::move(left), std::move(right)}, at);
}

} // namespace

absl::StatusOr<expr_ptr> expression_binder::bind_period(const sql::operation& x,
                                                        text_position at) {
  std::vector<period> periods;
  for (const auto& side : x.args) {
    const auto* row = side->as<sql::operation>();
    const bool pair = row && row->op == op::row && row->args.size() == 2;
    if (!pair && (x.op != op::contains || periods.empty()))
      return user_error(side->where,
                        fmt::format("{} compares periods: (start, end) or "
                                    "(start, length)",
                                    sql::to_text(x.op)));
    std::vector<expr_ptr> ends;
    if (pair) {
      HERALD_ASSIGN(ends, bind_all(row->args));
    } else {
      HERALD_ASSIGN(auto instant, bind(*side));
      ends = {instant, instant};
    }
    HERALD_ASSIGN(auto bound, make_period(ends[0], ends[1], side->where));
    periods.push_back(std::move(bound));
  }
  const auto& [a, b] = std::tie(periods[0], periods[1]);
  switch (x.op) {
  case op::overlaps:
    return both(">=", a.to, b.from, ">=", b.to, a.from, at);
  case op::contains:
    return both("<=", a.from, b.from, ">=", a.to, b.to, at);
  case op::equals:
    return both("=", a.from, b.from, "=", a.to, b.to, at);
  case op::precedes:
    return make_call("<=", {a.to, b.from}, at);
  case op::succeeds:
    return make_call(">=", {a.from, b.to}, at);
  case op::immediately_precedes:
    return make_call("=", {a.to, b.from}, at);
  default:
    return make_call("=", {a.from, b.to}, at);
  }
}

absl::StatusOr<expr_ptr>
expression_binder::bind_difference(const sql::operation& x, text_position at) {
  HERALD_ASSIGN(auto args, bind_all(x.args));
  const auto unit = to_string(args[2]->literal);
  if (unit != "YEAR" && unit != "QUARTER" && unit != "MONTH")
    return make_call("-", {args[0], args[1]}, at);
  auto months = make_literal(
      {data_type::text(type_kind::character, 5).with_nullable(false),
       std::string("MONTH")},
      at);
  HERALD_ASSIGN(auto count,
                make_call("TIMESTAMPDIFF", {months, args[1], args[0]}, at));
  return make_call("INTERVAL", {std::move(count), std::move(months)}, at);
}

} // namespace herald
