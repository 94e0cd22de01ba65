#include "engine/plan/make_grouped.hpp"

#include "engine/expr/user_accumulator.hpp"
#include "engine/plan/query_binder.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// The two bounds of one window among the keys.
struct window_keys {
  int start = -1;
  int end = -1;
  window_spec window;
};

window_keys find_window(const std::vector<plan_column>& columns,
                        const std::vector<int>& keys) {
  for (const int start : keys) {
    const auto& first = columns[static_cast<std::size_t>(start)];
    if (first.role != window_role::start)
      continue;
    for (const int end : keys) {
      const auto& last = columns[static_cast<std::size_t>(end)];
      if (last.role == window_role::end && last.window == first.window)
        return {start, end, first.window};
    }
  }
  return {};
}

/// Puts the keys that are no columns behind the input's columns.
plan_ptr with_key_columns(plan_ptr input, const std::vector<expr_ptr>& keys,
                          std::vector<int>& columns) {
  auto all = columns_of(input->columns);
  auto names = names_of(input->columns);
  for (const auto& key : keys) {
    if (key->kind == expr_kind::column) {
      columns.push_back(key->column);
      continue;
    }
    columns.push_back(static_cast<int>(all.size()));
    all.push_back(key);
    names.push_back(to_string(*key));
  }
  if (all.size() == input->columns.size())
    return input;
  return make_project(std::move(input), std::move(all), names);
}

absl::Status check_session_changes(const plan_node& input,
                                   const window_spec& window,
                                   text_position where) {
  if (input.retracts && window.is_session())
    return user_error(where,
                      "a session needs rows that are only inserted, but its "
                      "input also updates or deletes rows");
  return absl::OkStatus();
}

absl::StatusOr<emit_spec> emit_of(const window_spec& window,
                                  const sql_session& session,
                                  text_position where) {
  HERALD_ASSIGN(auto emit, session.options().emit());
  if (window.processing_time)
    emit.lateness_ms = 0; // nothing is late by the clock
  if (emit.updates() && window.is_session())
    return user_error(where, "a session gives its result once, when it is over",
                      "RESET 'table.exec.emit.early-fire.enabled' and "
                      "'table.exec.emit.allow-lateness'");
  return emit;
}

absl::StatusOr<grouped_plan>
make_windowed(plan_ptr input, const std::vector<int>& keys,
              std::vector<aggregate_call> calls, const window_keys& found,
              text_position where, const sql_session& session) {
  HERALD_TRY(check_session_changes(*input, found.window, where));
  window_aggregate_spec spec;
  spec.window = found.window;
  HERALD_ASSIGN(spec.emit, emit_of(found.window, session, where));
  HERALD_ASSIGN(spec.late, find_late_rows(*input, session));
  if (found.window.processing_time || found.window.is_session())
    spec.late.reset();
  spec.window_end_column = found.end;
  using output = window_aggregate_spec::window_output;
  if (!found.window.is_session()) {
    spec.window_start_column = found.start;
    spec.outputs.push_back(output::start);
  }
  spec.outputs.push_back(output::end);
  // Which output each key becomes: a place among the keys, or -1 - place among
  // the window's outputs.
  std::vector<int> places;
  for (const int key : keys) {
    const auto& column = input->columns[static_cast<std::size_t>(key)];
    const bool bound
        = column.role != window_role::none && column.window == found.window
          && !(column.role == window_role::start && found.window.is_session());
    if (!bound) {
      places.push_back(static_cast<int>(spec.keys.size()));
      spec.keys.push_back(key);
      continue;
    }
    const auto wanted = static_cast<output>(static_cast<int>(column.role) - 1);
    auto at = std::find(spec.outputs.begin(), spec.outputs.end(), wanted);
    if (at == spec.outputs.end())
      at = spec.outputs.insert(at, wanted);
    places.push_back(-1 - static_cast<int>(at - spec.outputs.begin()));
  }
  const auto count = static_cast<int>(spec.keys.size());
  const auto call_count = static_cast<int>(calls.size());
  spec.calls = std::move(calls);
  grouped_plan result;
  result.plan = make_window_aggregate(std::move(input), std::move(spec));
  for (const int place : places)
    result.key_columns.push_back(place >= 0 ? place
                                            : count + call_count - 1 - place);
  for (int i = 0; i < call_count; ++i)
    result.call_columns.push_back(count + i);
  return result;
}

