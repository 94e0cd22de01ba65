#include "engine/plan/newest_rows.hpp"

#include "engine/expr/aggregate.hpp"
#include "engine/plan/bind_expression.hpp"

#include <fmt/format.h>

namespace herald {

absl::StatusOr<plan_ptr> make_newest_rows(plan_ptr input, const upsert_key& by,
                                          bool first) {
  const auto columns = input->columns;
  group_aggregate_spec spec;
  std::vector<expr_ptr> others;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    if (by.contains(i))
      spec.keys.push_back(i);
    else
      others.push_back(column_of(columns, i));
  }
  // One value, so that all columns are of the same row.
  if (!others.empty()) {
    HERALD_ASSIGN(auto row, make_call("ROW", others));
    HERALD_ASSIGN(auto kept,
                  make_aggregate(first ? "FIRST_VALUE" : "LAST_VALUE",
                                 {std::move(row)}, false, nullptr, true));
    spec.calls.push_back(std::move(kept));
  }
  const auto keys = static_cast<int>(spec.keys.size());
  auto grouped = make_group_aggregate(std::move(input), std::move(spec));
  std::vector<expr_ptr> values;
  std::vector<std::string> names;
  int key = 0;
  int other = 0;
  for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
    names.push_back(columns[static_cast<std::size_t>(i)].name);
    if (by.contains(i)) {
      values.push_back(column_of(grouped->columns, key++));
      continue;
    }
    const auto row = column_of(grouped->columns, keys);
    const auto& name = row->type.fields()[static_cast<std::size_t>(other++)];
    HERALD_ASSIGN(auto value, make_field(row, {name.name, {}}));
    values.push_back(std::move(value));
  }
  return make_project(std::move(grouped), std::move(values), names);
}

plan_ptr make_unique_rows(plan_ptr input, const upsert_key& by,
                          const std::string& table) {
  changelog_spec spec;
  spec.kind = changelog_spec::kind_type::check;
  spec.keys.assign(by.begin(), by.end());
  spec.table = table;
  normalize_spec keyed;
  keyed.keys = spec.keys;
  return make_changelog(make_normalize(std::move(input), std::move(keyed)),
                        std::move(spec));
}

} // namespace herald
