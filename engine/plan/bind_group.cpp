#include "engine/expr/registry.hpp"
#include "engine/plan/bind_subquery.hpp"
#include "engine/plan/make_grouped.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// Rewrites expressions over a grouped block's input (with aggregate call i
/// as column `inputs + i`) into ones over its result.
struct group_rewriter {
  const grouping_keys& grouping;
  const std::vector<grouping_call>& grouping_calls;
  const grouped_plan& grouped;
  int inputs = 0;

  absl::StatusOr<expr_ptr> rewrite(const expr_ptr& x) const {
    for (std::size_t i = 0; i < grouping.keys.size(); ++i)
      if (equal(*x, *grouping.keys[i]))
        return column(grouped.key_columns[i], *x);
    if (x->kind == expr_kind::literal)
      return x;
    if (x->kind == expr_kind::column) {
      if (x->column >= over_base)
        return x;
      if (x->column >= inputs + grouping_first)
        return grouping_value(grouping_calls[static_cast<std::size_t>(
                                  x->column - inputs - grouping_first)],
                              grouping, set_number());
      if (x->column >= inputs)
        return column(
            grouped.call_columns[static_cast<std::size_t>(x->column - inputs)],
            *x);
      return user_error(
          x->where,
          fmt::format("column '{}' is neither in GROUP BY nor inside an "
                      "aggregate",
                      x->name),
          counts_columns()
              ? std::string("GROUP BY does not count columns: write them out")
              : fmt::format("add it to GROUP BY, or take MAX({})", x->name));
    }
    std::vector<expr_ptr> args;
    bool changed = false;
    for (const auto& arg : x->args) {
      HERALD_ASSIGN(auto rewritten, rewrite(arg));
      changed |= rewritten != arg;
      args.push_back(std::move(rewritten));
    }
    if (!changed)
      return x;
    return make_bound_call(x->name, std::move(args), x->code, x->type,
                           x->where);
  }

  /// True if a number is a key, which other dialects read as a place.
  bool counts_columns() const {
    return std::any_of(
        grouping.keys.begin(), grouping.keys.end(), [](const auto& key) {
          return key->kind == expr_kind::literal && key->type.is_integer();
        });
  }

  expr_ptr set_number() const {
    return grouped.set_column < 0
               ? nullptr
               : column_of(grouped.plan->columns, grouped.set_column);
  }

  /// What ties subqueries to the block.
  template <class Pending>
  absl::Status rewrite_ties(std::vector<Pending>& list) const {
    for (auto& subquery : list) {
      for (auto& value : subquery.values) {
        HERALD_ASSIGN(value, rewrite(value));
      }
      for (auto& link : subquery.query.links) {
        HERALD_ASSIGN(link.outer, rewrite(link.outer));
      }
    }
    return absl::OkStatus();
  }

  /// All expressions of the calls of OVER.
  absl::Status rewrite(over_list& overs) const {
    const auto change = [this](expr_ptr& x) {
      auto rewritten = rewrite(x);
      if (rewritten.ok())
        x = *std::move(rewritten);
      return rewritten.status();
    };
    for (auto& call : overs.calls) {
      for (auto& x : call.partition)
        HERALD_TRY(change(x));
      for (auto& x : call.order)
        HERALD_TRY(change(x.value));
      for (auto& x : call.function.call.args)
        HERALD_TRY(change(x));
      if (call.function.call.filter)
        HERALD_TRY(change(call.function.call.filter));
    }
    return absl::OkStatus();
  }

  expr_ptr column(int index, const expr& from) const {
    return at_position(column_of(grouped.plan->columns, index), from.where);
  }
};

/// The keys, those of a session that are computed as its columns.
grouping_keys with_computed(grouping_keys keys,
                            const aggregate_list& aggregates) {
  if (aggregates.window)
    for (auto& key : keys.keys)
      for (const auto& [x, column] : aggregates.window->computed)
        if (equal(*key, *x)) {
          key = make_column(column, x->type, to_string(*x));
          break;
        }
  return keys;
}

/// What `item` of an aggregation without GROUP BY is for no rows; calls stand
/// as columns from `first_call` on.
expr_ptr value_of_nothing(const expr_ptr& item, int first_call,
                          const std::vector<aggregate_call>& calls) {
  return fold_constants(map_columns(item, [&](const expr& x) -> expr_ptr {
    const auto call = static_cast<std::size_t>(x.column - first_call);
    const bool counts = x.column >= first_call && call < calls.size()
                        && calls[call].name == "COUNT";
    return make_literal(
        {x.type.with_nullable(!counts),
         counts ? scalar::value_type(std::int64_t{0}) : scalar::value_type()});
  }));
}

/// Puts the values of subqueries in the arguments of an aggregate.
void place_in_call(aggregate_call& call, const std::vector<expr_ptr>& values) {
  for (auto& arg : call.args)
    arg = with_subqueries(arg, values);
  if (call.filter)
    call.filter = with_subqueries(call.filter, values);
}

} // namespace

