#include "engine/plan/job_builder.hpp"
#include "engine/plan/make_grouped.hpp"
#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

// The 'late-rows' option of a table: rows that a window aggregation drops as
// late are kept in another table. It has columns of the aggregation's input,
// by name, and may have the watermark behind which they came.

namespace herald {

namespace {

constexpr std::string_view watermark_name = "watermark";

/// The table whose rows reach `node` one by one; null if there is none.
const table_definition* table_read(const plan_node& node) {
  const auto* at = &node;
  while (at->as<filter_spec>() || at->as<project_spec>()
         || at->as<expand_spec>() || at->as<window_assign_spec>())
    at = at->inputs[0].get();
  const auto* scan = at->as<scan_node>();
  return scan ? scan->table->definition.get() : nullptr;
}

/// The input's column for a column of the table, or -1 for the watermark.
absl::StatusOr<int> find_column(const table_column& wanted,
                                const plan_node& input,
                                const std::string& context,
                                text_position where) {
  for (std::size_t i = 0; i < input.columns.size(); ++i) {
    const auto& column = input.columns[i];
    if (column.name != wanted.name)
      continue;
    if (!column.type.same_kind(wanted.type))
      return user_error(where, fmt::format("column '{}' of {} is {}, not {}",
                                           wanted.name, context,
                                           wanted.type.to_short_string(),
                                           column.type.to_short_string()));
    return static_cast<int>(i);
  }
  if (wanted.name == watermark_name && wanted.type.is_timestamp())
    return -1;
  return user_error(
      where,
      fmt::format("{} has a column '{}', which the rows of the "
                  "window have not",
                  context, wanted.name),
      "columns of the table that is read, by name, and `watermark` "
      "TIMESTAMP(3)");
}

} // namespace

absl::StatusOr<std::optional<late_rows>>
find_late_rows(const plan_node& input, const sql_session& session) {
  const auto* from = input.retracts ? nullptr : table_read(input);
  const auto name = from ? from->option("late-rows") : std::nullopt;
  if (!name)
    return std::nullopt;
  const auto context
      = fmt::format("the table '{}' for late rows of '{}'", *name, from->name);
  HERALD_ASSIGN(auto table, side_table(*name, *from, context, session));
  late_rows result{table, {}};
  for (const auto& column : table->columns) {
    HERALD_ASSIGN(const int at,
                  find_column(column, input, context, from->where));
    result.columns.push_back(at);
  }
  return result;
}

absl::Status job_builder::add_late_rows(const producer& input,
                                        const window_aggregate_spec& window,
                                        const plan_node& node) {
  late_rows_spec spec;
  spec.window = window.window;
  spec.time_column = window.time_column;
  spec.window_end_column = window.window_end_column;
  spec.lateness_ms = window.emit.lateness_ms;
  spec.columns = window.late->columns;
  auto layout = std::make_shared<schema>();
  for (const auto& column : window.late->table->columns)
    layout->fields.push_back({column.name, column.type});
  auto late = append(input.stage, std::move(spec), {input}, node);
  auto& made = stage_at(late.stage).operators.back();
  made.layout = layout;
  if (!made.state_name.empty())
    made.state_name += "late";
  const int at = new_stage("late rows", stage_at(late.stage).parallelism);
  const auto port = static_cast<int>(stage_at(at).inputs.size());
  stage_at(at).inputs.push_back({{target::kind::sink, 0, 0}});
  targets_of(late).push_back(
      {target::kind::edge, static_cast<int>(graph_.edges.size()), 0});
  graph_.edges.push_back({late.stage, at, port, exchange::forward, {}, layout});
  stage_at(at).sink = sink_spec{window.late->table, layout, false};
  return absl::OkStatus();
}

} // namespace herald
