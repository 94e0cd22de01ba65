#include "engine/plan/bind_subquery.hpp"
#include "engine/plan/make_grouped.hpp"

// `x < ANY (…)`, `x >= ALL (…)`: compared with the extreme of the subquery,
// as SQL:2016 8.9 defines them, NULL included. What differs from one of many
// values differs from the least or the greatest. (`= ANY` is IN, `<> ALL` is
// NOT IN.)

namespace herald {

namespace {

using op = sql::operator_kind;

/// What holds where `x` does not.
op opposite(op x) {
  switch (x) {
  case op::less:
    return op::greater_or_equal;
  case op::less_or_equal:
    return op::greater;
  case op::greater:
    return op::less_or_equal;
  case op::greater_or_equal:
    return op::less;
  default:
    return op::not_equal;
  }
}

expr_ptr truth(std::optional<bool> value) {
  const auto type = data_type::of(type_kind::boolean);
  return value ? make_literal({type.with_nullable(false), *value})
               : make_literal({type, {}});
}

} // namespace

absl::StatusOr<expr_ptr>
expression_binder::bind_quantified(const sql::operation& x, text_position at) {
  // x < ALL of them is NOT x >= ANY of them.
  const bool all = x.quantifier == sql::comparison_quantifier::all;
  const auto what = all ? opposite(x.op) : x.op;
  HERALD_TRY(check_subquery(at));
  HERALD_ASSIGN(const auto value, bind(*x.args[0]));
  const auto& query = *x.args.back()->as<sql::subquery>()->query;
  const bool below = what == op::less || what == op::less_or_equal;
  HERALD_ASSIGN(const auto extreme,
                subqueries()->bind_aggregate(below ? "MAX" : "MIN", query, at));
  HERALD_ASSIGN(const auto nulls,
                subqueries()->bind_aggregate("COUNT NULL", query, at));
  HERALD_ASSIGN(auto holds,
                make_call(sql::to_text(what), {value, extreme}, at));
  if (what == op::not_equal) {
    HERALD_ASSIGN(const auto greatest,
                  subqueries()->bind_aggregate("MAX", query, at));
    HERALD_ASSIGN(auto also,
                  make_call(sql::to_text(what), {value, greatest}, at));
    HERALD_ASSIGN(holds, make_call("OR", {holds, also}));
  }
  const auto none
      = make_literal({nulls->type.with_nullable(false), std::int64_t{0}});
  HERALD_ASSIGN(auto open, make_call(">", {nulls, none}));
  HERALD_ASSIGN(const auto no_value, make_call("IS NULL", {value}));
  HERALD_ASSIGN(const auto found, make_call("IS NOT NULL", {extreme}));
  HERALD_ASSIGN(open, make_call("OR", {open, conjunction({no_value, found})}));
  HERALD_ASSIGN(auto result, make_call("CASE",
                                       {holds, truth(true), open,
                                        truth(std::nullopt), truth(false)},
                                       at));
  if (!all)
    return result;
  return make_call("NOT", {std::move(result)}, at);
}

absl::StatusOr<expr_ptr> query_binder::block_subqueries::bind_aggregate(
    std::string_view name, const sql::query& x, text_position at) {
  pending_subquery made{pending_subquery::kind_type::scalar, {}, {}, at};
  HERALD_ASSIGN(made.query, binder_.bind_subquery(x, names_, at));
  HERALD_TRY(check_width(made));
  auto& query = made.query;
  if (!query.links.empty() || !query.others.empty())
    return user_error(at,
                      "a subquery behind ANY or ALL is tied to the query "
                      "around it",
                      "write EXISTS");
  auto value = column_of(query.plan->columns, 0);
  const bool counts = name != "MAX" && name != "MIN";
  if (counts) {
    HERALD_ASSIGN(auto null, make_call("IS NULL", {value}));
    HERALD_ASSIGN(value, make_call("CASE", {null, truth(true)}));
  }
  HERALD_ASSIGN(auto call, make_aggregate(counts ? "COUNT" : name, {value},
                                          false, nullptr, false, at));
  const auto type = call.type;
  HERALD_ASSIGN(
      const auto grouped,
      make_grouped(query.plan, {}, {std::move(call)}, at, binder_.session_));
  query.plan = make_project(
      grouped.plan, {column_of(grouped.plan->columns, grouped.call_columns[0])},
      {"value"});
  query.values = 1;
  query.single = true;
  query.empty = counts ? make_literal({type, std::int64_t{0}})
                       : make_literal({type.with_nullable(true), {}});
  return add(std::move(made));
}

} // namespace herald
