#include "engine/plan/bind_subquery.hpp"

#include <fmt/format.h>

// Subqueries as joins and aggregations (Galindo-Legaria and Joshi, Orthogonal
// Optimization of Subqueries and Aggregation, SIGMOD 2001): an equality that
// ties a subquery to the query around it becomes a key of both.

namespace herald {

namespace {

expr_ptr true_literal() {
  return make_literal(
      {data_type::of(type_kind::boolean).with_nullable(false), true});
}

absl::StatusOr<expr_ptr> is_null(expr_ptr x) {
  return make_call("IS NULL", {std::move(x)});
}

absl::StatusOr<expr_ptr> is_not_null(expr_ptr x) {
  return make_call("IS NOT NULL", {std::move(x)});
}

absl::StatusOr<aggregate_call> call_of(std::string_view name, expr_ptr arg) {
  return make_aggregate(name, {std::move(arg)}, false, nullptr, true);
}

/// Groups by `keys`; gives the keys, then the results.
plan_ptr grouped(plan_ptr input, std::vector<int> keys,
                 std::vector<aggregate_call> calls) {
  group_aggregate_spec spec;
  spec.keys = std::move(keys);
  spec.calls = std::move(calls);
  // Without keys there is a result of no rows, too.
  if (spec.keys.empty())
    for (auto& call : spec.calls)
      call.type = call.type.with_nullable(call.name != "COUNT");
  return make_group_aggregate(std::move(input), std::move(spec));
}

struct attacher {
  plan_ptr plan;

  /// Equalities of `outer`, over the plan, and columns of `right`.
  absl::StatusOr<std::vector<expr_ptr>>
  equalities(const std::vector<bound_subquery::link>& pairs,
             const plan_ptr& right) const {
    std::vector<expr_ptr> result;
    for (const auto& [outer, column, null_safe] : pairs) {
      HERALD_ASSIGN(auto equal,
                    make_call(null_safe ? "IS NOT DISTINCT FROM" : "=",
                              {outer, inner(right, column)}, outer->where));
      result.push_back(std::move(equal));
    }
    return result;
  }

  /// A column of `right` once it is joined.
  expr_ptr inner(const plan_ptr& right, int column) const {
    const auto& x = right->columns[static_cast<std::size_t>(column)];
    return make_column(static_cast<int>(plan->columns.size()) + column, x.type,
                       x.name);
  }

  /// Joins `right`; gives the place of its first column.
  int join(join_type type, const plan_ptr& right,
           const std::vector<expr_ptr>& conditions) {
    join_spec spec;
    spec.type = type;
    if (!conditions.empty())
      spec.residual = conjunction(conditions);
    const auto first = static_cast<int>(plan->columns.size());
    plan = make_join(plan, right, std::move(spec));
    return first;
  }

