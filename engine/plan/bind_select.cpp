#include "engine/plan/bind_subquery.hpp"
#include "engine/plan/final_rows.hpp"
#include "engine/plan/make_grouped.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// The name of a column that has no alias: its own, else EXPR$n.
std::string label_of(const sql::select_item& item, std::size_t index) {
  if (item.alias)
    return item.alias->name;
  if (const auto* column = item.value->as<sql::column_name>())
    return column->parts.back().name;
  if (const auto* access = item.value->as<sql::field_access>())
    return access->field.name;
  return fmt::format("EXPR${}", index);
}

/// Adds what `*`, `t.*` or `row.*` stands for.
absl::Status expand_star(const sql::star& x, text_position where,
                         const scope& names, std::vector<expr_ptr>& items,
                         std::vector<std::string>& labels) {
  const auto tables = names.find(x.qualifier);
  if (x.qualifier.empty() && names.columns().empty())
    return user_error(where, "there is nothing that * could stand for");
  for (const auto& table : tables)
    for (int i = table.first; i < table.first + table.count; ++i) {
      if (x.qualifier.empty() && !names.shown(i))
        continue;
      items.push_back(at_position(column_of(names.columns(), i), where));
      labels.push_back(names.columns()[static_cast<std::size_t>(i)].name);
    }
  if (!tables.empty() || x.qualifier.empty())
    return absl::OkStatus();
  const auto resolved = names.resolve(x.qualifier);
  if (!resolved.ok() && x.qualifier.size() == 1)
    return user_error(where,
                      fmt::format("there is no table or column '{}' here",
                                  x.qualifier[0].name),
                      hint_of(resolved.status()));
  HERALD_ASSIGN(const auto found, resolved);
  auto row = at_position(column_of(names.columns(), found.column), where);
  for (auto i = found.next; i < x.qualifier.size(); ++i) {
    HERALD_ASSIGN(row, make_field(std::move(row), x.qualifier[i]));
  }
  if (row->type.kind() != type_kind::row)
    return user_error(where, fmt::format("'{}' is neither a table nor a ROW",
                                         sql::to_text(x.qualifier)));
  for (const auto& part : row->type.fields()) {
    HERALD_ASSIGN(auto value, make_field(row, {part.name, where}));
    items.push_back(std::move(value));
    labels.push_back(part.name);
  }
  return absl::OkStatus();
}

/// True if a subquery of WHERE became a join.
bool has_filter_join(const plan_node& plan) {
  const auto* join = plan.as<join_spec>();
  if (join && is_filter(join->type))
    return true;
  return (plan.as<filter_spec>() || plan.as<project_spec>())
         && has_filter_join(*plan.inputs[0]);
}

/// `status`; says more if it is about a name of the select list, which its
/// expressions do not see.
absl::Status about_alias(const absl::Status& status,
                         const sql::select_block& x) {
  for (const auto& item : x.items) {
    if (!item.alias)
      continue;
    const auto unknown
        = fmt::format("there is no column '{}' here", item.alias->name);
    if (message_of(status).find(unknown) != std::string_view::npos)
      return user_error(position_of(status), unknown,
                        fmt::format("it is a name of the select list: repeat "
                                    "the expression, or use a subquery"));
  }
  return status;
}

/// True if a condition over the plan may bound a rank in it.
bool ranks_rows(const plan_node& plan) {
  return plan.as<over_spec>()
         || std::any_of(plan.inputs.begin(), plan.inputs.end(),
                        [](const auto& x) { return ranks_rows(*x); });
}

} // namespace

absl::StatusOr<query_binder::bound_items> query_binder::bind_items(
    const sql::select_block& x, const scope& names, aggregate_list* aggregates,
    ordering& order, subquery_hook* subqueries, subquery_hook* in_aggregates) {
  bound_items result;
  auto& [items, labels, overs, qualify] = result;
  overs.windows = &x.windows;
  expression_binder binder(&session_, names, "the select list", aggregates,
                           &overs);
  binder.allow(subqueries, nullptr, in_aggregates);
  for (const auto& item : x.items) {
    if (const auto* all = item.value->as<sql::star>()) {
      HERALD_TRY(expand_star(*all, item.value->where, names, items, labels));
      continue;
    }
    labels.push_back(label_of(item, labels.size()));
    auto value = binder.bind(*item.value);
    if (!value.ok())
      return about_alias(value.status(), x);
    items.push_back(*std::move(value));
  }
  expression_binder order_binder(&session_, names, "ORDER BY", aggregates,
                                 &overs);
  order_binder.allow(subqueries, nullptr, in_aggregates);
  HERALD_TRY(bind_ordering(order_binder, x.distinct, items, labels, order));
  if (x.qualify) {
    expression_binder condition(&session_, names, "QUALIFY", aggregates,
                                &overs);
    condition.allow(subqueries, nullptr, in_aggregates);
    HERALD_ASSIGN(qualify, condition.bind_condition(*x.qualify));
  }
  return result;
}

