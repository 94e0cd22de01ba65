#include "engine/plan/window_call.hpp"
#include "engine/sql/printer.hpp"

#include <fmt/format.h>

// The older grouping functions: GROUP BY TUMBLE(time, INTERVAL '1' MINUTE),
// with TUMBLE_START(…) and the like of the same arguments in the select list.
// They become a window table function under the aggregation.

namespace herald {

namespace {

/// The call of a grouping function among the keys, or null.
absl::StatusOr<const sql::call*> find_call(const sql::select_block& x) {
  using kind = sql::grouping_element::kind_type;
  const sql::call* result = nullptr;
  for (const auto& element : x.group_by) {
    if (element.kind != kind::expression && element.kind != kind::set)
      continue;
    for (const auto& value : element.values) {
      const auto* call = value->as<sql::call>();
      if (!call || !is_group_window(call->upper_name()))
        continue;
      if (result)
        return user_error(value->where, "GROUP BY can have but one window");
      result = call;
    }
  }
  return result;
}

std::string arguments_text(const sql::call& x) {
  std::string result;
  for (const auto& arg : x.args)
    result += sql::to_sql(*arg) + "; ";
  return result;
}

} // namespace

absl::Status query_binder::bind_group_window(const sql::select_block& x,
                                             source& from,
                                             aggregate_list& aggregates) {
  HERALD_ASSIGN(const auto* found, find_call(x));
  if (!found)
    return absl::OkStatus();
  const auto where = found->function.back().where;
  HERALD_ASSIGN(const auto call, read_window_call(*found, true, where));
  expression_binder binder(&session_, from.names, "GROUP BY");
  HERALD_ASSIGN(const auto time, binder.bind(*call.time));
  if (time->kind != expr_kind::column)
    return user_error(call.time->where, "a window needs a column with a "
                                        "WATERMARK, unchanged");
  const auto& attribute
      = from.names.columns()[static_cast<std::size_t>(time->column)];
  HERALD_TRY(check_time_attribute(attribute, session_, call.time->where));
  HERALD_TRY(check_session_input(*from.plan, time->column, call.window, where));
  group_window window{found, 0, {}};
  window_assign_spec spec;
  spec.time_column = time->column;
  spec.window = call.window;
  spec.window.zone = window_zone_of(attribute, session_);
  if (call.window.is_session()) {
    // A session is one of its key: keys that are computed must be so before.
    auto columns = columns_of(from.plan->columns);
    auto names = names_of(from.plan->columns);
    const auto given = columns.size();
    for (const auto& element : x.group_by)
      for (const auto& value : element.values) {
        if (value->as<sql::call>() == found)
          continue;
        HERALD_ASSIGN(auto key, binder.bind(*value));
        if (key->kind == expr_kind::column) {
          spec.keys.push_back(key->column);
          continue;
        }
        spec.keys.push_back(static_cast<int>(columns.size()));
        window.computed.emplace_back(key, static_cast<int>(columns.size()));
        names.push_back(to_string(*key));
        columns.push_back(std::move(key));
      }
    if (columns.size() > given) {
      from.plan = make_project(from.plan, std::move(columns), names);
      from.names.add_hidden(
          {from.plan->columns.begin() + static_cast<std::ptrdiff_t>(given),
           from.plan->columns.end()});
    }
  }
  window.first = static_cast<int>(from.plan->columns.size());
  from.plan = make_window_assign(from.plan, std::move(spec));
  from.names.add_hidden(
      {from.plan->columns.end() - 3, from.plan->columns.end()});
  aggregates.window = std::move(window);
  return absl::OkStatus();
}

absl::StatusOr<expr_ptr>
expression_binder::bind_window_bound(const sql::call& x, text_position at) {
  const auto name = x.upper_name();
  const auto kind = window_of_bound(name);
  const auto* window
      = aggregates_ && aggregates_->window ? &*aggregates_->window : nullptr;
  if (!window || window->call->upper_name() != kind)
    return user_error(
        at, fmt::format("{} needs {} in GROUP BY", name, kind),
        fmt::format("or group a table function: FROM TABLE({}(TABLE t, "
                    "DESCRIPTOR(time), …)) GROUP BY window_start, window_end",
                    kind));
  if (arguments_text(x) != arguments_text(*window->call))
    return user_error(
        at,
        fmt::format("{} has other arguments than {} in GROUP BY", name, kind));
  const bool by_clock
      = names_.columns()[static_cast<std::size_t>(window->first)]
            .window.processing_time;
  if (name.ends_with(by_clock ? "_ROWTIME" : "_PROCTIME"))
    return user_error(
        at,
        fmt::format("{} is for windows over {} time", name,
                    by_clock ? "event" : "processing"),
        fmt::format("{}_{}", kind, by_clock ? "PROCTIME" : "ROWTIME"));
  const int bound = name.ends_with("_START") ? 0
                    : name.ends_with("_END") ? 1
                                             : 2;
  return at_position(column_of(names_.columns(), window->first + bound), at);
}

absl::StatusOr<expr_ptr>
expression_binder::bind_grouping_call(const sql::call& x, text_position at) {
  const auto name = x.upper_name();
  if (!aggregates_)
    return user_error(at, fmt::format("{} cannot stand in {}", name, clause_));
  grouping_call call{{}, name == "GROUP_ID", at};
  if (call.is_group_id != x.args.empty())
    return user_error(at, call.is_group_id
                              ? "GROUP_ID takes no arguments"
                              : fmt::format("{} takes keys of GROUP BY", name));
  HERALD_ASSIGN(call.args, bind_all(x.args));
  auto& calls = aggregates_->groupings;
  calls.push_back(std::move(call));
  return at_position(
      make_column(static_cast<int>(names_.columns().size()) + grouping_first
                      + static_cast<int>(calls.size()) - 1,
                  data_type::of(type_kind::bigint).with_nullable(false), name),
      at);
}

} // namespace herald
