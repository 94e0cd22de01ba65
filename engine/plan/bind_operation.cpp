#include "engine/plan/bind_expression.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

using op = sql::operator_kind;

/// The name of an operator that `make_call` knows, as to_text spells it; with
/// "NOT" where `negated` is said.
std::string call_name(const sql::operation& x) {
  const auto text = std::string(sql::to_text(x.op));
  if (!x.negated)
    return text;
  return text.rfind("IS ", 0) == 0 ? "IS NOT " + text.substr(3) : "NOT " + text;
}

bool is_interval(const data_type& x) {
  return x.kind() == type_kind::interval_day
         || x.kind() == type_kind::interval_month;
}

/// Refuses what Flink refuses, so that a statement means the same in both.
absl::Status check_times(op what, const data_type& a, const data_type& b,
                         text_position at) {
  const auto is_day = [](const data_type& x) {
    return x.kind() == type_kind::date || x.is_timestamp();
  };
  if (what == op::subtract && is_day(a) && is_day(b))
    return user_error(at, "the difference of two times needs a unit",
                      "write (a - b) DAY, or TIMESTAMPDIFF(DAY, b, a)");
  const auto& factor = is_interval(a) ? b : a;
  if (what == op::multiply && (is_interval(a) || is_interval(b))
      && factor.is_numeric() && !factor.is_integer())
    return user_error(at, "an interval is multiplied by whole numbers only",
                      "take a smaller unit, such as INTERVAL '1' MINUTE");
  return absl::OkStatus();
}

} // namespace

absl::StatusOr<expr_ptr> expression_binder::bind_node(const sql::operation& x,
                                                      text_position at) {
  if (x.quantifier != sql::comparison_quantifier::none
      || (x.op == op::in && x.args.size() == 2
          && x.args[1]->as<sql::subquery>()))
    return bind_in_query(x, at);
  HERALD_TRY(check_nulls(x));
  switch (x.op) {
  case op::exists:
    HERALD_TRY(check_subquery(at));
    return subqueries()->bind_exists(*x.args[0]->as<sql::subquery>()->query,
                                     at);
  case op::add:
  case op::subtract:
  case op::multiply:
  case op::divide:
  case op::modulo:
    return bind_chain(x, at);
  case op::minus:
  case op::plus:
    return bind_sign(x, at);
  case op::subscript: {
    HERALD_ASSIGN(auto args, bind_all(x.args));
    return make_call("ITEM", std::move(args), at);
  }
  case op::overlaps:
  case op::contains:
  case op::equals:
  case op::precedes:
  case op::succeeds:
  case op::immediately_precedes:
  case op::immediately_succeeds:
    return bind_period(x, at);
  case op::time_difference:
    return bind_difference(x, at);
  case op::multiset:
  case op::array_query:
  case op::map_query:
  case op::multiset_query:
  case op::match_final:
  case op::match_running:
    return user_error(
        at, fmt::format("{} is not supported here", sql::to_text(x.op)));
  default:
    break;
  }
  HERALD_ASSIGN(auto args, bind_all(x.args));
  return make_call(call_name(x), std::move(args), at);
}

absl::StatusOr<expr_ptr> expression_binder::bind_chain(const sql::operation& x,
                                                       text_position at) {
  HERALD_ASSIGN(auto args, bind_all(x.args));
  auto result = args[0];
  for (std::size_t i = 1; i < args.size(); ++i) {
    HERALD_TRY(check_times(x.op, result->type, args[i]->type, at));
    HERALD_ASSIGN(result, make_call(sql::to_text(x.op), {result, args[i]}, at));
  }
  return result;
}

absl::StatusOr<expr_ptr> expression_binder::bind_sign(const sql::operation& x,
                                                      text_position at) {
  // -9223372036854775808 is a BIGINT, 9223372036854775808 alone is not.
  const auto* number = x.args[0]->as<sql::literal>();
  if (x.op == op::minus && number
      && number->kind == sql::literal_kind::integer) {
    auto negative = *number;
    negative.text.insert(0, "-");
    return bind_literal(negative, at);
  }
  HERALD_ASSIGN(auto args, bind_all(x.args));
  // Numbers as written have no zero below 0.
  const auto* value = std::get_if<double>(&args[0]->literal.value);
  if (number && value && *value == 0)
    return args[0];
  HERALD_ASSIGN(auto result,
                make_call(sql::to_text(x.op), std::move(args), at));
  return fold_constants(result);
}

} // namespace herald
