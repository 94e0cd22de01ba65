#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

join_type type_of(sql::join_kind x) {
  switch (x) {
  case sql::join_kind::left:
    return join_type::left;
  case sql::join_kind::right:
    return join_type::right;
  case sql::join_kind::full:
    return join_type::full;
  case sql::join_kind::inner:
  case sql::join_kind::cross:
    break;
  }
  return join_type::inner;
}

/// The one column called so; `side` is for people.
absl::StatusOr<int> common_column(const sql::identifier& name,
                                  const scope& names, std::string_view side) {
  const auto found = names.shown(name.name);
  if (found.size() == 1)
    return found[0];
  return user_error(name.where,
                    fmt::format("the {} side of this join has {} column '{}'",
                                side, found.empty() ? "no" : "more than one",
                                name.name));
}

/// Names that both sides show, in the order of the left one.
std::vector<sql::identifier>
natural_columns(const scope& left, const scope& right, text_position where) {
  std::vector<sql::identifier> result;
  for (int i = 0; i < static_cast<int>(left.columns().size()); ++i) {
    const auto& name = left.columns()[static_cast<std::size_t>(i)].name;
    if (left.shown(i) && !right.shown(name).empty())
      result.push_back({name, where});
  }
  return result;
}

} // namespace

absl::StatusOr<query_binder::source>
query_binder::bind_join(const sql::join_table& x, text_position where) {
  if (unnests(*x.right))
    return bind_unnest_join(x, where);
  if (const auto* query = x.right->as<sql::derived_table>();
      query && query->lateral)
    return bind_lateral(x, where);
  HERALD_ASSIGN(auto left, bind_table(*x.left));
  if (const auto* named = x.right->as<sql::named_table>();
      named && named->as_of) {
    HERALD_ASSIGN(const auto time, bind_as_of(*named->as_of, left));
    if (time) {
      HERALD_TRY(refuse_broadcast(x));
      return bind_versions(x, std::move(left), *time, where);
    }
  }
  HERALD_ASSIGN(auto right, bind_right(x));
  if (x.natural || !x.using_columns.empty())
    return bind_using(x, std::move(left), std::move(right), where);
  HERALD_TRY(left.names.append(right.names, where));
  join_spec spec;
  spec.type = type_of(x.kind);
  spec.left_ttl_ms = hints_.ttl_of(*x.left);
  spec.right_ttl_ms = hints_.ttl_of(*x.right);
  HERALD_ASSIGN(auto joined,
                join_on(x, left.names, left.plan, right.plan, std::move(spec)));
  left.names.refine(joined->columns);
  return source{std::move(joined), std::move(left.names)};
}

/// The columns that both sides have stand once, before all others.
absl::StatusOr<query_binder::source>
query_binder::bind_using(const sql::join_table& x, source left, source right,
                         text_position where) {
  const auto names = x.natural ? natural_columns(left.names, right.names, where)
                               : x.using_columns;
  const auto left_count = static_cast<int>(left.plan->columns.size());
  join_spec spec;
  spec.type = type_of(x.kind);
  spec.left_ttl_ms = hints_.ttl_of(*x.left);
  spec.right_ttl_ms = hints_.ttl_of(*x.right);
  std::vector<std::pair<int, int>> places;
  std::vector<expr_ptr> conditions;
  for (const auto& name : names) {
    HERALD_ASSIGN(const int a, common_column(name, left.names, "left"));
    HERALD_ASSIGN(const int b, common_column(name, right.names, "right"));
    places.emplace_back(a, left_count + b);
    auto mine = column_of(left.plan->columns, a);
    const auto& other = right.plan->columns[static_cast<std::size_t>(b)];
    auto theirs = make_column(left_count + b, other.type, other.name);
    HERALD_ASSIGN(
        auto equal,
        make_call("=", {std::move(mine), std::move(theirs)}, name.where));
    conditions.push_back(std::move(equal));
  }
  if (!conditions.empty())
    spec.residual = conjunction(conditions);
  HERALD_ASSIGN(auto joined, join_sides(x, left.plan, right.plan, spec));
  std::vector<expr_ptr> columns;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto value = column_of(joined->columns, spec.type == join_type::right
                                                ? places[i].second
                                                : places[i].first);
    if (spec.type == join_type::full) {
      HERALD_ASSIGN(value, make_call("COALESCE",
                                     {value, column_of(joined->columns,
                                                       places[i].second)},
                                     names[i].where));
    }
    columns.push_back(std::move(value));
    labels.push_back(names[i].name);
  }
  const auto first = static_cast<int>(columns.size());
  for (auto& column : columns_of(joined->columns))
    columns.push_back(std::move(column));
  for (auto& name : names_of(joined->columns))
    labels.push_back(std::move(name));
  auto plan = make_project(std::move(joined), std::move(columns), labels);
  source result{plan, {}};
  HERALD_TRY(result.names.add(
      "", {plan->columns.begin(), plan->columns.begin() + first}, where));
  HERALD_TRY(result.names.append(left.names, where));
  HERALD_TRY(result.names.append(right.names, where));
  result.names.refine(plan->columns);
  for (const auto& [a, b] : places) {
    result.names.hide(first + a);
    result.names.hide(first + b);
  }
  return result;
}

} // namespace herald
