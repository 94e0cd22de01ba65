#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

// BROADCAST(t): the rows of a small side of a join go to all subtasks, and
// those of the other side stay where they are, so that a key with many rows
// holds up nobody. A row that must be given though it meets nothing has to be
// in one subtask: its side cannot be broadcast.

namespace herald {

namespace {

/// Moves columns of (left ++ right) to where (right ++ left) has them.
expr_ptr swapped(const expr_ptr& x, const std::vector<plan_column>& left,
                 const std::vector<plan_column>& right) {
  std::vector<expr_ptr> places;
  auto place = static_cast<int>(right.size());
  for (const auto& column : left)
    places.push_back(make_column(place++, column.type, column.name));
  place = 0;
  for (const auto& column : right)
    places.push_back(make_column(place++, column.type, column.name));
  return substitute(x, places);
}

/// The join with its sides the other way round, whose columns then come in
/// the order of the query.
plan_ptr swap_sides(plan_ptr left, plan_ptr right, join_spec spec) {
  const auto left_count = static_cast<int>(left->columns.size());
  const auto right_count = static_cast<int>(right->columns.size());
  if (spec.residual)
    spec.residual = swapped(spec.residual, left->columns, right->columns);
  if (spec.type == join_type::right)
    spec.type = join_type::left;
  std::swap(spec.left_ttl_ms, spec.right_ttl_ms);
  const auto joined
      = make_join(std::move(right), std::move(left), std::move(spec));
  std::vector<expr_ptr> columns;
  std::vector<std::string> names;
  for (int i = 0; i < left_count + right_count; ++i) {
    const int at = i < left_count ? right_count + i : i - left_count;
    columns.push_back(column_of(joined->columns, at));
    names.push_back(joined->columns[static_cast<std::size_t>(at)].name);
  }
  return make_project(joined, std::move(columns), names);
}

} // namespace

absl::StatusOr<plan_ptr> query_binder::join_streams(const sql::join_table& x,
                                                    plan_ptr left,
                                                    plan_ptr right,
                                                    join_spec spec) const {
  const auto left_where = hints_.broadcast_of(*x.left);
  const auto right_where = hints_.broadcast_of(*x.right);
  if (left_where && right_where)
    return user_error(*right_where, "one side of a join can be broadcast",
                      "name the smaller one");
  spec.broadcast = left_where || right_where;
  if ((left_where && keeps_left(spec.type))
      || (right_where && keeps_right(spec.type)))
    return user_error(
        left_where ? *left_where : *right_where,
        fmt::format("the {} side of this join cannot be broadcast: its rows "
                    "are given though they meet nothing",
                    left_where ? "left" : "right"),
        spec.type == join_type::full ? "leave the hint out"
                                     : "broadcast the other side");
  if (left_where)
    return swap_sides(std::move(left), std::move(right), std::move(spec));
  return make_join(std::move(left), std::move(right), std::move(spec));
}

absl::Status query_binder::refuse_broadcast(const sql::join_table& x) const {
  for (const auto* side : {x.left.get(), x.right.get()})
    if (const auto where = hints_.broadcast_of(*side))
      return user_error(*where,
                        "no side of a join with the versions of a table can "
                        "be broadcast",
                        "leave the hint out");
  return absl::OkStatus();
}

} // namespace herald
