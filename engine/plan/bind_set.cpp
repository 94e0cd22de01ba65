#include "engine/expr/cast.hpp"
#include "engine/plan/make_grouped.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/query_item.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

std::string_view name_of(sql::set_operator x) {
  return x == sql::set_operator::union_      ? "UNION"
         : x == sql::set_operator::intersect ? "INTERSECT"
                                             : "EXCEPT";
}

/// `plan` with its columns cast to `types`; itself if nothing changes.
absl::StatusOr<plan_ptr> cast_columns(plan_ptr plan,
                                      const std::vector<data_type>& types,
                                      text_position where) {
  std::vector<expr_ptr> columns;
  bool changed = false;
  for (std::size_t i = 0; i < types.size(); ++i) {
    auto column = column_of(plan->columns, static_cast<int>(i));
    if (!column->type.same_kind(types[i])) {
      const auto type = types[i].with_nullable(column->type.nullable());
      HERALD_ASSIGN(column, make_cast(column, type, false, where));
      changed = true;
    }
    columns.push_back(std::move(column));
  }
  if (!changed)
    return plan;
  auto names = names_of(plan->columns);
  return make_project(std::move(plan), std::move(columns), names);
}

/// Rows of the first input, each once, that are (are not) in all others; NULL
/// equals NULL.
absl::StatusOr<plan_ptr> filter_sets(const std::vector<plan_ptr>& inputs,
                                     const sql_session& session, bool intersect,
                                     text_position where) {
  HERALD_ASSIGN(auto result, make_distinct(inputs[0], where, session));
  const auto count = static_cast<int>(result->columns.size());
  for (std::size_t i = 1; i < inputs.size(); ++i) {
    std::vector<expr_ptr> conditions;
    for (int column = 0; column < count; ++column) {
      auto mine = column_of(result->columns, column);
      const auto& other = inputs[i]->columns[static_cast<std::size_t>(column)];
      auto theirs = make_column(count + column, other.type, other.name);
      HERALD_ASSIGN(auto same,
                    make_call("IS NOT DISTINCT FROM",
                              {std::move(mine), std::move(theirs)}, where));
      conditions.push_back(std::move(same));
    }
    join_spec spec;
    spec.type = intersect ? join_type::semi : join_type::anti;
    spec.residual = conjunction(conditions);
    result = make_join(std::move(result), inputs[i], std::move(spec));
  }
  return result;
}

/// `plan` with two counts behind its columns, the same in every row.
plan_ptr with_counts(plan_ptr plan, std::int64_t left, std::int64_t right) {
  auto columns = columns_of(plan->columns);
  auto names = names_of(plan->columns);
  const auto type = data_type::of(type_kind::bigint).with_nullable(false);
  columns.push_back(make_literal({type, left}));
  columns.push_back(make_literal({type, right}));
  names.insert(names.end(), {"$left", "$right"});
  return make_project(std::move(plan), std::move(columns), names);
}

/// INTERSECT ALL, EXCEPT ALL: counts each row on both sides, and gives it as
/// often as the counts say.
absl::StatusOr<plan_ptr> count_sets(const plan_ptr& left, const plan_ptr& right,
                                    bool intersect, text_position where) {
  const auto count = static_cast<int>(left->columns.size());
  auto both = make_union({with_counts(left, 1, 0), with_counts(right, 0, 1)});
  group_aggregate_spec spec;
  for (int i = 0; i < count; ++i)
    spec.keys.push_back(i);
  for (int i = 0; i < 2; ++i) {
    HERALD_ASSIGN(auto sum,
                  make_aggregate("SUM", {column_of(both->columns, count + i)},
                                 false, nullptr, true, where));
    spec.calls.push_back(std::move(sum));
  }
  const auto sums = make_group_aggregate(std::move(both), std::move(spec));
  const auto mine = column_of(sums->columns, count);
  const auto theirs = column_of(sums->columns, count + 1);
  unnest_spec repeat;
  repeat.kind = unnest_spec::kind_type::repeat;
  for (int i = 0; i < count; ++i)
    repeat.columns.push_back(i);
  if (intersect) {
    HERALD_ASSIGN(auto fewer, make_call("<", {mine, theirs}, where));
    HERALD_ASSIGN(repeat.value,
                  make_call("CASE", {fewer, mine, theirs}, where));
  } else {
    HERALD_ASSIGN(repeat.value, make_call("-", {mine, theirs}, where));
  }
  auto result = make_unnest(sums, std::move(repeat), {});
  auto columns = columns_of(result->columns);
  return make_project(std::move(result), std::move(columns),
                      names_of(left->columns));
}

/// Points at the column `index` of a side that does not go with those before.
absl::Status unlike_columns(const sql::set_operation& x, std::size_t index,
                            const std::vector<plan_ptr>& inputs) {
  auto before = inputs[0]->columns[index].type;
  std::size_t side = 1;
  for (; side + 1 < inputs.size(); ++side) {
    const auto both = common_type({before, inputs[side]->columns[index].type});
    if (!both)
      break;
    before = *both;
  }
  const auto& column = inputs[side]->columns[index];
  const auto at = item_of(*x.inputs[side], index, column.name);
  const auto type = before.to_short_string();
  return user_error(
      at.where,
      fmt::format("column {} of {} has types that do not agree: {} and {}",
                  index + 1, name_of(x.op), type,
                  column.type.to_short_string()),
      can_cast(column.type, before) ? cast_hint(at.text, type) : "");
}

} // namespace

absl::StatusOr<plan_ptr> query_binder::bind_set(const sql::set_operation& x,
                                                text_position where) {
  const auto name = name_of(x.op);
  std::vector<plan_ptr> inputs;
  for (const auto& input : x.inputs) {
    HERALD_ASSIGN(auto plan, bind(*input));
    if (!inputs.empty() && plan->columns.size() != inputs[0]->columns.size())
      return user_error(input->where,
                        fmt::format("this side of {} has {} columns, the "
                                    "first has {}",
                                    name, plan->columns.size(),
                                    inputs[0]->columns.size()));
    inputs.push_back(std::move(plan));
  }
  std::vector<data_type> types;
  for (std::size_t i = 0; i < inputs[0]->columns.size(); ++i) {
    std::vector<data_type> sides;
    for (const auto& input : inputs)
      sides.push_back(input->columns[i].type);
    const auto common = common_type(sides);
    if (!common)
      return unlike_columns(x, i, inputs);
    types.push_back(*common);
  }
  for (auto& input : inputs) {
    HERALD_ASSIGN(input, cast_columns(input, types, where));
  }
  const bool intersect = x.op == sql::set_operator::intersect;
  if (x.op != sql::set_operator::union_ && !x.all)
    return filter_sets(inputs, session_, intersect, where);
  if (x.op != sql::set_operator::union_) {
    auto folded = inputs[0];
    for (std::size_t i = 1; i < inputs.size(); ++i) {
      HERALD_ASSIGN(folded, count_sets(folded, inputs[i], intersect, where));
    }
    return folded;
  }
  auto result = make_union(std::move(inputs));
  if (x.all)
    return result;
  return make_distinct(std::move(result), where, session_);
}

} // namespace herald
