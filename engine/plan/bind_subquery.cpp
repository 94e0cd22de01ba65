#include "engine/plan/bind_subquery.hpp"

#include "engine/expr/registry.hpp"
#include "engine/plan/query_limits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

using op = sql::operator_kind;

/// What IN, = ANY and <> ALL ask of a subquery; nullopt: none of them.
std::optional<bool> negation_of_in(const sql::operation& x) {
  using quantifier = sql::comparison_quantifier;
  if (x.op == op::in && x.quantifier == quantifier::none)
    return x.negated;
  if (x.op == op::equal && x.quantifier == quantifier::any)
    return false;
  if (x.op == op::not_equal && x.quantifier == quantifier::all)
    return true;
  return std::nullopt;
}

/// True if `x` reads a column in [first, end).
bool reads(const expr& x, int first, int end) {
  std::vector<int> columns;
  collect_columns(x, columns);
  return std::any_of(columns.begin(), columns.end(), [&](int column) {
    return column >= first && column < end;
  });
}

expr_ptr without_outer_base(const expr_ptr& x) {
  return map_columns(x, [](const expr& column) {
    return column.column >= outer_column_base
               ? at_position(make_column(column.column - outer_column_base,
                                         column.type, column.name),
                             column.where)
               : nullptr;
  });
}

void flatten(const sql::expression& x,
             std::vector<const sql::expression*>& out) {
  const auto* operation = x.as<sql::operation>();
  if (!operation || operation->op != op::logical_and) {
    out.push_back(&x);
    return;
  }
  for (const auto& arg : operation->args)
    flatten(*arg, out);
}

} // namespace

bool reads_subquery(const expr& x) {
  return reads(x, subquery_base, outer_column_base);
}

bool reads_outer(const expr& x) {
  return reads(x, outer_column_base, 2 * outer_column_base);
}

std::optional<std::size_t> outer_side(const expr& x) {
  if (x.kind != expr_kind::call || x.name != "=" || x.args.size() != 2)
    return std::nullopt;
  const std::size_t outer = reads_outer(*x.args[0]) ? 0 : 1;
  if (reads(*x.args[outer], 0, outer_column_base)
      || reads_outer(*x.args[1 - outer]))
    return std::nullopt;
  return outer;
}

expr_ptr map_columns(const expr_ptr& x,
                     const std::function<expr_ptr(const expr&)>& change) {
  if (x->kind == expr_kind::column) {
    auto changed = change(*x);
    return changed ? changed : x;
  }
  std::vector<expr_ptr> args;
  bool same = true;
  for (const auto& arg : x->args) {
    args.push_back(map_columns(arg, change));
    same &= args.back() == arg;
  }
  return same ? x
              : make_bound_call(x->name, std::move(args), x->code, x->type,
                                x->where);
}

expr_ptr moved(const expr_ptr& x, int by) {
  return map_columns(x, [by](const expr& column) -> expr_ptr {
    if (column.column >= subquery_base)
      return nullptr;
    return at_position(
        make_column(column.column + by, column.type, column.name),
        column.where);
  });
}

expr_ptr with_subqueries(const expr_ptr& x,
                         const std::vector<expr_ptr>& values) {
  return map_columns(x, [&](const expr& column) {
    return column.column >= subquery_base
               ? values[static_cast<std::size_t>(column.column - subquery_base)]
               : nullptr;
  });
}

// -- in expressions -----------------------------------------------------------

absl::Status expression_binder::check_subquery(text_position at) const {
  if (!subqueries())
    return user_error(at,
                      fmt::format("a subquery cannot stand in {}",
                                  inside_aggregate_ ? "an aggregate" : clause_),
                      "write a join");
  return absl::OkStatus();
}

absl::StatusOr<expr_ptr> expression_binder::bind_node(const sql::subquery& x,
                                                      text_position at) {
  HERALD_TRY(check_subquery(at));
  return subqueries()->bind_scalar(*x.query, at);
}

absl::StatusOr<std::vector<expr_ptr>>
expression_binder::bind_row(const sql::expression& x) {
  const auto* row = x.as<sql::operation>();
  if (row && row->op == op::row)
    return bind_all(row->args);
  HERALD_ASSIGN(auto value, bind(x));
  return std::vector<expr_ptr>{std::move(value)};
}