absl::StatusOr<grouping_keys>
query_binder::bind_keys(const sql::select_block& x, source& from,
                        aggregate_list& aggregates) {
  block_subqueries subqueries(*this, from.names, &from.plan);
  HERALD_ASSIGN(auto keys, bind_grouping(x, session_, from.names,
                                         aggregates.window, &subqueries));
  if (!keys.sets.empty() && !subqueries.list.empty())
    return user_error(subqueries.list[0].where,
                      "a subquery cannot stand in grouping sets",
                      "compute it in a query in FROM");
  if (const auto left_out = columns_left_out(keys); !left_out.empty()) {
    from.names.make_nullable(left_out);
    HERALD_ASSIGN(keys, bind_grouping(x, session_, from.names,
                                      aggregates.window, nullptr));
  }
  const auto before = static_cast<std::ptrdiff_t>(from.plan->columns.size());
  HERALD_ASSIGN(const auto values, attach(subqueries.list, from.plan));
  from.names.add_hidden(
      {from.plan->columns.begin() + before, from.plan->columns.end()});
  for (auto& key : keys.keys)
    key = with_subqueries(key, values);
  for (const auto& [text, place] : keys.with_subqueries)
    aggregates.subquery_keys.emplace_back(text, keys.keys[place]);
  return keys;
}

/// The inner sides of the equalities that tie the block to the query around
/// it become keys.
absl::Status query_binder::tie_keys(subquery_context& context,
                                    grouping_keys& keys, text_position where) {
  std::vector<std::string> labels;
  const auto before = keys.keys.size();
  HERALD_TRY(tie(context, keys.keys, labels));
  const bool tied = keys.keys.size() > before || !context.result.links.empty();
  if (context.result.others.empty() && (!tied || keys.sets.empty()))
    return absl::OkStatus();
  return user_error(where,
                    "an aggregation in a subquery is tied to the query around "
                    "it by more than equalities",
                    "only inner = outer, and one grouping set, is supported "
                    "here");
}

absl::StatusOr<plan_ptr> query_binder::bind_grouped(const sql::select_block& x,
                                                    source from,
                                                    ordering& order,
                                                    text_position where,
                                                    subquery_context* context) {
  aggregate_list aggregates;
  HERALD_TRY(bind_group_window(x, from, aggregates));
  HERALD_ASSIGN(auto keys, bind_keys(x, from, aggregates));
  const auto own_keys = keys.keys.size();
  aggregates.grouped = own_keys > 0;
  if (context) {
    HERALD_TRY(tie_values(*context, from, keys, where));
    HERALD_TRY(tie_keys(*context, keys, where));
  }
  block_subqueries subqueries(*this, from.names, &from.plan);
  block_subqueries in_aggregates(*this, from.names, &from.plan);
  HERALD_ASSIGN(auto bound, bind_items(x, from.names, &aggregates, order,
                                       &subqueries, &in_aggregates));
  expr_ptr having;
  if (x.having) {
    expression_binder binder(&session_, from.names, "HAVING", &aggregates);
    binder.allow(&subqueries, nullptr, &in_aggregates);
    HERALD_ASSIGN(having, binder.bind_condition(*x.having));
  }
  const auto inputs = static_cast<int>(from.names.columns().size());
  if (context && own_keys == 0) {
    context->result.single = true;
    if (!having && !bound.qualify && subqueries.list.empty()) {
      for (const auto& item : bound.items)
        context->result.empty_row.push_back(
            value_of_nothing(item, inputs, aggregates.calls));
      context->result.empty = context->result.empty_row[0];
    }
  }
  HERALD_ASSIGN(const auto inputs_asked, attach(in_aggregates.list, from.plan));
  for (auto& call : aggregates.calls)
    place_in_call(call, inputs_asked);
  HERALD_ASSIGN(const auto grouped,
                make_grouped(from.plan, with_computed(keys, aggregates),
                             aggregates.calls, where, session_,
                             hints_.from_ttl_ms));
  const group_rewriter rewriter{keys, aggregates.groupings, grouped, inputs};
  auto plan = grouped.plan;
  HERALD_TRY(rewriter.rewrite_ties(subqueries.list));
  HERALD_ASSIGN(const auto values, attach(subqueries.list, plan));
  if (having) {
    HERALD_ASSIGN(having, rewriter.rewrite(having));
    plan = make_filter(plan, with_subqueries(having, values));
  }
  for (auto& item : bound.items) {
    HERALD_ASSIGN(item, rewriter.rewrite(item));
  }
  if (bound.qualify) {
    HERALD_ASSIGN(bound.qualify, rewriter.rewrite(bound.qualify));
  }
  HERALD_TRY(rewriter.rewrite(bound.overs));
  place_subqueries(bound, values);
  for (auto i = own_keys; context && i < keys.keys.size(); ++i) {
    context->result.links[i - own_keys].column
        = static_cast<int>(bound.items.size());
    bound.items.push_back(column_of(plan->columns, grouped.key_columns[i]));
    bound.labels.push_back(to_string(*keys.keys[i]));
  }
  if (context)
    HERALD_TRY(tie_overs(*context, bound, where));
  return finish_select(std::move(plan), std::move(bound));
}

} // namespace herald
