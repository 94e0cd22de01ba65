#include "engine/plan/catalog_list.hpp"
#include "engine/plan/window_call.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// The column of DESCRIPTOR, if it is a time attribute.
absl::StatusOr<int> time_column(const sql::expression& x,
                                const std::vector<plan_column>& columns,
                                const sql_session& session) {
  const auto* named = x.as<sql::descriptor>();
  if (!named || named->columns.size() != 1)
    return user_error(x.where,
                      "the time column is given as DESCRIPTOR(column)");
  HERALD_ASSIGN(const int result, find_column(named->columns[0], columns));
  HERALD_TRY(check_time_attribute(columns[static_cast<std::size_t>(result)],
                                  session, named->columns[0].where));
  return result;
}

/// The columns of PARTITION BY.
absl::StatusOr<std::vector<int>>
partition_columns(const sql::table_argument& data,
                  const std::vector<plan_column>& columns) {
  std::vector<int> result;
  for (const auto& x : data.partition_by) {
    const auto* name = x->as<sql::column_name>();
    if (!name || name->parts.size() != 1)
      return user_error(x->where, "PARTITION BY takes columns of the table",
                        "compute it in a subquery or a view before");
    HERALD_ASSIGN(const int column, find_column(name->parts[0], columns));
    if (std::find(result.begin(), result.end(), column) == result.end())
      result.push_back(column);
  }
  return result;
}

} // namespace

absl::StatusOr<int> find_column(const sql::identifier& name,
                                const std::vector<plan_column>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == name.name)
      return static_cast<int>(i);
  return user_error(
      name.where,
      fmt::format("there is no column '{}' in this table", name.name),
      did_you_mean(name.name, names_of(columns)));
}

absl::StatusOr<plan_ptr>
query_binder::bind_function(const sql::table_function& x, text_position where) {
  if (x.lateral)
    return user_error(where,
                      "the function reads its own table, and no row of another",
                      "leave LATERAL out");
  const auto& call = *x.function->as<sql::call>();
  return is_group_window(call.upper_name())
             ? bind_window(call, x.function->where)
             : bind_changelog(call, x.function->where);
}

absl::StatusOr<plan_ptr> query_binder::bind_window(const sql::call& x,
                                                   text_position where) {
  HERALD_ASSIGN(const auto call, read_window_call(x, false, where));
  HERALD_ASSIGN(auto input, call.data->query ? bind(*call.data->query)
                                             : bind_name(call.data->table));
  window_assign_spec spec;
  spec.window = call.window;
  HERALD_ASSIGN(spec.time_column,
                time_column(*call.time, input->columns, session_));
  spec.window.zone = window_zone_of(
      input->columns[static_cast<std::size_t>(spec.time_column)], session_);
  HERALD_ASSIGN(spec.keys, partition_columns(*call.data, input->columns));
  HERALD_TRY(check_session_input(*input, spec.time_column, spec.window, where));
  return make_window_assign(std::move(input), std::move(spec));
}

} // namespace herald