absl::StatusOr<expr_ptr>
expression_binder::bind_in_query(const sql::operation& x, text_position at) {
  const auto negated = negation_of_in(x);
  const auto* query = x.args.back()->as<sql::subquery>();
  if (!query)
    return user_error(at, "ANY and ALL take a subquery", "or write IN (…)");
  if (!negated)
    return bind_quantified(x, at);
  HERALD_TRY(check_subquery(at));
  HERALD_ASSIGN(const auto values, bind_row(*x.args[0]));
  HERALD_ASSIGN(auto result, subqueries()->bind_in(values, *query->query, at));
  if (!*negated)
    return result;
  return make_call("NOT", {std::move(result)}, at);
}

// -- the block of a subquery --------------------------------------------------

absl::StatusOr<bound_subquery> query_binder::bind_subquery(const sql::query& x,
                                                           const scope& outer,
                                                           text_position where,
                                                           plan_ptr around) {
  if (++subqueries_bound_ > subqueries_max)
    return user_error(where, "the statement has too many subqueries",
                      fmt::format("at most {}, those inside others counted "
                                  "twice",
                                  subqueries_max));
  bound_subquery result;
  const auto* block = std::get_if<sql::select_block>(&x.body);
  const bool plain
      = block && x.with.empty() && x.order_by.empty() && !x.limit && !x.offset;
  if (plain) {
    subquery_context context{outer, {}, result, std::move(around)};
    ordering order{&x.order_by, {}, 0};
    subquery_ = &context;
    auto bound = bind_select(*block, order, x.where);
    subquery_ = nullptr;
    HERALD_ASSIGN(result.plan, std::move(bound));
  } else {
    HERALD_ASSIGN(result.plan, bind(x));
  }
  result.values = static_cast<int>(result.plan->columns.size());
  for (const auto& x_link : result.links)
    result.values = std::min(result.values, x_link.column);
  for (const auto& other : result.others)
    map_columns(other, [&](const expr& column) -> expr_ptr {
      if (column.column >= subquery_base)
        result.values = std::min(result.values, column.column - subquery_base);
      return nullptr;
    });
  return result;
}

absl::Status query_binder::tie(subquery_context& context,
                               std::vector<expr_ptr>& items,
                               std::vector<std::string>& labels) {
  const auto add = [&](const expr_ptr& x) {
    items.push_back(x);
    labels.push_back(to_string(*x));
    return static_cast<int>(items.size()) - 1;
  };
  for (const auto& x : context.conditions) {
    if (const auto outer = outer_side(*x)) {
      context.result.links.push_back(
          {without_outer_base(x->args[*outer]), add(x->args[1 - *outer])});
      continue;
    }
    context.result.others.push_back(
        without_outer_base(map_columns(x, [&](const expr& column) -> expr_ptr {
          if (column.column >= outer_column_base)
            return nullptr;
          auto inner = make_column(column.column, column.type, column.name);
          return make_column(subquery_base + add(inner), column.type,
                             column.name);
        })));
  }
  return absl::OkStatus();
}

// -- WHERE --------------------------------------------------------------------

absl::Status
query_binder::block_subqueries::check_width(const pending_subquery& x) {
  const bool scalar = x.kind == pending_subquery::kind_type::scalar;
  const auto wanted = scalar ? 1 : static_cast<int>(x.values.size());
  if (x.kind == pending_subquery::kind_type::exists || x.query.values == wanted)
    return absl::OkStatus();
  return user_error(x.where, fmt::format("this subquery gives {} columns, not "
                                         "{}",
                                         x.query.values, wanted));
}

absl::StatusOr<expr_ptr>
query_binder::block_subqueries::add(pending_subquery::kind_type kind,
                                    std::vector<expr_ptr> values,
                                    const sql::query& x, text_position at) {
  for (const auto& value : values)
    if (reads_outer(*value))
      return user_error(value->where,
                        "the left side of this IN is a column of the query "
                        "around",
                        "write EXISTS");
  pending_subquery made{kind, {}, std::move(values), at};
  HERALD_ASSIGN(made.query, binder_.bind_subquery(
                                x, names_, at, around_ ? *around_ : nullptr));
  HERALD_TRY(check_width(made));
  return add(std::move(made));
}

absl::StatusOr<expr_ptr>
query_binder::block_subqueries::add(pending_subquery made) {
  using kind_type = pending_subquery::kind_type;
  if (!made.query.others.empty())
    return user_error(made.where,
                      "this subquery is tied to the query around it by "
                      "more than equalities",
                      "that is supported for EXISTS and IN as conditions of "
                      "WHERE, joined by AND");
  // An aggregation without GROUP BY has a row even where it finds nothing.
  const bool is_value = made.query.single && made.query.empty;
  if (made.kind == kind_type::exists && is_value)
    return make_literal(
        {data_type::of(type_kind::boolean).with_nullable(false), true},
        made.where);
  const auto values = std::exchange(made.values, {});
  const bool compared
      = made.kind == kind_type::in && is_value && values.size() == 1;
  if (compared)
    made.kind = kind_type::scalar;
  else
    made.values = values;
  const auto type = made.kind == kind_type::scalar
                        ? made.query.plan->columns[0].type.with_nullable(true)
                        : data_type::of(type_kind::boolean);
  const auto at = made.where;
  list.push_back(std::move(made));
  auto result = at_position(
      make_column(subquery_base + static_cast<int>(list.size()) - 1, type,
                  "subquery"),
      at);
  if (!compared)
    return result;
  return make_call("=", {values[0], std::move(result)}, at);
}