  expr_ptr column(int index) const {
    return column_of(plan->columns, index);
  }
};

} // namespace

plan_ptr marked(const plan_ptr& input) {
  auto columns = columns_of(input->columns);
  auto names = names_of(input->columns);
  columns.push_back(true_literal());
  names.emplace_back("found");
  return make_project(input, std::move(columns), names);
}

/// The outer values of links, with their places where the links come first.
template <class Query>
static std::vector<bound_subquery::link> link_pairs(const Query& query) {
  std::vector<bound_subquery::link> result;
  for (const auto& x : query.links)
    result.push_back({x.outer, static_cast<int>(result.size()), x.null_safe});
  return result;
}

/// What an aggregate over it tells apart from no rows.
static expr_ptr one_if_any() {
  return make_literal({data_type::of(type_kind::integer).with_nullable(false),
                       std::int64_t{1}});
}

/// Whether there are rows and whether a value of theirs is NULL, for each
/// value of the links: the links, 1 or NULL, 1 or NULL. These change but
/// twice, where counts would change with every row.
template <class Query>
static absl::StatusOr<plan_ptr> null_flags(const Query& query) {
  const auto one = one_if_any();
  HERALD_ASSIGN(auto any, call_of("MAX", one));
  std::vector<expr_ptr> nulls;
  for (int i = 0; i < query.values; ++i) {
    HERALD_ASSIGN(auto null, is_null(column_of(query.plan->columns, i)));
    nulls.push_back(std::move(null));
  }
  auto condition = nulls[0];
  if (nulls.size() > 1) {
    HERALD_ASSIGN(condition, make_call("OR", nulls));
  }
  HERALD_ASSIGN(auto flag, make_call("CASE", {condition, one}));
  HERALD_ASSIGN(auto has_null, call_of("MAX", flag));
  return grouped(query.plan, link_columns(query), {any, has_null});
}

template <class Pending>
static bool has_nulls(const Pending& x) {
  bool result = false;
  for (std::size_t i = 0; i < x.values.size(); ++i)
    result |= x.values[i]->type.nullable()
              || x.query.plan->columns[i].type.nullable();
  return result;
}

static absl::StatusOr<expr_ptr> any_null(const std::vector<expr_ptr>& values) {
  std::vector<expr_ptr> nulls;
  for (const auto& value : values) {
    HERALD_ASSIGN(auto null, is_null(value));
    nulls.push_back(std::move(null));
  }
  if (nulls.size() == 1)
    return nulls[0];
  return make_call("OR", nulls);
}

absl::StatusOr<plan_ptr> query_binder::make_filtered(const pending_subquery& x,
                                                     bool negated,
                                                     plan_ptr plan) {
  const auto columns = plan->columns;
  attacher to{std::move(plan)};
  auto right = x.query.plan;
  const bool exists = x.kind == pending_subquery::kind_type::exists;
  if (exists && x.query.links.empty() && x.query.others.empty()) {
    // One row stands for all.
    HERALD_ASSIGN(auto any, call_of("MAX", one_if_any()));
    right = grouped(right, {}, {any});
    HERALD_ASSIGN(auto some, is_not_null(column_of(right->columns, 0)));
    right = make_filter(right, some);
  }
  std::vector<bound_subquery::link> wanted;
  for (std::size_t i = 0; i < x.values.size(); ++i)
    wanted.push_back({x.values[i], static_cast<int>(i)});
  const bool open = negated && !exists && has_nulls(x);
  // What may be NULL on either side is in the way unless it is unequal.
  const bool may_equal
      = open && (x.values.size() > 1 || !x.query.others.empty());
  HERALD_ASSIGN(auto conditions, to.equalities(wanted, right));
  for (auto& condition : conditions)
    if (may_equal) {
      HERALD_ASSIGN(condition, make_call("IS NOT FALSE", {condition}, x.where));
    }
  HERALD_ASSIGN(const auto ties, tie_conditions(x.query, to.plan));
  conditions.insert(conditions.end(), ties.begin(), ties.end());
  to.join(negated ? join_type::anti : join_type::semi, right, conditions);
  if (!open || may_equal)
    return to.plan;
  // x NOT IN (…) of no rows is TRUE; else a NULL on either side leaves it open.
  HERALD_ASSIGN(auto flags, null_flags(x.query));
  const auto links = static_cast<int>(x.query.links.size());
  HERALD_ASSIGN(auto same, to.equalities(link_pairs(x.query), flags));
  const int first = to.join(join_type::left, flags, same);
  HERALD_ASSIGN(auto empty, is_null(to.column(first + links)));
  HERALD_ASSIGN(auto no_null, is_null(to.column(first + links + 1)));
  HERALD_ASSIGN(auto known, is_not_null(x.values[0]));
  HERALD_ASSIGN(auto settled, make_call("AND", {known, no_null}));
  HERALD_ASSIGN(auto condition, make_call("OR", {empty, settled}));
  auto result = make_filter(to.plan, condition);
  std::vector<expr_ptr> kept;
  for (std::size_t i = 0; i < columns.size(); ++i)
    kept.push_back(column_of(result->columns, static_cast<int>(i)));
  return make_project(result, std::move(kept), names_of(columns));
}

namespace {

/// The value of a scalar subquery.
template <class Query>
absl::StatusOr<expr_ptr> attach_scalar(const Query& query, attacher& to) {
  auto value = column_of(query.plan->columns, 0);
  plan_ptr right;
  const auto links = static_cast<int>(query.links.size());
  if (query.single) {
    std::vector<expr_ptr> columns;
    std::vector<std::string> names;
    for (const auto& x : query.links) {
      columns.push_back(column_of(query.plan->columns, x.column));
      names.push_back(columns.back()->name);
    }
    columns.push_back(value);
    names.push_back(value->name);
    right = make_project(query.plan, std::move(columns), names);
  } else {
    HERALD_ASSIGN(auto only, call_of("SINGLE_VALUE", value));
    right = grouped(query.plan, link_columns(query), {only});
  }
  const bool has_empty = query.empty
                         && !(query.empty->kind == expr_kind::literal
                              && query.empty->literal.is_null());
  if (has_empty)
    right = marked(right);
  HERALD_ASSIGN(auto same, to.equalities(link_pairs(query), right));
  const int first = to.join(join_type::left, right, same);
  auto result = to.column(first + links);
  if (!has_empty)
    return result;
  HERALD_ASSIGN(auto found, is_not_null(to.column(first + links + 1)));
  return make_call("CASE", {found, result, query.empty});
}

/// TRUE or FALSE.
template <class Query>
absl::StatusOr<expr_ptr> attach_exists(const Query& query, attacher& to) {
  HERALD_ASSIGN(auto any, call_of("MAX", one_if_any()));
  const auto right = grouped(query.plan, link_columns(query), {any});
  HERALD_ASSIGN(auto same, to.equalities(link_pairs(query), right));
  const int first = to.join(join_type::left, right, same);
  return is_not_null(to.column(first + static_cast<int>(query.links.size())));
}

/// TRUE, FALSE or NULL.
template <class Pending>
absl::StatusOr<expr_ptr> attach_in(const Pending& x, attacher& to) {
  if (x.values.size() > 1 && has_nulls(x))
    return user_error(x.where,
                      "this IN compares several values that may be NULL, which "
                      "is only supported as a condition of WHERE",
                      "write EXISTS, or ask for IS NOT NULL");
  auto keys = link_columns(x.query);
  for (int i = 0; i < x.query.values; ++i)
    keys.push_back(i);
  const auto right = marked(grouped(x.query.plan, keys, {}));
  auto pairs = link_pairs(x.query);
  const auto links = static_cast<int>(pairs.size());
  for (int i = 0; i < x.query.values; ++i)
    pairs.push_back({x.values[static_cast<std::size_t>(i)], links + i});
  HERALD_ASSIGN(auto same, to.equalities(pairs, right));
  const int first = to.join(join_type::left, right, same);
  const int mark = first + static_cast<int>(right->columns.size()) - 1;
  HERALD_ASSIGN(auto found, is_not_null(to.column(mark)));
  if (!has_nulls(x))
    return found;
  HERALD_ASSIGN(auto flags, null_flags(x.query));
  HERALD_ASSIGN(auto tied, to.equalities(link_pairs(x.query), flags));
  const int second = to.join(join_type::left, flags, tied);
  HERALD_ASSIGN(auto empty, is_null(to.column(second + links)));
  HERALD_ASSIGN(auto has_null, is_not_null(to.column(second + links + 1)));
  HERALD_ASSIGN(auto unknown, any_null(x.values));
  HERALD_ASSIGN(auto open, make_call("OR", {unknown, has_null}));
  const auto boolean = data_type::of(type_kind::boolean);
  const auto no = make_literal({boolean.with_nullable(false), false});
  return make_call("CASE", {found, true_literal(), empty, no, open,
                            make_literal({boolean, {}}), no});
}

} // namespace

absl::StatusOr<std::vector<expr_ptr>>
query_binder::attach(const std::vector<pending_subquery>& list,
                     plan_ptr& plan) {
  attacher to{plan};
  std::vector<expr_ptr> result;
  for (auto x : list) {
    using kind = pending_subquery::kind_type;
    // The left side of IN may hold subqueries that came before.
    for (auto& tested : x.values)
      tested = with_subqueries(tested, result);
    expr_ptr value;
    if (x.kind == kind::scalar) {
      HERALD_ASSIGN(value, attach_scalar(x.query, to));
    } else if (x.kind == kind::exists) {
      HERALD_ASSIGN(value, attach_exists(x.query, to));
    } else {
      HERALD_ASSIGN(value, attach_in(x, to));
    }
    result.push_back(std::move(value));
  }
  plan = to.plan;
  return result;
}

} // namespace herald
