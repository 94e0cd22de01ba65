#include "engine/plan/bind_subquery.hpp"
#include "engine/plan/make_grouped.hpp"
#include "engine/plan/optimiser.hpp"

#include <algorithm>

// An aggregation that more than equalities tie to the query around it: made
// for each of the values that they read there, which are joined to its input
// (the "magic set" of Seshadri, Pirahesh and Leung, Complex Query
// Decorrelation, ICDE 1996).

namespace herald {

namespace {

/// The columns of the query around it that `x` reads.
void collect_outer(const expr& x, std::vector<int>& out) {
  std::vector<int> columns;
  collect_columns(x, columns);
  for (const int column : columns)
    if (column >= outer_column_base)
      out.push_back(column - outer_column_base);
}

} // namespace

absl::Status query_binder::tie_values(subquery_context& context, source& from,
                                      grouping_keys& keys,
                                      text_position where) {
  std::vector<expr_ptr> links;
  std::vector<expr_ptr> others;
  for (const auto& x : context.conditions)
    (outer_side(*x) ? links : others).push_back(x);
  if (others.empty() || !context.around || !keys.sets.empty())
    return absl::OkStatus();
  std::vector<int> read;
  for (const auto& x : others)
    collect_outer(*x, read);
  std::sort(read.begin(), read.end());
  read.erase(std::unique(read.begin(), read.end()), read.end());
  std::vector<expr_ptr> columns;
  std::vector<std::string> names;
  for (const int column : read) {
    columns.push_back(column_of(context.around->columns, column));
    names.push_back(columns.back()->name);
  }
  const auto outer = columns;
  auto values = make_project(context.around, std::move(columns), names);
  // They are computed here and for the query around: RAND() would differ.
  if (!is_steady(values))
    return absl::OkStatus();
  HERALD_ASSIGN(values, make_distinct(std::move(values), where, session_));
  const auto first = static_cast<int>(from.plan->columns.size());
  for (auto& x : others)
    x = map_columns(x, [&](const expr& column) -> expr_ptr {
      if (column.column < outer_column_base)
        return nullptr;
      const auto at = std::lower_bound(read.begin(), read.end(),
                                       column.column - outer_column_base);
      return at_position(
          make_column(first + static_cast<int>(at - read.begin()), column.type,
                      column.name),
          column.where);
    });
  join_spec spec;
  spec.residual = conjunction(others);
  from.plan = make_join(from.plan, std::move(values), std::move(spec));
  from.names.add_hidden(
      {from.plan->columns.begin() + first, from.plan->columns.end()});
  for (std::size_t i = 0; i < read.size(); ++i) {
    context.result.links.push_back(
        {outer[i], static_cast<int>(keys.keys.size()), true});
    keys.keys.push_back(
        column_of(from.plan->columns, first + static_cast<int>(i)));
  }
  context.conditions = std::move(links);
  return absl::OkStatus();
}

} // namespace herald
