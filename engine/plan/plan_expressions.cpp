#include "engine/common/check.hpp"
#include "engine/plan/logical_plan.hpp"

#include <algorithm>

namespace herald {

expr_ptr column_of(const std::vector<plan_column>& columns, int index) {
  const auto& column = columns[static_cast<std::size_t>(index)];
  return make_column(index, column.type, column.name);
}

std::vector<expr_ptr> columns_of(const std::vector<plan_column>& columns) {
  std::vector<expr_ptr> result;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i)
    result.push_back(column_of(columns, i));
  return result;
}

std::vector<std::string> names_of(const std::vector<plan_column>& columns) {
  std::vector<std::string> result;
  for (const auto& column : columns)
    result.push_back(column.name);
  return result;
}

namespace {

/// `map` as a list of replacements for `substitute`.
std::vector<expr_ptr> replacements(const std::vector<int>& map,
                                   const std::vector<plan_column>& columns) {
  std::vector<expr_ptr> result;
  for (const int index : map)
    result.push_back(index < 0 ? nullptr : column_of(columns, index));
  return result;
}

void check_mapped(const std::vector<int>& used, const std::vector<int>& map) {
  for (const int column : used)
    HERALD_CHECK(map[static_cast<std::size_t>(column)] >= 0,
                 "a column in use was pruned");
}

} // namespace

expr_ptr remap(const expr_ptr& x, const std::vector<int>& map,
               const std::vector<plan_column>& columns) {
  if (!x)
    return x;
  std::vector<int> used;
  collect_columns(*x, used);
  check_mapped(used, map);
  return substitute(x, replacements(map, columns));
}

aggregate_call remap(const aggregate_call& x, const std::vector<int>& map,
                     const std::vector<plan_column>& columns) {
  std::vector<int> used;
  collect_columns(x, used);
  check_mapped(used, map);
  return substitute(x, replacements(map, columns));
}

aggregate_call substitute(const aggregate_call& x,
                          const std::vector<expr_ptr>& columns) {
  auto result = x;
  for (auto& arg : result.args)
    arg = substitute(arg, columns);
  if (result.filter)
    result.filter = substitute(result.filter, columns);
  return result;
}

void collect_columns(const aggregate_call& x, std::vector<int>& out) {
  for (const auto& arg : x.args)
    collect_columns(*arg, out);
  if (x.filter)
    collect_columns(*x.filter, out);
}

bool equal(const aggregate_call& a, const aggregate_call& b) {
  const auto same = [](const expr_ptr& x, const expr_ptr& y) {
    return x && y ? equal(*x, *y) : x == y;
  };
  return a.name == b.name && a.user == b.user && a.distinct == b.distinct
         && a.type.same_kind(b.type) && same(a.filter, b.filter)
         && std::equal(a.args.begin(), a.args.end(), b.args.begin(),
                       b.args.end(), same);
}

schema_ptr schema_of(const std::vector<plan_column>& columns) {
  auto result = std::make_shared<schema>();
  for (const auto& column : columns)
    result->fields.push_back({column.name, column.type});
  return result;
}

} // namespace herald