absl::StatusOr<bool> query_binder::filter_by_subquery(const sql::expression& x,
                                                      source& from,
                                                      const scope* outer) {
  const auto* operation = x.as<sql::operation>();
  bool negated = false;
  if (operation && operation->op == op::logical_not) {
    operation = operation->args[0]->as<sql::operation>();
    negated = true;
  }
  if (!operation || operation->args.size() > 2)
    return false;
  const auto* query = operation->args.back()->as<sql::subquery>();
  const auto in = negation_of_in(*operation);
  if (!query || (operation->op != op::exists && !in))
    return false;
  pending_subquery made;
  made.where = x.where;
  if (in) {
    made.kind = pending_subquery::kind_type::in;
    negated ^= *in;
    block_subqueries inside(*this, from.names, &from.plan);
    expression_binder binder(&session_, from.names, "WHERE");
    binder.allow(&inside, outer);
    HERALD_ASSIGN(made.values, binder.bind_row(*operation->args[0]));
    if (!inside.list.empty())
      return false;
    for (const auto& value : made.values)
      if (reads_outer(*value))
        return false;
  } else {
    made.kind = pending_subquery::kind_type::exists;
  }
  HERALD_ASSIGN(made.query,
                bind_subquery(*query->query, from.names, x.where, from.plan));
  HERALD_TRY(block_subqueries::check_width(made));
  if (!made.query.empty) {
    HERALD_ASSIGN(from.plan, make_filtered(made, negated, from.plan));
    return true;
  }
  block_subqueries list(*this, from.names);
  HERALD_ASSIGN(auto condition, list.add(std::move(made)));
  if (negated) {
    HERALD_ASSIGN(condition, make_call("NOT", {std::move(condition)}, x.where));
  }
  HERALD_ASSIGN(from.plan, filter_attached(list.list, from.plan, condition));
  return true;
}

absl::StatusOr<plan_ptr>
query_binder::filter_attached(const std::vector<pending_subquery>& list,
                              plan_ptr plan, const expr_ptr& condition) {
  const auto columns = plan->columns;
  HERALD_ASSIGN(const auto values, attach(list, plan));
  plan = make_filter(plan, with_subqueries(condition, values));
  if (list.empty())
    return plan;
  std::vector<expr_ptr> kept;
  for (std::size_t i = 0; i < columns.size(); ++i)
    kept.push_back(column_of(plan->columns, static_cast<int>(i)));
  return make_project(plan, std::move(kept), names_of(columns));
}

absl::Status query_binder::bind_where(const sql::expression& x, source& from,
                                      subquery_context* context) {
  std::vector<const sql::expression*> parts;
  flatten(x, parts);
  const auto* outer = context ? &context->outer : nullptr;
  block_subqueries subqueries(*this, from.names, &from.plan);
  std::vector<expr_ptr> conditions;
  std::vector<expr_ptr> late; // over subqueries
  for (const auto* part : parts) {
    HERALD_ASSIGN(const bool done, filter_by_subquery(*part, from, outer));
    if (done)
      continue;
    expression_binder binder(&session_, from.names, "WHERE");
    binder.allow(&subqueries, outer);
    HERALD_ASSIGN(auto condition, binder.bind_condition(*part));
    const bool holds = reads_subquery(*condition);
    if (reads_outer(*condition) && holds)
      return user_error(part->where,
                        "this condition has a subquery and a column of the "
                        "query around it",
                        "split it at AND, or write a join");
    if (reads_outer(*condition))
      for (const auto& conjunct : conjuncts(condition))
        context->conditions.push_back(conjunct);
    else
      (holds ? late : conditions).push_back(std::move(condition));
  }
  if (!conditions.empty())
    from.plan = make_filter(from.plan, conjunction(conditions));
  if (late.empty())
    return absl::OkStatus();
  HERALD_ASSIGN(from.plan,
                filter_attached(subqueries.list, from.plan, conjunction(late)));
  return absl::OkStatus();
}

} // namespace herald
