#include "engine/plan/make_grouped.hpp"

#include "engine/expr/user_accumulator.hpp"
#include "engine/plan/query_binder.hpp"
#include "engine/plan/split_distinct.hpp"

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

absl::StatusOr<emit_spec> emit_of(const window_spec& window,
                                  const sql_session& session) {
  HERALD_ASSIGN(auto emit, session.options().emit());
  if (window.processing_time)
    emit.lateness_ms = 0; // nothing is late by the clock
  return emit;
}

absl::StatusOr<grouped_plan> make_windowed(plan_ptr input,
                                           const std::vector<int>& keys,
                                           std::vector<aggregate_call> calls,
                                           const window_keys& found,
                                           const sql_session& session) {
  window_aggregate_spec spec;
  spec.window = found.window;
  HERALD_ASSIGN(spec.emit, emit_of(found.window, session));
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

/// What an aggregation is made of, beside its input.
struct group_parts {
  std::vector<int> keys;
  std::vector<aggregate_call> calls;
  std::vector<std::int64_t> empty_sets = {};
};

/// What the session and the statement say.
struct group_place {
  const sql_session& session;
  std::optional<std::int64_t> ttl_ms;
};

absl::StatusOr<grouped_plan> make_whole(plan_ptr input, group_parts parts,
                                        const group_place& place) {
  const auto window = find_window(input->columns, parts.keys);
  if (window.start >= 0)
    return make_windowed(std::move(input), parts.keys, std::move(parts.calls),
                         window, place.session);
  grouped_plan result;
  for (std::size_t i = 0; i < parts.keys.size(); ++i)
    result.key_columns.push_back(static_cast<int>(i));
  for (std::size_t i = 0; i < parts.calls.size(); ++i)
    result.call_columns.push_back(static_cast<int>(parts.keys.size() + i));
  group_aggregate_spec spec;
  spec.keys = std::move(parts.keys);
  spec.calls = std::move(parts.calls);
  spec.ttl_ms = place.ttl_ms;
  spec.empty_sets = std::move(parts.empty_sets);
  result.plan = make_group_aggregate(std::move(input), std::move(spec));
  return result;
}

/// Windows give their results once, so those of parts can be put together;
/// where a row would count once for each distinct value, it could be late as
/// often.
bool takes_split(const plan_node& input, const group_parts& parts,
                 const sql_session& session) {
  const auto values = distinct_values(parts.calls).size();
  if (values == 0 || !can_split(parts.calls))
    return false;
  const auto window = find_window(input.columns, parts.keys);
  if (window.start < 0)
    return true;
  const auto emit = session.options().emit();
  return values == 1 && !window.window.is_session()
         && !window.window.processing_time && emit.ok() && !emit->updates();
}

absl::StatusOr<grouped_plan> make_split(plan_ptr input, group_parts whole,
                                        int buckets, const group_place& place) {
  const bool grouped = !whole.keys.empty();
  HERALD_ASSIGN(const auto split, split_distinct(std::move(input), whole.calls,
                                                 grouped, buckets));
  auto keys = whole.keys;
  keys.insert(keys.end(), split.keys.begin(), split.keys.end());
  HERALD_ASSIGN(auto parts,
                make_whole(split.rows, {std::move(keys), split.calls}, place));
  parts.key_columns.resize(whole.keys.size());
  HERALD_ASSIGN(auto calls, calls_over_parts(split, *parts.plan,
                                             parts.call_columns, grouped));
  HERALD_ASSIGN(const auto last,
                make_whole(parts.plan,
                           {parts.key_columns, std::move(calls),
                            std::move(whole.empty_sets)},
                           place));
  // Columns as one aggregation would give them.
  std::vector<expr_ptr> columns;
  std::vector<expr_ptr> given;
  std::vector<std::string> names;
  grouped_plan result;
  for (const int key : last.key_columns) {
    result.key_columns.push_back(static_cast<int>(columns.size()));
    columns.push_back(column_of(last.plan->columns, key));
    names.push_back(last.plan->columns[static_cast<std::size_t>(key)].name);
  }
  for (const int call : last.call_columns)
    given.push_back(column_of(last.plan->columns, call));
  HERALD_ASSIGN(auto results, results_of_parts(split, whole.calls, given));
  for (std::size_t i = 0; i < results.size(); ++i) {
    result.call_columns.push_back(static_cast<int>(columns.size()));
    columns.push_back(std::move(results[i]));
    names.push_back(to_string(whole.calls[i]));
  }
  result.plan = make_project(last.plan, std::move(columns), names);
  return result;
}

absl::StatusOr<grouped_plan> make_one_set(plan_ptr input, group_parts parts,
                                          const group_place& place) {
  const int buckets = distinct_buckets(place.session.options());
  return buckets > 0 && takes_split(*input, parts, place.session)
             ? make_split(std::move(input), std::move(parts), buckets, place)
             : make_whole(std::move(input), std::move(parts), place);
}

} // namespace

bool takes_rows_back(const aggregate_call& call) {
  return call.user ? call.user->retracts() : call.name != "APPROX_PERCENTILE";
}

absl::StatusOr<grouped_plan> make_grouped(plan_ptr input, grouping_keys keys,
                                          std::vector<aggregate_call> calls,
                                          text_position where,
                                          const sql_session& session,
                                          std::optional<std::int64_t> ttl_ms) {
  for (const auto& call : calls) {
    if (input->retracts && !takes_rows_back(call))
      return user_error(where,
                        fmt::format("{} cannot take rows back, but its input "
                                    "updates or deletes rows",
                                    call.name),
                        call.user ? "" : "PERCENTILE can, and is exact");
  }
  const group_place place{session, ttl_ms};
  std::vector<int> columns;
  input = with_key_columns(std::move(input), keys.keys, columns);
  if (keys.sets.empty())
    return make_one_set(std::move(input),
                        {std::move(columns), std::move(calls)}, place);
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
                             {std::move(columns), std::move(calls),
                              std::move(empty_sets)},
                             place));
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