sort_terms query_binder::terms_of(const plan_node& plan) const {
  const auto& options = session_.options();
  return {!options.streaming() && is_bounded(plan, session_),
          options.sort_memory_bytes(),
          {}};
}

void query_binder::place_subqueries(bound_items& x,
                                    const std::vector<expr_ptr>& values) {
  const auto place = [&](expr_ptr& value) {
    if (value)
      value = with_subqueries(value, values);
  };
  for (auto& item : x.items)
    place(item);
  place(x.qualify);
  for (auto& call : x.overs.calls) {
    for (auto& value : call.partition)
      place(value);
    for (auto& term : call.order)
      place(term.value);
    for (auto& arg : call.function.call.args)
      place(arg);
    place(call.function.call.filter);
  }
}

absl::StatusOr<plan_ptr> query_binder::finish_select(plan_ptr plan,
                                                     bound_items x) {
  if (!x.overs.calls.empty()) {
    auto terms = terms_of(*plan);
    terms.ttl_ms = hints_.from_ttl_ms;
    std::vector<int> places;
    HERALD_ASSIGN(plan, make_overs(std::move(plan), x.overs, terms, places));
    for (auto& item : x.items)
      item = place_overs(item, places, plan->columns);
    if (x.qualify)
      x.qualify = place_overs(x.qualify, places, plan->columns);
  }
  if (x.qualify) {
    HERALD_ASSIGN(plan, push_filters(make_filter(std::move(plan), x.qualify)));
  }
  return make_project(std::move(plan), std::move(x.items), x.labels);
}

absl::StatusOr<plan_ptr> query_binder::bind_select(const sql::select_block& x,
                                                   ordering& order,
                                                   text_position where) {
  auto* context = std::exchange(subquery_, nullptr);
  HERALD_ASSIGN(auto hints, check_hints(x));
  const auto outer = std::exchange(hints_, std::move(hints));
  source from{one_row(), {}};
  if (x.from) {
    HERALD_ASSIGN(from, bind_table(*x.from));
  }
  if (x.where) {
    if (auto status = bind_where(*x.where, from, context); !status.ok())
      return about_alias(status, x);
  }
  if (x.from
      && (x.from->as<sql::join_table>() || ranks_rows(*from.plan)
          || has_filter_join(*from.plan))) {
    // Whether a join keeps its time attributes depends on all conditions,
    // those of WHERE included; so does what a Top-N gives.
    HERALD_ASSIGN(from.plan, push_filters(from.plan));
    from.names.refine(from.plan->columns);
  }
  // Without GROUP BY, whether there are aggregates shows only when all is
  // bound.
  bool grouped = !x.group_by.empty() || x.having;
  aggregate_list aggregates;
  bound_items items;
  block_subqueries subqueries(*this, from.names, &from.plan);
  block_subqueries in_aggregates(*this, from.names, &from.plan);
  if (!grouped) {
    HERALD_ASSIGN(items, bind_items(x, from.names, &aggregates, order,
                                    &subqueries, &in_aggregates));
    grouped = !aggregates.calls.empty() || !aggregates.groupings.empty();
  }
  plan_ptr result;
  if (grouped) {
    HERALD_ASSIGN(result,
                  bind_grouped(x, std::move(from), order, where, context));
  } else {
    HERALD_ASSIGN(const auto values, attach(subqueries.list, from.plan));
    place_subqueries(items, values);
    if (context) {
      HERALD_TRY(tie(*context, items.items, items.labels));
      HERALD_TRY(tie_overs(*context, items, where));
    }
    HERALD_ASSIGN(result, finish_select(from.plan, std::move(items)));
  }
  const auto ttl_ms = std::exchange(hints_, outer).from_ttl_ms;
  if (!x.distinct)
    return result;
  return make_distinct(std::move(result), where, session_, ttl_ms);
}

} // namespace herald