absl::StatusOr<grouped_plan>
make_one_set(plan_ptr input, std::vector<int> keys,
             std::vector<aggregate_call> calls, text_position where,
             const sql_session& session, std::optional<std::int64_t> ttl_ms,
             std::vector<std::int64_t> empty_sets = {}) {
  const auto window = find_window(input->columns, keys);
  if (window.start >= 0)
    return make_windowed(std::move(input), keys, std::move(calls), window,
                         where, session);
  grouped_plan result;
  for (std::size_t i = 0; i < keys.size(); ++i)
    result.key_columns.push_back(static_cast<int>(i));
  for (std::size_t i = 0; i < calls.size(); ++i)
    result.call_columns.push_back(static_cast<int>(keys.size() + i));
  group_aggregate_spec spec;
  spec.keys = std::move(keys);
  spec.calls = std::move(calls);
  spec.ttl_ms = ttl_ms;
  spec.empty_sets = std::move(empty_sets);
  result.plan = make_group_aggregate(std::move(input), std::move(spec));
  return result;
}

} // namespace

absl::StatusOr<grouped_plan> make_grouped(plan_ptr input, grouping_keys keys,
                                          std::vector<aggregate_call> calls,
                                          text_position where,
                                          const sql_session& session,
                                          std::optional<std::int64_t> ttl_ms) {
  for (const auto& call : calls) {
    const bool is_digest = !call.user && call.name == "APPROX_PERCENTILE";
    const bool stays = is_digest || (call.user && !call.user->retracts());
    if (stays && input->retracts)
      return user_error(where,
                        fmt::format("{} cannot take rows back, but its input "
                                    "updates or deletes rows",
                                    call.name),
                        is_digest ? "PERCENTILE can, and is exact" : "");
  }
  std::vector<int> columns;
  input = with_key_columns(std::move(input), keys.keys, columns);
  if (keys.sets.empty())
    return make_one_set(std::move(input), std::move(columns), std::move(calls),
                        where, session, ttl_ms);
  // Keys of every set stay as they are; the others are copied, as NULL where
  // a set leaves them out.
  expand_spec spec;
  spec.sets.resize(keys.sets.size());
  auto next = static_cast<int>(input->columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (keys.in_all_sets(i))
      continue;
    spec.keys.push_back(std::exchange(columns[i], next++));
    for (std::size_t set = 0; set < keys.sets.size(); ++set)
      spec.sets[set].push_back(keys.sets[set][i]);
  }
  columns.push_back(next);
  std::vector<std::int64_t> empty_sets;
  for (std::size_t set = 0; set < keys.sets.size(); ++set)
    if (std::none_of(keys.sets[set].begin(), keys.sets[set].end(),
                     [](bool x) { return x; }))
      empty_sets.push_back(static_cast<std::int64_t>(set));
  HERALD_ASSIGN(auto result,
                make_one_set(make_expand(std::move(input), std::move(spec)),
                             std::move(columns), std::move(calls), where,
                             session, ttl_ms, std::move(empty_sets)));
  result.set_column = result.key_columns.back();
  result.key_columns.pop_back();
  return result;
}

absl::StatusOr<plan_ptr> make_distinct(plan_ptr input, text_position where,
                                       const sql_session& session,
                                       std::optional<std::int64_t> ttl_ms) {
  auto names = names_of(input->columns);
  auto keys = columns_of(input->columns);
  HERALD_ASSIGN(const auto grouped,
                make_grouped(std::move(input), {std::move(keys), {}}, {}, where,
                             session, ttl_ms));
  std::vector<expr_ptr> columns;
  for (const int column : grouped.key_columns)
    columns.push_back(column_of(grouped.plan->columns, column));
  return make_project(grouped.plan, std::move(columns), names);
}

} // namespace herald
