#include "engine/plan/bind_subquery.hpp"

#include <algorithm>

// Subqueries in ON. Of an inner join they are conditions on its result. An
// outer join must ask before it joins, for a row that meets nothing stays: so
// each subquery is joined to the side that it is tied to.

namespace herald {

namespace {

constexpr int no_side = -1;
constexpr int both_sides = 2;

bool is_inner(sql::join_kind x) {
  return x == sql::join_kind::inner || x == sql::join_kind::cross;
}

/// What a subquery reads of the join: 0 for its left side, 1 for the right.
/// `sides` are those of the subqueries before it.
template <class Pending>
int side_of(const Pending& x, int left_count, const std::vector<int>& sides) {
  std::vector<int> columns;
  for (const auto& value : x.values)
    collect_columns(*value, columns);
  for (const auto& link : x.query.links)
    collect_columns(*link.outer, columns);
  int result = no_side;
  for (const int column : columns) {
    const int side
        = column >= subquery_base
              ? sides[static_cast<std::size_t>(column - subquery_base)]
              : (column < left_count ? 0 : 1);
    if (result != no_side && side != no_side && side != result)
      return both_sides;
    result = side == no_side ? result : side;
  }
  return result;
}

/// Puts the subqueries on the left of `list[at]`, an IN, that read neither side
/// where it stands.
template <class Pending>
void place_inner(const std::vector<Pending>& list, std::size_t at,
                 std::vector<int>& sides) {
  std::vector<int> columns;
  for (const auto& value : list[at].values)
    collect_columns(*value, columns);
  for (const int column : columns) {
    const auto inner = static_cast<std::size_t>(column - subquery_base);
    if (column < subquery_base || sides[inner] != no_side)
      continue;
    sides[inner] = sides[at];
    place_inner(list, inner, sides);
  }
}

} // namespace

absl::StatusOr<plan_ptr> query_binder::join_on(const sql::join_table& x,
                                               const scope& names,
                                               plan_ptr left, plan_ptr right,
                                               join_spec spec) {
  if (!x.on)
    return join_sides(x, std::move(left), std::move(right), std::move(spec));
  block_subqueries subqueries(*this, names);
  expression_binder binder(&session_, names, "ON");
  binder.allow(&subqueries, nullptr);
  HERALD_ASSIGN(auto condition, binder.bind_condition(*x.on));
  if (subqueries.list.empty()) {
    spec.residual = std::move(condition);
    return join_sides(x, std::move(left), std::move(right), std::move(spec));
  }
  if (!is_inner(x.kind))
    return join_asked(x, std::move(subqueries.list), std::move(left),
                      std::move(right), std::move(spec), condition);
  std::vector<expr_ptr> plain;
  std::vector<expr_ptr> late;
  for (const auto& part : conjuncts(condition))
    (reads_subquery(*part) ? late : plain).push_back(part);
  if (!plain.empty())
    spec.residual = conjunction(plain);
  HERALD_ASSIGN(auto joined, join_sides(x, std::move(left), std::move(right),
                                        std::move(spec)));
  return filter_attached(subqueries.list, std::move(joined), conjunction(late));
}

absl::StatusOr<plan_ptr> query_binder::join_asked(
    const sql::join_table& x, std::vector<pending_subquery> list, plan_ptr left,
    plan_ptr right, join_spec spec, const expr_ptr& condition) {
  const auto left_count = static_cast<int>(left->columns.size());
  const auto right_count = static_cast<int>(right->columns.size());
  const auto* table = x.right->as<sql::named_table>();
  std::vector<int> sides;
  for (const auto& one : list) {
    sides.push_back(side_of(one, left_count, sides));
    if (sides.back() == both_sides)
      return user_error(one.where,
                        "this subquery in ON of an outer join is tied to both "
                        "of its sides",
                        "tie it to one of them");
    if (sides.back() == 1 && table && table->as_of)
      return user_error(one.where,
                        "a subquery cannot ask about rows that are looked up",
                        "ask in WHERE");
    if (sides.back() != no_side)
      place_inner(list, sides.size() - 1, sides);
  }
  // What reads neither side is asked on the left.
  std::replace(sides.begin(), sides.end(), no_side, 0);
  // Each side joins its own; the numbers of the others stay free.
  std::vector<expr_ptr> values(list.size());
  for (const int side : {0, 1})
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (sides[i] != side)
        continue;
      auto one = std::move(list[i]);
      const int back = side == 1 ? -left_count : 0;
      for (auto& value : one.values)
        value = with_subqueries(moved(value, back), values);
      for (auto& link : one.query.links)
        link.outer = moved(link.outer, back);
      HERALD_ASSIGN(const auto made, attach({one}, side == 1 ? right : left));
      values[i] = made[0];
    }
  const auto left_now = static_cast<int>(left->columns.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (sides[i] == 1)
      values[i] = moved(values[i], left_now);
  spec.residual = map_columns(condition, [&](const expr& column) -> expr_ptr {
    if (column.column >= subquery_base)
      return values[static_cast<std::size_t>(column.column - subquery_base)];
    if (column.column < left_count)
      return nullptr;
    return at_position(make_column(column.column - left_count + left_now,
                                   column.type, column.name),
                       column.where);
  });
  HERALD_ASSIGN(auto joined, join_sides(x, std::move(left), std::move(right),
                                        std::move(spec)));
  std::vector<expr_ptr> columns;
  std::vector<std::string> labels;
  for (int i = 0; i < left_count + right_count; ++i) {
    columns.push_back(column_of(
        joined->columns, i < left_count ? i : i - left_count + left_now));
    labels.push_back(columns.back()->name);
  }
  return make_project(std::move(joined), std::move(columns), labels);
}

} // namespace herald
