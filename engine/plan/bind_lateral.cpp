#include "engine/plan/bind_subquery.hpp"

#include <fmt/format.h>

// LATERAL (SELECT …) as a join: what ties the query to the tables before it
// becomes the join's condition, an equality also a key of the query's
// aggregation, Top-N and OVER (as subqueries in attach_subquery.cpp).

namespace herald {

namespace {

/// The first `count` columns.
plan_ptr with_columns(const plan_ptr& plan, int count) {
  auto columns = columns_of(plan->columns);
  auto names = names_of(plan->columns);
  columns.resize(static_cast<std::size_t>(count));
  names.resize(static_cast<std::size_t>(count));
  return make_project(plan, std::move(columns), names);
}

/// The values of `query` behind the `left` columns, or what they are where
/// nothing was found; the last column says if something was.
template <class Query>
absl::StatusOr<plan_ptr> with_empty(const plan_ptr& plan, int left,
                                    const Query& query) {
  auto columns = columns_of(plan->columns);
  HERALD_ASSIGN(const auto found, make_call("IS NOT NULL", {columns.back()}));
  for (int i = 0; i < query.values; ++i) {
    const auto& nothing = query.empty_row[static_cast<std::size_t>(i)];
    auto& value = columns[static_cast<std::size_t>(left + i)];
    if (nothing->kind != expr_kind::literal || !nothing->literal.is_null()) {
      HERALD_ASSIGN(value, make_call("CASE", {found, value, nothing}));
    }
  }
  return make_project(plan, std::move(columns), names_of(plan->columns));
}

} // namespace

absl::Status query_binder::tie_overs(const subquery_context& context,
                                     bound_items& x, text_position where) {
  if (x.overs.calls.empty())
    return absl::OkStatus();
  if (!context.result.others.empty())
    return user_error(where,
                      "a subquery with OVER is tied to the query around it by "
                      "more than equalities",
                      "only inner = outer is supported here");
  for (auto& call : x.overs.calls)
    for (const auto& link : context.result.links)
      call.partition.push_back(x.items[static_cast<std::size_t>(link.column)]);
  return absl::OkStatus();
}

absl::StatusOr<bound_subquery> query_binder::bind_tied(const sql::query& x,
                                                       const scope& outer) {
  const auto* block = std::get_if<sql::select_block>(&x.body);
  if (!block || !x.with.empty())
    return user_error(x.where, "LATERAL takes one SELECT, without WITH and "
                               "UNION");
  bound_subquery result;
  subquery_context context{outer, {}, result, nullptr};
  ordering order{&x.order_by, {}, 0};
  subquery_ = &context;
  auto bound = bind_select(*block, order, x.where);
  subquery_ = nullptr;
  HERALD_ASSIGN(result.plan, std::move(bound));
  result.values = static_cast<int>(order.columns);
  const bool narrowed = block->distinct || x.limit || x.offset;
  if (narrowed && !result.others.empty())
    return user_error(x.where,
                      "a LATERAL query with DISTINCT or LIMIT is tied to the "
                      "tables before it by more than equalities",
                      "only inner = outer is supported here");
  HERALD_ASSIGN(result.plan, first_of_each(std::move(result.plan), x, order,
                                           link_columns(result)));
  return result;
}

absl::StatusOr<query_binder::source>
query_binder::bind_lateral(const sql::join_table& x, text_position where) {
  if (x.kind == sql::join_kind::right || x.kind == sql::join_kind::full
      || x.natural || !x.using_columns.empty())
    return user_error(where, "LATERAL stands on the right of CROSS JOIN, JOIN "
                             "… ON or LEFT JOIN … ON");
  HERALD_ASSIGN(auto left, bind_table(*x.left));
  const auto& inside = *x.right->as<sql::derived_table>()->query;
  HERALD_ASSIGN(auto query, bind_tied(inside, left.names));
  HERALD_ASSIGN(const auto named,
                name_columns(with_columns(query.plan, query.values),
                             x.right->alias ? x.right->alias->name : "",
                             *x.right));
  auto names = left.names;
  HERALD_TRY(names.append(named.names, where));
  // An aggregation without GROUP BY has a row even where it finds nothing.
  const bool has_empty = query.single;
  const bool keeps_left = x.kind == sql::join_kind::left;
  if (has_empty && (!query.empty || (keeps_left && x.on && !is_true(*x.on))))
    return user_error(inside.where,
                      "an aggregation without GROUP BY has one row, whatever "
                      "is asked of it in HAVING, or in ON of a LEFT JOIN",
                      "ask in CASE, or in WHERE of the query around it");
  expr_ptr on;
  if (x.on) {
    expression_binder binder(&session_, names, "ON");
    HERALD_ASSIGN(on, binder.bind_condition(*x.on));
  }
  HERALD_ASSIGN(auto conditions, tie_conditions(query, left.plan));
  if (on && !has_empty)
    conditions.push_back(on);
  join_spec spec;
  spec.type = keeps_left || has_empty ? join_type::left : join_type::inner;
  spec.left_ttl_ms = hints_.ttl_of(*x.left);
  spec.right_ttl_ms = hints_.ttl_of(*x.right);
  if (!conditions.empty())
    spec.residual = conjunction(conditions);
  const auto count = static_cast<int>(left.plan->columns.size());
  const auto values = query.values;
  auto plan = make_join(left.plan, has_empty ? marked(query.plan) : query.plan,
                        std::move(spec));
  if (has_empty) {
    HERALD_ASSIGN(plan, with_empty(plan, count, query));
  }
  plan = with_columns(plan, count + values);
  names.refine(plan->columns);
  if (on && has_empty)
    plan = make_filter(std::move(plan), on);
  return source{std::move(plan), std::move(names)};
}

} // namespace herald
